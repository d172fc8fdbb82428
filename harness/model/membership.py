"""A group whose members are there as long as they are alive, by ephemeral files or leases.

A member that is cut off may be dropped without a word, but is then gone for good until it joins
anew; and one that has left, or joins again, is not seen as it was before.

A process whose operation crashed never acts again. So only a `join` that crashed may have to have
taken effect: anything else makes nothing possible that is not possible without it.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar, cast

from harness.model.model import INCONSISTENT, UNKNOWN, Model

Member = tuple[Hashable, Hashable]


class Membership(Model):
    """`join` under a name, which ends the process' earlier membership; `check`: it is still a
    member; `leave`; `list`: the names of all members.

    The state is the set of [process, name]. A list tells that those it does not name are gone.
    """

    name = "membership"
    fs = frozenset({"join", "check", "leave", "list"})
    by_process: ClassVar[bool] = True

    def initial(self) -> Hashable:
        """Nobody has joined."""
        return frozenset()

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """See the module."""
        assert isinstance(value, tuple)
        process, name = value
        members = cast("frozenset[Member]", state)
        if result is UNKNOWN and f != "join":
            return INCONSISTENT
        if f == "list":
            listed = frozenset(cast("tuple[Hashable, ...]", result))
            seen = frozenset(member for member in members if member[1] in listed)
            return seen if len(seen) == len(listed) else INCONSISTENT
        if f == "check":
            return state if any(member[0] == process for member in members) else INCONSISTENT
        others = frozenset(member for member in members if member[0] != process)
        return others | {(process, name)} if f == "join" else others

    def misfit_result(self, f: str, value: Hashable, result: Hashable) -> str | None:
        """A list is one."""
        if f == "list" and not isinstance(result, tuple):
            return "a list returns the names of all members"
        return None
