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
from targets.chubby_client import ElectionClient, FencedLockClient, LockClient, SessionClient
from targets.chubby_file_client import FileClient, MembershipClient
from targets.paxos_invariants import PaxosInvariants
from targets.store.chubby.bugs import Bugs
from targets.store.paxos.core import POINTS

LEASED: Mapping[str, type[SessionClient]] = {
    "lock": LockClient,
    "fenced-lock": FencedLockClient,
    "leader-election": ElectionClient,
    "membership": MembershipClient,
}
FILES: Mapping[str, ClientFactory] = {
    "file": FileClient.open_file,
    "register": FileClient.open_file,
}


class ChubbyTarget(BundledStore):
    """See `BundledStore`. Two of its mistakes are made by its clients."""

    name = "chubby"
    bugs: Sequence[Bug] = CHUBBY_BUGS
    points: Sequence[str] = POINTS
    probe = ("list", "/")
    offers: Mapping[str, ClientFactory] = {
        **{name: kind.open for name, kind in LEASED.items()},
        **FILES,
    }

    def __init__(
        self,
        *,
        version: str | None = None,
        bugs: Sequence[str] = (),
        options: Mapping[str, Any] = {},
    ) -> None:
        super().__init__(version=version, bugs=bugs, options=options)
        made = Bugs.named(bugs)
        leased = {
            name: partial(kind.open, settings=self._settings, bugs=made)
            for name, kind in LEASED.items()
        }
        self.offers = {**leased, **FILES}

    def invariants(self) -> Invariants:
        """What Paxos promises inside (*Paxos Made Simple*, section 2)."""
        return PaxosInvariants()
