"""Clients of the lock service that hold something: what they share, locks and elections.

All keep what they hold by key, each with the session it was got in: what an earlier session held is
nobody's any more. Some ask their node; `check` and `lead` ask only the client itself. Who acquires
what it still holds gives it back first.

::

    locks         acquire, check, release, write (with the sequencer), read
    elections     campaign: acquire and publish   lead: check   resign: release   read
"""

from __future__ import annotations

import asyncio
import json
from typing import Any, ClassVar, NamedTuple

from harness.client import DidNotHappen, Indeterminate
from harness.worlds.world import Node
from targets.bundled_client import BundledClient
from targets.chubby_session import LeasedSession, Lines
from targets.store.chubby.bugs import NO_BUGS, Bugs
from targets.store.settings import Settings

PATIENCE = 0.2
"""Seconds for which an acquire waits; after that it keeps its place in the queue, and fails."""
POLL = 0.1

DEFAULT = Settings()


class Held(NamedTuple):
    """A lock's generation, or the path of an ephemeral file, and the session it was got in."""

    session: LeasedSession
    what: Any


class SessionClient:
    """What clients with a lease share: one session at a time, and reads and writes beside it."""

    beyond = 0.0
    """Seconds for which what it holds is nobody else's after its session expired."""

    def __init__(self, lines: Lines, settings: Settings = DEFAULT, bugs: Bugs = NO_BUGS) -> None:
        self._lines = lines
        self._settings = settings
        self._bugs = bugs
        self._plain = BundledClient(lines.line())
        self._last: LeasedSession | None = None
        self._held: dict[Any, Held] = {}

    @classmethod
    async def open(
        cls, node: Node, _name: str, settings: Settings = DEFAULT, bugs: Bugs = NO_BUGS
    ) -> SessionClient:
        """A `ClientFactory`. The session begins when it is first needed."""
        return cls(Lines(await node.dial("client")), settings, bugs)

    async def close(self) -> None:
        """See `harness.client.Client`. The service is told that the session ends."""
        if self._last is not None:
            self._last.farewell()
        self._lines.close()

    async def call(self, f: str, key: Any, value: Any) -> Any:
        """See `harness.client.Client`."""
        raise NotImplementedError

    async def _session(self) -> LeasedSession:
        """The session, or a new one when there is none or it is known to be over.

        In jeopardy nothing is asked: the application's calls wait (§2.8), and fail if it lasts.
        """
        loop = asyncio.get_running_loop()
        patient_until = loop.time() + PATIENCE
        while self._last is not None and not (self._last.over or self._last.believed()):
            if self._lines.lost is not None:
                raise Indeterminate(f"the connection was lost: {self._lines.lost}")
            if loop.time() >= patient_until:
                raise DidNotHappen("in jeopardy: the service has not been heard for too long")
            await self._last.news(POLL)
        if self._last is None or self._last.over:
            self._last = await LeasedSession.open(
                self._lines, self._settings.session_lease, self._bugs.client_ignores_expiry
            )
        return self._last

    async def _read(self, operation: list[Any]) -> Any:
        return await self._plain.ask(operation, False)

    def _check(self, key: Any) -> Any:
        """What this client holds, if nobody else can have it yet."""
        held = self._held.get(key)
        if held is None or not held.session.believed(self.beyond):
            raise DidNotHappen("not held" if held is None else "the lease may have run out")
        return held.what


class LockClient(SessionClient):
    """Locks, and the files of the same name as what they protect."""

    believes: ClassVar[bool] = True
    """Whether an acquire is ok only if the lease holds at its end."""

    def __init__(self, lines: Lines, settings: Settings = DEFAULT, bugs: Bugs = NO_BUGS) -> None:
        super().__init__(lines, settings, bugs)
        self.beyond = settings.lock_delay
        self._places: dict[Any, Held] = {}

    async def call(self, f: str, key: Any, value: Any) -> Any:
        """See `harness.client.Client`."""
        match f:
            case "acquire":
                return await self._acquire(key)
            case "check":
                return self._check(key)
            case "release":
                return await self._release(key)
            case "write":
                return await self._write(key, value)
            case "read":
                return (await self._read(["read", path_of(key)]))[0]
        raise ValueError(f"a lock knows acquire, check, write, release and read, not {f!r}")

    async def _acquire(self, key: Any) -> Any:
        """Wait in the lock's queue; on time-out keep the place, if the session stays."""
        await self._give_back(key)
        session = await self._session()
        place = self._places.get(key)
        kept = place is not None and place.session is session
        if not kept and not self._bugs.grant_to_expired_waiter:
            place = None
        state = "queued"
        if place is None:
            operation = ["acquire", path_of(key), "exclusive", True]
            generation, state = await session.ask(operation)
            place = self._places[key] = Held(session, generation)
        if state != "held":
            await self._wait(key, place, session)
        del self._places[key]
        self._held[key] = Held(session, place.what)
        while self.believes and not session.believed():
            if session.over:
                raise Indeterminate("acquired, but the session has ended since")
            await session.news(POLL)
        return place.what

    async def _wait(self, key: Any, place: Held, session: LeasedSession) -> None:
        """Return once the lock is granted to this place. An event tells when to look."""
        loop = asyncio.get_running_loop()
        patient_until = loop.time() + PATIENCE
        while True:
            holders, queue = await self._look(key)
            if any(generation == place.what for generation, _, _ in holders):
                return
            mine = any(generation == place.what for generation, _, _ in queue)
            before = any(generation < place.what for generation, _, _ in [*holders, *queue])
            if self._bugs.grant_to_expired_waiter and not before:
                return
            if not mine and not self._bugs.grant_to_expired_waiter:
                del self._places[key]
                raise DidNotHappen("the session ended while it waited")
            left = patient_until - loop.time()
            if left <= 0:
                raise DidNotHappen("others hold it; the place in the queue is kept")
            while place.what not in session.granted and loop.time() < patient_until:
                await session.news(patient_until - loop.time())

    async def _look(self, key: Any) -> Any:
        """Holders and queue. Who can't see them is still waiting, whatever has become of it."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._read(["lock", path_of(key)])
        except TimeoutError:
            raise DidNotHappen("no answer; the place in the queue is kept") from None

    async def _give_back(self, key: Any) -> None:
        """Release what a check had failed for, should it still be held."""
        held = self._held.get(key)
        if held is not None:
            await (await self._session()).ask(["release", path_of(key), held.what])
            del self._held[key]

    async def _release(self, key: Any) -> None:
        """By sequencer: in whatever session, it can only give back what this client had."""
        held = self._held.get(key)
        if held is None:
            raise DidNotHappen("not held")
        was_held = await (await self._session()).ask(["release", path_of(key), held.what])
        del self._held[key]
        if not was_held:
            raise DidNotHappen("the lock was lost before")

    async def _write(self, key: Any, value: Any) -> Any:
        """Write with the sequencer, whatever has become of the lease; outside the session, as to
        any other server.
        """
        held = self._held.get(key)
        if held is None:
            raise DidNotHappen("not held")
        sequencer = [path_of(key), "exclusive", held.what]
        await self._plain.ask(["write", path_of(key), value, None, sequencer], True)
        return value


class FencedLockClient(LockClient):
    """A holder that trusts in its sequencer alone."""

    believes: ClassVar[bool] = False


class ElectionClient(FencedLockClient):
    """A leader holds the lock, and writes into its file who it is (§2.4, primary election)."""

    async def call(self, f: str, key: Any, value: Any) -> Any:
        """See `harness.client.Client`."""
        match f:
            case "campaign":
                await self._acquire(key)
                return await self._write(key, value)
            case "lead":
                self._check(key)
                return None
            case "resign":
                return await self._release(key)
            case "read":
                return (await self._read(["read", path_of(key)]))[0]
        raise ValueError(f"an election knows campaign, lead, resign and read, not {f!r}")


def path_of(key: Any) -> str:
    """The file of a key: any JSON in one name."""
    return "/" + json.dumps(key, sort_keys=True, separators=(",", ":")).replace("/", "∕")
