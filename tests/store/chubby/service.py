"""A lock service without a network: its state, driven by hand, and connections that answer at once.

`expire` and `undelay` are what a master would propose. A connection that is `cut` keeps what is
sent until it is healed, as a partition does.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from targets.store.chubby.bugs import NO_BUGS, Bugs
from targets.store.chubby.machine import Chubby
from targets.store.chubby.state import LeasedSessions, expire, undelay
from targets.store.machine.machine import Result
from targets.store.machine.sessions import OPEN, command


class Service:
    """The replicated state, and the log's next index."""

    def __init__(self, bugs: Bugs = NO_BUGS) -> None:
        self._bugs = bugs
        self.chubby = Chubby(bugs)
        self.state = LeasedSessions(self.chubby)
        self._index = 0
        self._sequences: dict[int, int] = {}

    def apply(self, text: str) -> Result:
        """The next command of the log."""
        self._index += 1
        return self.state.apply(self._index, text)

    def session(self, leased: bool = True) -> int:
        """Open a session."""
        session: int = self.apply(OPEN)["ok"]
        if leased:
            self.do(session, "begin")
        return session

    def do(self, session: int, *operation: Any) -> Result:
        """The session's next write."""
        assert self.chubby.check(list(operation))
        self._sequences[session] = self._sequences.get(session, 0) + 1
        return self.apply(command(session, self._sequences[session], list(operation)))

    def done(self, session: int, *operation: Any) -> Any:
        """The answer of a write that is ok."""
        return self.do(session, *operation)["ok"]

    def ask(self, *operation: Any) -> Any:
        """The answer of a read that is ok."""
        assert not self.chubby.check(list(operation))
        return self.state.query(list(operation))["ok"]

    def expire(self, session: int) -> None:
        """The master says that the lease ran out."""
        self.apply(expire(session))

    def undelay(self) -> None:
        """The master says that all lock delays are over."""
        for path, generation in self.chubby.delayed():
            self.apply(undelay(path, generation))

    def restart(self) -> None:
        """Go on from a snapshot of the state, over JSON as on disk."""
        text = self.state.dump()
        self.chubby = Chubby(self._bugs)
        self.state = LeasedSessions(self.chubby)
        self.state.load(json.loads(json.dumps(text)))


class Connection:
    """See `harness.worlds.world.Connection`."""

    def __init__(self, service: Service) -> None:
        self.cut = False
        self._service = service
        self._sent: list[bytes] = []
        self._answers: asyncio.Queue[bytes] = asyncio.Queue()

    def send(self, frame: bytes) -> None:
        if self.cut:
            self._sent.append(frame)
            return
        request = json.loads(frame)
        self._answers.put_nowait(json.dumps({"id": request["id"], **self._do(request)}).encode())

    def heal(self) -> None:
        """What was sent arrives."""
        self.cut = False
        sent, self._sent = self._sent, []
        for frame in sent:
            self.send(frame)

    def lose(self) -> None:
        """The other end is gone."""
        self._answers.put_nowait(b"")

    async def receive(self) -> bytes:
        await asyncio.sleep(0.01)
        frame = await self._answers.get()
        if not frame:
            raise ConnectionResetError("gone")
        return frame

    def close(self) -> None:
        """Nothing is open."""

    def _do(self, request: dict[str, Any]) -> Result:
        if request["type"] == "open":
            return self._service.apply(OPEN)
        operation = request["operation"]
        if not self._service.chubby.check(operation):
            return self._service.state.query(operation)
        return self._service.apply(command(request["session"], request["sequence"], operation))
