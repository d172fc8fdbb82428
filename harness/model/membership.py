"""A group whose members are there as long as they are alive, by ephemeral files or leases.

A member that is cut off may be dropped without a word, but is then gone for good until it joins
anew under another name; and one that has left, or joined anew, is not seen under its old name::

    joins as 7 ──▶ listed ──▶ left, joined as 9, or a list without it ──▶ 7 is past: never again

A process whose operation crashed never acts again. So what crashed need not be placed in the order:
a list that shows a name of which no join is known to have succeeded tells that it is there, and
nothing but a `join` that crashed makes anything possible.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar, cast

from harness.model.model import INCONSISTENT, UNKNOWN, Model

Member = tuple[Hashable, Hashable]


class Membership(Model):
    """`join` under a name that nobody else ever has, which ends the process' earlier membership;
    `check`: it is still a member; `leave`; `list`: the names of all members,
    each once.

    The state is [members, past]: the set of [name, process], the process null as long as only lists
    have told of it; and the names that are over.
    """

    name = "membership"
    fs = frozenset({"join", "check", "leave", "list"})
    hallmarks = frozenset({"join"})
    echoes: ClassVar[frozenset[str]] = frozenset({"join", "leave"})
    by_process: ClassVar[bool] = True

    def initial(self) -> Hashable:
        """Nobody has joined."""
        return frozenset(), frozenset()

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """See the module."""
        assert isinstance(value, tuple)
        process, name = value
        members, past = cast("tuple[frozenset[Member], frozenset[Hashable]]", state)
        if result is UNKNOWN:
            return INCONSISTENT
        if f == "list":
            listed = cast("tuple[Hashable, ...]", result)
            names = frozenset(listed)
            if names & past or len(names) < len(listed):
                return INCONSISTENT
            seen = frozenset(member for member in members if member[0] in names)
            new = names - {member[0] for member in seen}
            gone = frozenset(member[0] for member in members - seen)
            return seen | {(name, None) for name in new}, past | gone
        mine = frozenset(member for member in members if member[1] == process)
        if f == "check":
            return state if mine else INCONSISTENT
        others, past = members - mine, past | {member[0] for member in mine}
        if f == "leave":
            return others, past
        return INCONSISTENT if name in past else (others - {(name, None)} | {(name, process)}, past)

    def misfit_result(self, f: str, value: Hashable, result: Hashable) -> str | None:
        """A list is one."""
        if f == "list" and not isinstance(result, tuple):
            return "a list returns the names of all members"
        return None
