"""The master: the node that leads keeps the sessions' leases, in memory (§2.8 and §2.9).

::

    KeepAlive ──▶ held, at most `HOLD`, for an event ──▶ confirmed read ──▶ answered: a full lease
    tick      ──▶ a lease ran out ──▶ "expire 17" into the log; no KeepAlive of 17 is answered now
              ──▶ a lock delay is over ──▶ "undelay /a 42" into the log
    new in office ──▶ every session has a full lease and the grace period

What it forgets when it loses its office was never more than when to act. What it does goes through
the log: a master that was deposed and does not know it yet proposes in vain.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

from harness.env import Env, Timer
from targets.store.chubby.bugs import Bugs
from targets.store.chubby.lease import GRACE, HOLD, LONGEST_TICK, TICK, believed
from targets.store.chubby.state import LeasedSessions, expire, undelay
from targets.store.machine.machine import Result
from targets.store.requests import Request
from targets.store.steward import Propose, Submit


class _Held(NamedTuple):
    until: float
    request: Request


class Master:
    """See `targets.store.steward.Steward`.

    Args:
        propose, submit: of the node.
        lease, delay: seconds; of a session, and of a lock whose holder's session expired.
    """

    def __init__(
        self,
        env: Env,
        state: LeasedSessions,
        propose: Propose,
        submit: Submit,
        lease: float,
        delay: float,
        bugs: Bugs,
    ) -> None:
        self._env = env
        self._state = state
        self._chubby = state.chubby
        self._propose = propose
        self._submit = submit
        self._lease = lease
        self._delay = delay
        self._hold = min(HOLD, believed(lease) / 3)
        self._bugs = bugs
        self._leading = False
        self._timer: Timer | None = None
        self._lived = 0.0
        self._ticked_at = env.now()
        self._leases: dict[int, float] = {}
        self._delays: dict[tuple[str, int], float] = {}
        self._condemned: set[int] = set()
        self._released: set[tuple[str, int]] = set()
        self._held: dict[int, _Held] = {}

    def leads(self, leading: bool) -> None:
        """See `Steward`: whatever an earlier master promised is kept."""
        if leading == self._leading:
            return
        self._leading = leading
        first = self._lived + self._lease + GRACE
        if self._bugs.server_reaps_live_session:
            first = self._lived
        self._leases = dict.fromkeys(self._chubby.sessions if leading else (), first)
        self._delays, self._condemned, self._released = {}, set(), set()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if leading:
            self._ticked_at = self._env.now()
            self._timer = self._env.after(TICK, self._tick)
        self._let_go(lambda session, held: True)

    def applied(self) -> None:
        """See `Steward`: an event need not wait."""
        if self._held:
            self._let_go(lambda s, held: self._chubby.news(s, held.request.body[2]))

    def holds(self, request: Request) -> bool:
        """See `Steward`: a KeepAlive that nothing is to be told."""
        if request.writes or request.body[0] != "keepalive" or not self._leading:
            return False
        _, session, seen = request.body
        if self._chubby.news(session, seen):
            return False
        earlier = self._held.pop(session, None)
        self._held[session] = _Held(self._lived + self._hold, request)
        if earlier is not None:
            self._submit(earlier.request)
        return True

    def query(self, operation: Any) -> Result:
        """See `Steward`: a KeepAlive that is answered is a new lease."""
        if operation[0] != "keepalive":
            return self._state.query(operation)
        session = operation[1]
        result = self._state.query(operation)
        if "ok" in result:
            if session in self._condemned:
                return {"unknown": f"session {session} is about to expire"}
            self._leases[session] = self._lived + self._lease
        return result

    # Time

    def _tick(self) -> None:
        now = self._env.now()
        self._lived += min(max(0.0, now - self._ticked_at), LONGEST_TICK)
        self._ticked_at = now
        self._timer = self._env.after(TICK, self._tick)
        self._let_go(lambda session, held: held.until <= self._lived)
        sessions = self._chubby.sessions
        for session in _due(self._leases, sessions, self._lived, self._lease + GRACE):
            if session not in self._condemned and self._expire(session):
                self._condemned.add(session)
        self._condemned &= set(self._leases)
        for claim in _due(self._delays, self._chubby.delayed(), self._lived, self._delay):
            if claim not in self._released and self._propose(undelay(*claim)):
                self._released.add(claim)
        self._released &= set(self._delays)

    def _expire(self, session: int) -> bool:
        """Propose it; False where that can't be now, as while the office is handed over."""
        if self._bugs.deposed_leader_expires:
            return "ok" in self._state.apply(0, expire(session))
        return self._propose(expire(session))

    def _let_go(self, which: Callable[[int, _Held], bool]) -> None:
        for session, held in list(self._held.items()):
            if which(session, held):
                del self._held[session]
                self._submit(held.request)


def _due(deadlines: dict[Any, float], there: list[Any], now: float, at_first: float) -> list[Any]:
    """What of all that is there has had its time; what is new gets its first, the gone go."""
    if len(deadlines) > len(there):
        present = set(there)
        for one in [one for one in deadlines if one not in present]:
            del deadlines[one]
    due: list[Hashable] = []
    for one in there:
        if deadlines.setdefault(one, now + at_first) <= now:
            due.append(one)
    return due
