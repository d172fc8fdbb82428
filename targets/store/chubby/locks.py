"""Locks: every file is one, held by one session exclusively or by several shared (§2.4).

Who asks gets a place in the lock's queue, with a number higher than all before. The queue is served
in order, so the numbers of successive holders rise, and the number is the lock's **generation** in
the holder's sequencer: `[path, mode, generation]`, by which whoever the lock protects can tell a
holder of today from one of yesterday::

    queue   ──▶ 52 exclusive ─ 51 shared ─ 50 shared ──▶  holders 47 shared, 48 shared
                                                          (50 and 51 may come in, 52 must wait)

A lock that its holder gives back is free at once. One whose holder's session expired stays claimed
for the lock delay (§2.4), by nobody: requests of the old holder may still be under way to something
that does not check sequencers. The master ends the delay by a command.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from targets.store.chubby.bugs import Bugs
from targets.store.chubby.events import Events
from targets.store.machine.machine import Result

EXCLUSIVE, SHARED = MODES = ("exclusive", "shared")


class Claim(NamedTuple):
    """A place at a lock; `session` is None while the lock delay of an expired holder runs."""

    generation: int
    session: int | None
    mode: str


@dataclass
class Lock:
    """Those who have it, and those who wait for it, in order."""

    holders: list[Claim] = field(default_factory=list)
    queue: list[Claim] = field(default_factory=list)


class Locks:
    """All locks that anybody holds or waits for; `number` gives a greater number each time."""

    def __init__(self, number: Callable[[], int], events: Events, bugs: Bugs) -> None:
        self._number = number
        self._events = events
        self._bugs = bugs
        self._locks: dict[str, Lock] = {}

    def acquire(self, session: int, path: str, mode: str, wait: bool) -> Result:
        """Ask for a lock: `[generation, "held" or "queued"]`. A session has one place at a lock:
        asking again is answered with it. Without `wait`, what can't be had at once is a fail.
        """
        lock = self._locks.setdefault(path, Lock())
        for claims, state in ((lock.holders, "held"), (lock.queue, "queued")):
            for claim in claims:
                if claim.session == session:
                    return {"ok": [claim.generation, state]}
        claim = Claim(self._number(), session, mode)
        lock.queue.append(claim)
        self._serve(path, lock)
        if claim in lock.holders:
            return {"ok": [claim.generation, "held"]}
        for holder in lock.holders:
            if holder.session is not None:
                self._events.tell(holder.session, "conflict", path, mode)
        if wait:
            return {"ok": [claim.generation, "queued"]}
        lock.queue.remove(claim)
        return {"fail": f"{path} is held"}

    def release(self, path: str, generation: int) -> Result:
        """Give back the lock, or the place in its queue, that has this generation; true if the
        lock was held so.
        """
        lock = self._locks.get(path, Lock())
        for claim in lock.holders:
            mine = claim.generation == generation or self._bugs.stale_unlock_releases_newer
            if mine and claim.session is not None:
                lock.holders.remove(claim)
                self._serve(path, lock)
                return {"ok": True}
        for claim in lock.queue:
            if claim.generation == generation:
                lock.queue.remove(claim)
                self._serve(path, lock)
                break
        return {"ok": False}

    def end(self, session: int, expired: bool) -> None:
        """The session is over: what it held is free, after the lock delay if it `expired`."""
        for path, lock in list(self._locks.items()):
            lock.queue = [claim for claim in lock.queue if claim.session != session]
            for at, claim in reversed(list(enumerate(lock.holders))):
                if claim.session != session:
                    continue
                if expired and not self._bugs.lock_delay_zero:
                    lock.holders[at] = claim._replace(session=None)
                else:
                    del lock.holders[at]
            self._serve(path, lock)

    def undelay(self, path: str, generation: int) -> None:
        """The lock delay of this claim is over."""
        lock = self._locks.get(path, Lock())
        lock.holders = [c for c in lock.holders if c[:2] != (generation, None)]
        self._serve(path, lock)

    def delayed(self) -> list[tuple[str, int]]:
        """Path and generation of every claim whose lock delay runs."""
        return [
            (path, claim.generation)
            for path, lock in self._locks.items()
            for claim in lock.holders
            if claim.session is None
        ]

    def gone(self, path: str) -> None:
        """The file was deleted, and the lock with it."""
        self._locks.pop(path, None)

    def holds(self, path: str, mode: str, generation: int) -> bool:
        """Whether a sequencer is valid: the lock is still held so (§2.4, CheckSequencer)."""
        return any(
            claim.session is not None and (claim.mode, claim.generation) == (mode, generation)
            for claim in self._locks.get(path, Lock()).holders
        )

    def look(self, path: str) -> Result:
        """Holders and queue, each as `[generation, session, mode]`."""
        lock = self._locks.get(path, Lock())
        return {"ok": [list(map(list, lock.holders)), list(map(list, lock.queue))]}

    def dump(self) -> Any:
        """As JSON values."""
        return [[path, lock.holders, lock.queue] for path, lock in self._locks.items()]

    def load(self, state: Any) -> None:
        """Take a dumped state in place of the own one."""
        self._locks = {
            path: Lock([Claim(*c) for c in holders], [Claim(*c) for c in queue])
            for path, holders, queue in state
        }

    def _serve(self, path: str, lock: Lock) -> None:
        """Let in from the head of the queue who fits beside the holders, and nobody past them."""
        while lock.queue and _fits(lock.queue[0], lock.holders):
            claim = lock.queue.pop(0)
            lock.holders.append(claim)
            assert claim.session is not None
            self._events.tell(claim.session, "granted", path, claim.generation)
            self._events.publish("acquired", path, claim.generation)
        if not lock.holders and not lock.queue:
            self._locks.pop(path, None)


def _fits(claim: Claim, holders: list[Claim]) -> bool:
    if claim.mode == EXCLUSIVE:
        return not holders
    return all(holder.mode == SHARED for holder in holders)
