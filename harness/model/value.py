"""Values as a model sees them: hashable, and equal exactly when their JSON is.

A history's values come from JSON, so a list or a dict may turn up anywhere; a search needs to hash
them. `freeze` and `thaw` go there and back. Python thinks that `True == 1`; JSON does not, and a
store that answers `true` where 1 was written is wrong, so booleans get a type of their own. People
are shown JSON, too.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Hashable, Sequence, Set
from enum import Enum
from typing import Any

import msgspec

_PLAIN = frozenset({int, str, float, type(None)})
"""Types whose values freeze to themselves: a list of nothing else needs no look at each."""

_LONG = 64
"""A list of so many elements is told to be plain by msgspec: a fourth of the time, but for short
ones that are not."""

_WORD = re.compile(r"(?!(?:null|true|false|NaN|Infinity)$)[^\W\d][\w./:-]*")
"""What nobody takes for anything but a string."""


_BEGIN, _END = 160, 40
"""So many characters of a value are shown; what is longer is in the history."""


class Boolean(Enum):
    """JSON's true and false, equal to no number."""

    TRUE = True
    FALSE = False


class Map(frozenset[tuple[str, Hashable]]):
    """A JSON object: the set of its pairs."""


def freeze(value: Any) -> Hashable:
    """Return the hashable form of a JSON value."""
    if type(value) in _PLAIN:
        return value  # type: ignore[no-any-return]
    if isinstance(value, list | tuple):
        if len(value) >= _LONG:
            with contextlib.suppress(msgspec.ValidationError):
                return msgspec.convert(value, tuple[int | str | None, ...])
        elif set(map(type, value)) <= _PLAIN:
            return tuple(value)
        return tuple([freeze(element) for element in value])
    if isinstance(value, bool):
        return Boolean.TRUE if value else Boolean.FALSE
    if isinstance(value, dict):
        return Map((name, freeze(element)) for name, element in value.items())
    if isinstance(value, set | frozenset):
        return frozenset(freeze(element) for element in value)
    hash(value)  # a TypeError here beats one in the middle of a search
    return value  # type: ignore[no-any-return]


def thaw(value: Hashable) -> Any:
    """Return a frozen value, or a state made of such values, as JSON has it."""
    if isinstance(value, Boolean):
        return value is Boolean.TRUE
    if isinstance(value, Map):
        return {name: thaw(element) for name, element in sorted(value)}
    if isinstance(value, Set):
        return sorted((thaw(element) for element in value), key=repr)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [thaw(element) for element in value]
    return value


def as_json(value: Any) -> str:
    """A value, frozen or not, as JSON has it, for people: of a long one the beginning and end."""
    text = json.dumps(thaw(value), ensure_ascii=False, default=str)
    return text if len(text) <= _BEGIN + _END else f"{text[:_BEGIN]} … {text[-_END:]}"


def shown(value: Any) -> str:
    """A value in a sentence: as JSON, but a word stands without its quotes."""
    if isinstance(value, str) and len(value) <= _BEGIN and _WORD.fullmatch(value):
        return value
    return as_json(value)
