"""Sets of named switches, such as the mistakes that a protocol can be told to make."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Self


@dataclass(frozen=True)
class Flags:
    """A subclass has a field of type bool for each flag, False by default."""

    @classmethod
    def known(cls) -> tuple[str, ...]:
        """All flags, in the order they are declared."""
        return tuple(flag.name for flag in fields(cls))

    @classmethod
    def named(cls, flags: Iterable[str]) -> Self:
        """Switch these on; ValueError lists the known flags and the nearest to an unknown one."""
        flags = list(flags)
        known = cls.known()
        for flag in flags:
            if flag not in known:
                near = get_close_matches(flag, known, n=1, cutoff=0.0)
                raise ValueError(
                    f"unknown bug {flag!r}: did you mean {near[0]!r}? known: {', '.join(known)}"
                )
        return cls(**dict.fromkeys(flags, True))
