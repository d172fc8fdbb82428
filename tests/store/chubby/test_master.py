"""The master's leases, on a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, cast

from harness.env import Env, Timer
from targets.store.chubby.bugs import NO_BUGS, Bugs
from targets.store.chubby.lease import DRIFT, GRACE, HOLD, LEASE, LOCK_DELAY, TICK, believed
from targets.store.chubby.master import Master
from targets.store.chubby.state import expire
from targets.store.requests import Origin, Request
from tests.store.chubby.service import Service


class Clock:
    """As much of an `Env` as a master needs."""

    def __init__(self) -> None:
        self.time = 0.0
        self._due: list[tuple[float, Callable[[], None]]] = []
        self.rng = Random(0)

    def now(self) -> float:
        return self.time

    def after(self, seconds: float, call: Callable[[], None]) -> Timer:
        self._due.append((self.time + seconds, call))
        return cast(Timer, _Timer(self._due, self._due[-1]))

    def pass_by(self, seconds: float) -> None:
        """Let time pass, and make the calls that come due at their times."""
        end = self.time + seconds
        while self._due and min(self._due)[0] <= end:
            entry = min(self._due, key=lambda due: due[0])
            self._due.remove(entry)
            self.time = max(self.time, entry[0])
            entry[1]()
        self.time = end

    def jump(self, seconds: float) -> None:
        """As after a pause: everything that came due is called late, and at once."""
        self.time += seconds
        self.pass_by(0.0)


class _Timer:
    def __init__(self, due: list[Any], entry: Any) -> None:
        self._due, self._entry = due, entry

    def cancel(self) -> None:
        if self._entry in self._due:
            self._due.remove(self._entry)


class Office:
    """A service with one master, whose proposals are committed at once unless it is `deposed`."""

    def __init__(self, bugs: Bugs = NO_BUGS) -> None:
        self.service = Service(bugs)
        self.clock = Clock()
        self.deposed = self.handing_over = False
        self.proposed: list[str] = []
        self.submitted: list[Request] = []
        self.master = Master(
            cast(Env, self.clock), self.service.state, self._propose, self.submitted.append,
            LEASE, LOCK_DELAY, bugs,
        )  # fmt: skip

    def _propose(self, command: str) -> bool:
        if self.handing_over:
            return False
        self.proposed.append(command)
        if not self.deposed:
            self.service.apply(command)
            self.master.applied()
        return True

    def keep_alive(self, session: int, seen: int = 0) -> Any:
        """A KeepAlive that is confirmed at once."""
        return self.master.query(["keepalive", session, seen])

    @property
    def alive(self) -> list[int]:
        return self.service.chubby.sessions


def request(session: int, seen: int = 0) -> Request:
    return Request(Origin("client", 1, False), False, ["keepalive", session, seen])


def test_a_lease_runs_out_unless_it_is_renewed() -> None:
    office = Office()
    office.master.leads(True)
    one, two = office.service.session(), office.service.session()
    for _ in range(5):
        office.clock.pass_by(0.9 * LEASE)
        assert office.keep_alive(one) == {"ok": []}
    assert office.alive == [one]
    assert office.keep_alive(two) == {"expired": f"session {two} is over"}
    office.clock.pass_by(LEASE - 2 * TICK)
    assert office.alive == [one]
    office.clock.pass_by(3 * TICK)
    assert office.alive == []


def test_a_new_master_begins_with_full_leases_and_the_grace_period() -> None:
    office = Office()
    one = office.service.session()
    office.clock.pass_by(100.0)
    office.master.leads(True)
    office.clock.pass_by(LEASE + GRACE - 2 * TICK)
    assert office.alive == [one]
    office.clock.pass_by(3 * TICK)
    assert office.alive == []


def test_who_does_not_lead_expires_nobody() -> None:
    office = Office()
    office.master.leads(True)
    office.service.session()
    office.master.leads(False)
    office.clock.pass_by(100.0)
    assert office.proposed == []


def test_a_pause_is_no_reason_to_expire_anybody() -> None:
    """Nor is a clock that jumps: the KeepAlives of that time are still on their way."""
    office = Office()
    office.master.leads(True)
    one = office.service.session()
    office.keep_alive(one)
    office.clock.jump(1000.0)
    assert office.alive == [one]
    assert office.keep_alive(one) == {"ok": []}


def test_no_keepalive_is_answered_once_the_end_is_proposed() -> None:
    """The client would believe in a session whose end is in the log already."""
    office = Office()
    office.master.leads(True)
    one = office.service.session()
    office.deposed = True
    office.clock.pass_by(LEASE + GRACE + 3 * TICK)
    assert len(office.proposed) == 1
    assert "unknown" in office.keep_alive(one)
    office.clock.pass_by(1.0)
    assert len(office.proposed) == 1
    office.service.apply(office.proposed[0])
    assert "expired" in office.keep_alive(one)


def test_a_session_whose_end_could_not_be_proposed_lives_on() -> None:
    """A leader that hands over takes no commands; if that fails, it goes on as the master."""
    office = Office()
    office.master.leads(True)
    one, two = office.service.session(), office.service.session()
    office.handing_over = True
    office.clock.pass_by(LEASE + GRACE + 3 * TICK)
    assert office.keep_alive(one) == {"ok": []}
    office.handing_over = False
    office.clock.pass_by(2 * TICK)
    assert office.proposed == [expire(two)]
    assert office.alive == [one]


def test_the_lock_delay() -> None:
    office = Office()
    office.master.leads(True)
    one, two = office.service.session(), office.service.session()
    for session in (one, two):
        office.service.done(session, "acquire", "/l", "exclusive", True)
    office.clock.pass_by(LEASE)
    office.keep_alive(two)
    office.clock.pass_by(GRACE + 2 * TICK)
    assert office.alive == [two]
    assert office.service.ask("lock", "/l")[0][0][1] is None
    office.clock.pass_by(LOCK_DELAY - 3 * TICK)
    assert office.service.ask("lock", "/l")[0][0][1] is None
    office.clock.pass_by(5 * TICK)
    assert office.service.ask("lock", "/l")[0][0][1] == two


def test_a_keepalive_waits_for_an_event() -> None:
    office = Office()
    one = office.service.session()
    assert not office.master.holds(request(one))
    office.master.leads(True)
    assert office.master.holds(request(one))
    office.master.applied()
    assert office.submitted == []
    office.service.done(one, "acquire", "/l", "exclusive", True)
    office.master.applied()
    assert office.submitted == [request(one)]
    assert not office.master.holds(request(one)), "there is something to tell"


def test_a_keepalive_does_not_wait_for_long() -> None:
    office = Office()
    office.master.leads(True)
    one = office.service.session()
    assert office.master.holds(request(one))
    office.clock.pass_by(HOLD + 2 * TICK)
    assert office.submitted == [request(one)]
    assert office.master.holds(request(one))
    office.master.leads(False)
    assert office.submitted == 2 * [request(one)]


def test_only_keepalives_are_held() -> None:
    office = Office()
    office.master.leads(True)
    one = office.service.session()
    assert not office.master.holds(Request(Origin("client", 1, False), False, ["read", "/"]))
    assert not office.master.holds(Request(Origin("client", 1, False), True, "[]"))
    assert not office.master.holds(request(one + 1))


def test_a_client_stops_believing_before_any_clock_in_bounds_expires_it() -> None:
    """A master's clock runs at most so many times as fast; a tick is counted up to twice."""
    belief = believed(LEASE)
    assert HOLD < belief < (LEASE - 2 * TICK) / DRIFT


def test_what_is_proposed_is_proposed_once() -> None:
    """While nothing is committed, the log must not fill with the same again and again."""
    office = Office()
    office.master.leads(True)
    one = office.service.session()
    office.service.done(one, "acquire", "/lock", "exclusive", True)
    office.service.expire(one)
    office.deposed = True
    office.clock.pass_by(10 * LOCK_DELAY)
    assert len(office.proposed) == 1
    office.master.leads(False)
    office.master.leads(True)
    office.clock.pass_by(10 * LOCK_DELAY)
    assert len(office.proposed) == 2
