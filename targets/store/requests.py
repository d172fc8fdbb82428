"""What clients wait for, and the truth about it: an answer may say "refused" only if it is certain.

::

                     ┌─ this node leads ───────▶ proposed / reading ──▶ ok, fail
    request ─────────┼─ it knows the leader ───▶ forwarded ───────────▶ what the leader says
                     └─ none is known ─────────▶ held ──▶ a leader shows up, or `refused`

Only a request that never left `held` is certain not to happen. One that was proposed may be
committed by a later leader even after this one lost its office, and one that was forwarded may
arrive late, or twice: those end as `unknown`. The client then sends again in the same session,
which is safe because writes act once.

Every table is bounded: beyond `LIMIT` requests a node refuses before it does anything.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from random import Random
from typing import Any, NamedTuple

from targets.store.machine.machine import Result
from targets.store.replicated import Change, Position, ReplicatedLog

LIMIT = 10_000
HOLD = 0.1
"""Short: a client that is refused may send again, and is not in doubt meanwhile."""
FORGET = 5.0


class Origin(NamedTuple):
    """Who asked: a client, or with `forwarded` a peer for one of its own clients."""

    sender: str
    id: Any
    forwarded: bool


class Request(NamedTuple):
    """`body` is a command's text when it writes, else the operation to query."""

    origin: Origin
    writes: bool
    body: Any


class _Forwarded(NamedTuple):
    origin: Origin
    leader: str
    since: float


class Requests:
    """All requests that this node has not answered yet."""

    def __init__(
        self,
        core: ReplicatedLog,
        forward: Callable[[str, int, Request], None],
        answer: Callable[[Origin, Result], None],
        rng: Random,
    ) -> None:
        self._core = core
        self._forward = forward
        self._answer = answer
        self._proposed: dict[int, tuple[int, Origin]] = {}
        self._reading: dict[int, Request] = {}
        self._forwarded: dict[int, _Forwarded] = {}
        self._held: deque[tuple[float, Request]] = deque()
        # Not from 0: an answer to what this node forwarded before it was restarted may still come,
        # and must not pass for the answer to something newer.
        self._number = rng.getrandbits(64)

    def __len__(self) -> int:
        return len(self._proposed) + len(self._reading) + len(self._forwarded) + len(self._held)

    def submit(self, now: float, request: Request) -> None:
        """Take a request to where it can be served."""
        if len(self) >= LIMIT:
            self._answer(request.origin, {"refused": "too many requests are waiting"})
        elif not self._serve(now, request) and not self._pass_on(now, request):
            self._held.append((now + HOLD, request))

    def change(self, origin: Origin, change: Change) -> None:
        """Put a change of the members into the log; it is answered once it is committed."""
        position = self._core.change(change)
        if isinstance(position, str):
            self._answer(origin, {"refused": position})
        else:
            self._proposed[position.slot] = (position.term, origin)

    def _serve(self, now: float, request: Request) -> bool:
        """Hand it to this node's own core, if that takes it."""
        if not request.writes:
            self._number += 1
            if self._core.read(now, self._number):
                self._reading[self._number] = request
                return True
            return False
        position = self._core.propose(request.body)
        if position is None:
            return False
        self._proposed[position.slot] = (position.term, request.origin)
        return True

    def _pass_on(self, now: float, request: Request) -> bool:
        """Forward a client's request to the leader; what a peer sent is never sent on."""
        if request.origin.forwarded:
            self._answer(request.origin, {"unknown": "this node does not lead"})
            return True
        leader = self._core.leader
        if leader is None or self._core.status().role == "leader":
            return False  # one that hands its office over takes nothing: the heir will
        self._number += 1
        self._forwarded[self._number] = _Forwarded(request.origin, leader, now)
        self._forward(leader, self._number, request)
        return True

    def restored(self, slot: int) -> None:
        """Slots to this one came as a snapshot: what became of proposals there is not known."""
        for proposed in [proposed for proposed in self._proposed if proposed <= slot]:
            _, origin = self._proposed.pop(proposed)
            self._answer(origin, {"unknown": "this node lost its office"})

    def committed(self, position: Position, result: Result) -> None:
        """The command at this position was applied, with this result."""
        term, origin = self._proposed.pop(position.slot, (0, None))
        if origin is not None:
            lost = {"unknown": "another leader's command took its place"}
            self._answer(origin, result if term == position.term else lost)

    def read(self, token: int, query: Callable[[Any], Result]) -> None:
        """A read is confirmed: answer it from the state as it is now."""
        request = self._reading.pop(token)
        self._answer(request.origin, query(request.body))

    def lost_reads(self, tokens: Iterable[int]) -> None:
        """These reads can't be served any more."""
        for token in tokens:
            self._answer(self._reading.pop(token).origin, {"unknown": "this node lost its office"})

    def answered(self, number: int, result: Result) -> None:
        """The leader answered what was forwarded under this number."""
        forwarded = self._forwarded.pop(number, None)
        if forwarded is None:
            return
        # The leader refused this copy, but a copy that the network doubled may still be taken.
        why = result.get("refused")
        self._answer(forwarded.origin, result if why is None else {"unknown": why})

    def leader_changed(self, now: float) -> None:
        """Another leader is known, or none: settle what went to the old one, move what waited."""
        leader = self._core.leader
        for number, forwarded in list(self._forwarded.items()):
            if forwarded.leader != leader:
                del self._forwarded[number]
                self._answer(forwarded.origin, {"unknown": f"{forwarded.leader} leads no more"})
        proposed, self._proposed = self._proposed, {}
        for _, origin in proposed.values():
            self._answer(origin, {"unknown": "this node lost its office"})
        if leader is not None:
            held, self._held = self._held, deque()
            for _, request in held:
                self.submit(now, request)

    def expire(self, now: float) -> None:
        """Give up what has waited too long."""
        while self._held and self._held[0][0] <= now:
            _, request = self._held.popleft()
            self._answer(request.origin, {"refused": "no leader is known"})
        for number, forwarded in list(self._forwarded.items()):
            if forwarded.since + FORGET > now:
                break
            del self._forwarded[number]
            self._answer(forwarded.origin, {"unknown": f"{forwarded.leader} did not answer"})
