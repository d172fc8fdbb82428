"""The bundled lock service over Multi-Paxos, as a system under test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from harness.client import ClientFactory
from harness.invariants import Invariants
from harness.target import Bug
from targets.bundled_store import BundledStore
from targets.chubby_bugs import CHUBBY_BUGS
from targets.chubby_client import (
    ElectionClient,
    FencedLockClient,
    FileClient,
    LockClient,
    MembershipClient,
)
from targets.paxos_invariants import PaxosInvariants
from targets.store.chubby.bugs import Bugs
from targets.store.paxos.core import POINTS


class ChubbyTarget(BundledStore):
    """See `BundledStore`. Two of its mistakes are made by its clients."""

    name = "chubby"
    bugs: Sequence[Bug] = CHUBBY_BUGS
    points: Sequence[str] = POINTS
    probe = ("list", "/")
    offers: Mapping[str, ClientFactory] = {
        "lock": LockClient.open,
        "fenced-lock": FencedLockClient.open,
        "leader-election": ElectionClient.open,
        "membership": MembershipClient.open,
        "file": FileClient.open_file,
        "register": FileClient.open_file,
    }

    def __init__(
        self,
        *,
        version: str | None = None,
        bugs: Sequence[str] = (),
        options: Mapping[str, Any] = {},
    ) -> None:
        super().__init__(version=version, bugs=bugs, options=options)
        made = {"settings": self._settings, "bugs": Bugs.named(bugs)}
        leased = {LockClient, FencedLockClient, ElectionClient, MembershipClient}
        self.offers = {
            name: partial(factory, **made)
            if getattr(factory, "__self__", None) in leased
            else factory
            for name, factory in type(self).offers.items()
        }

    def invariants(self) -> Invariants:
        """What Paxos promises inside (*Paxos Made Simple*, section 2)."""
        return PaxosInvariants()
