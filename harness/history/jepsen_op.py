"""One op of a Jepsen history: from the map that the reader of EDN made of it, or directly.

A history repeats the same few shapes: the same fields in the same order, with simple values. For
each shape that is met a regular expression is made, which then reads such an op in one step. What
fits none goes through the reader of EDN (`harness.history.edn`); the result is the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from harness.history.depth import MAX_DEPTH
from harness.history.edn import NOTHING, EdnError, as_text, in_order, read_form
from harness.history.op import NEMESIS, Record
from harness.history.table import TYPES

MOST_SHAPES: Final = 12
MOST_KEPT: Final = 1 << 16
LONGEST_KEPT: Final = 32
"""How many different values are kept to be shared, and how long they may be as text."""

_WORD = r":[A-Za-z*+!_?<>=][\w.*+!?<>=/-]*+"
_ATOM = rf"nil|true|false|-?(?:0|[1-9][0-9]{{0,17}})(?![\w.+/-])|{_WORD}"
_PLAIN = r'[^,{}"\\;#()\n]*+'  # what vectors of atoms and of such vectors consist of
_SIMPLE = rf'(?:{_ATOM}|"[^"\\\n]*+"|\[{_PLAIN}(?<=\])|#?\{{[^{{}}"\\;#()\[\]\n]*+\}})'
_BEGIN = r"[\s,]*+(?:#jepsen\.history\.Op ?)?\{"
_FIELD = re.compile(rf":([a-z][a-z-]*+) ({_SIMPLE})(, |\}})")
_NUMBER = r"(0|[1-9][0-9]{0,17})"
_PATTERNS: Final = {
    "type": rf":({'|'.join(TYPES)})",
    "f": rf":({_WORD[1:]})",
    "process": rf"({_NUMBER[1:-1]}|:nemesis)",
    "index": _NUMBER,
    "time": _NUMBER,
}
"""What a field has to look like for the quick way."""

_FIELDS: Final = ("type", "f", "process", "index", "time", "value", "key", "error", "node")
_NEEDED: Final = ("type", "f", "process")
_atom = re.compile(_ATOM)
_word = re.compile(f":({_WORD[1:]})")
_json = msgspec.json.Decoder()
_begin = re.compile(_BEGIN)

Shape = Callable[[str, int], "tuple[Record, int] | None"]


def record(form: Any) -> Record:
    """An op from its map; ValueError says what is wrong with it."""
    if isinstance(form, dict) and len(form) == 1 and next(iter(form)).startswith("#"):
        (form,) = form.values()  # a record, such as #jepsen.history.Op{…}
    if not isinstance(form, dict):
        raise ValueError(f"{as_text(form)[:60]} is no map")  # noqa: TRY004 - the text is at fault
    for name in _NEEDED:
        if form.get(name) is None:
            raise ValueError(f"an op without :{name}")
    if form["type"] not in TYPES:
        known = ", ".join(f":{name}" for name in TYPES)
        raise ValueError(f"the :type is {as_text(form['type'])[:60]}, none of {known}")
    for name, kinds in (("f", str), ("process", int | str), ("index", int), ("time", int)):
        value = form.get(name)
        if value is not None and (not isinstance(value, kinds) or isinstance(value, bool)):
            raise ValueError(f"the :{name} is {as_text(value)[:60]}")
    fields: dict[str, Any] = {name: form[name] for name in _FIELDS if name in form}
    for name in ("error", "node"):
        fields[name] = _as_words(form.get(name))
    return Record(**{"value": None, **fields})


def _as_words(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else as_text(value)


class Shapes:
    """The shapes of ops met so far, the most recent first."""

    def __init__(self) -> None:
        self._shapes: list[Shape] = []
        self._made = 0
        self._kept: dict[str, Any] = {"nil": None}

    def read(self, text: str, at: int) -> tuple[Record, int] | None:
        """The op at a place and the place after it; None when it has to be read in the slow way."""
        try:
            return self._read(text, at)
        except EdnError:
            return None  # the slow way knows where

    def _read(self, text: str, at: int) -> tuple[Record, int] | None:
        for number, shape in enumerate(self._shapes):
            found = shape(text, at)
            if found is not None:
                if number:
                    self._shapes.insert(0, self._shapes.pop(number))
                return found
        if self._made < MOST_SHAPES and (names := _names(text, at)):
            self._made += 1
            shape = self._shape(names)
            if found := shape(text, at):
                self._shapes.insert(0, shape)
            return found
        return None

    def _shape(self, names: list[str]) -> Shape:
        """How to read ops with exactly these fields, in this order."""
        fields = ", ".join(f":{name} " + _PATTERNS.get(name, f"({_SIMPLE})") for name in names)
        match = re.compile(f"{_BEGIN}{fields}\\}}((?!))?").match
        absent = len(names) + 1  # the group at the end, which never matches
        where = [names.index(name) + 1 if name in names else absent for name in _FIELDS]
        value_of = self._value

        def read(text: str, at: int) -> tuple[Record, int] | None:
            found = match(text, at)
            if found is None:
                return None
            groups: tuple[Any, ...] = found.group(*where)
            kind, f, process, index, time, value, key, error, node = groups
            op = Record(
                type=kind,
                f=f,
                process=NEMESIS if process == ":nemesis" else int(process),
                index=index and int(index),
                time=time and int(time),
                value=value and value_of(value),
                key=key and value_of(key),
                error=error and _as_words(value_of(error)),
                node=node and _as_words(value_of(node)),
            )
            return op, found.end()

        return read

    def _value(self, text: str) -> Any:
        """A simple value. Values repeat: those that are no numbers are read once, and shared."""
        first = text[0]
        if first in "-0123456789":
            return int(text)
        if text in self._kept:
            return self._kept[text]
        value: Any = NOTHING
        if first == "[":
            value = _vector(text)
        elif text.startswith("#{"):
            value = _vector(f"[{text[2:-1]}]")
            value = value if value is NOTHING else in_order(value)
        elif first == "{":
            value = self._map(text[1:-1])
        if value is NOTHING:
            value, end = read_form(text, 0)
            if end < len(text):
                raise EdnError(end, "more follows a value")
        if len(text) <= LONGEST_KEPT and len(self._kept) < MOST_KEPT:
            self._kept[text] = value
        return value

    def _map(self, inner: str) -> Any:
        """A map of atoms, such as the balances of a bank; `NOTHING` if it is none."""
        found: dict[str, Any] = {}
        pairs = [pair.split(" ") for pair in inner.split(", ")]
        for pair in pairs:
            if len(pair) != 2 or not (_atom.fullmatch(pair[0]) and _atom.fullmatch(pair[1])):
                return NOTHING
            name = self._value(pair[0])
            found[name if isinstance(name, str) else as_text(name)] = self._value(pair[1])
        return found if len(found) == len(pairs) else NOTHING


def _vector(text: str) -> Any:
    """A vector of atoms and such vectors by way of JSON, `NOTHING` where that is not the same.

    With commas for spaces, `null` for `nil` and keywords in quotes it is JSON. Whatever else may
    stand in it is not: a symbol, a ratio, `5N`, two spaces.
    """
    json = text
    if "nil" in json:
        json = json.replace(" nil", " null").replace("[nil", "[null")
    if ":" in json:
        for word in set(_word.findall(json)):
            json = json.replace(f":{word} ", f'"{word}" ').replace(f":{word}]", f'"{word}"]')
    if json.count("[") > MAX_DEPTH:
        return NOTHING  # it may be nested too deeply
    try:
        return _json.decode(json.replace(" ", ","))
    except msgspec.DecodeError:
        return NOTHING


def _names(text: str, at: int) -> list[str] | None:
    """The fields of the op at a place, None unless all are simple, and each there once."""
    begun = _begin.match(text, at)
    if begun is None:
        return None
    names: list[str] = []
    at = begun.end()
    while field := _FIELD.match(text, at):
        names.append(field[1])
        if field[3] == "}":
            sound = len(set(names)) == len(names) and set(_NEEDED) <= set(names)
            return names if sound else None
        at = field.end()
    return None
