"""Mistakes that real stores have made, switchable, off by default.

Each is one guarded line where the correct rule stands. Where it happened and what shows it is told
on the harness' side (`targets.raft_bugs`); a node needs only the names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from difflib import get_close_matches


@dataclass(frozen=True)
class Bugs:
    """Which mistakes this node makes."""

    leader_local_read: bool = False
    follower_local_read: bool = False
    term_not_persisted: bool = False
    truncate_on_append: bool = False
    no_client_dedup: bool = False
    quorum_off_by_one: bool = False

    @staticmethod
    def known() -> tuple[str, ...]:
        """All flags, in the order they are declared."""
        return tuple(flag.name for flag in fields(Bugs))

    @staticmethod
    def named(flags: Iterable[str]) -> Bugs:
        """Switch these on; ValueError lists the known flags and the nearest to an unknown one."""
        flags = list(flags)
        for flag in flags:
            if flag not in Bugs.known():
                near = get_close_matches(flag, Bugs.known(), n=1, cutoff=0.0)
                raise ValueError(
                    f"unknown bug {flag!r}: did you mean {near[0]!r}? known: "
                    + ", ".join(Bugs.known())
                )
        return Bugs(**dict.fromkeys(flags, True))


NO_BUGS = Bugs()
