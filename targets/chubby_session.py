"""A client's session with the lock service: KeepAlives, and for how long to believe in it.

::

            ┌── writes ──▶ line 1 ─┐
    client ─┼── reads ───▶ line 2 ─┼── one connection ──▶ its node ──▶ the master
            └── KeepAlive ▶ line 3 ┘

    safe ── no answer for `believed` seconds ──▶ jeopardy ── an answer ──▶ safe
      ╰──────────── "expired" ──────────────────────┴──────────────────────▶ over

A session is believed in from when the last KeepAlive that was answered had been *sent*: see
`targets.store.chubby.lease`. In jeopardy its locks may be gone already, or may turn out to be there
still: nobody must rely on them (§2.8 of the paper). It is over only when the service says so.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import suppress
from math import inf
from typing import Any

from harness.worlds.world import Connection
from targets.bundled_client import PAUSE, RESEND, BundledClient, Channel
from targets.store.chubby.lease import believed

LAST = 1 << 53
"""The sequence number of a farewell: nothing that the session asked for acts after it."""


class Lines:
    """Several conversations on one connection, each hearing the answers to what it has sent."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._number = 0
        self._asked: dict[int, Line] = {}
        self._lines: list[Line] = []
        self.lost: str | None = None
        self._pump = asyncio.create_task(self._receive())

    def line(self) -> Line:
        """Another conversation."""
        self._lines.append(Line(self))
        return self._lines[-1]

    def send(self, line: Line, request: dict[str, Any]) -> int:
        """See `Channel.send`."""
        if self.lost is not None:
            raise ConnectionResetError(self.lost)
        self._number += 1
        self._asked[self._number] = line
        self._connection.send(json.dumps({"id": self._number, **request}).encode())
        return self._number

    def close(self) -> None:
        """Close the connection."""
        self.lost = "closed"
        self._pump.cancel()
        self._connection.close()

    async def _receive(self) -> None:
        while True:
            try:
                answer = json.loads((await self._connection.receive()).decode())
            except ConnectionError as error:
                self.lost = str(error)
                for line in self._lines:
                    line.wake()
                return
            line = self._asked.pop(answer["id"])
            line.arrived.append(answer)
            line.wake()


class Line(Channel):
    """One conversation."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._waiter: asyncio.Future[None] | None = None
        self.arrived: deque[dict[str, Any]] = deque()

    def send(self, request: dict[str, Any]) -> int:
        """See `Channel`."""
        return self._lines.send(self, request)

    async def answer(self) -> dict[str, Any]:
        """See `Channel`."""
        while not self.arrived:
            if self._lines.lost is not None:
                raise ConnectionResetError(self._lines.lost)
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self.arrived.popleft()

    def wake(self) -> None:
        """Something has arrived, or nothing ever will."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def close(self) -> None:
        """The connection is everybody's: see `Lines.close`."""


class LeasedSession:
    """One lease. `open` begins it; `over` is final."""

    def __init__(
        self, lines: Lines, writes: BundledClient, number: int, lease: float, ignores_expiry: bool
    ) -> None:
        self._line = lines.line()
        self._writes = writes
        self._lease = inf if ignores_expiry else lease
        self._number = number
        self._sent = -inf
        self._seen = 0
        self.granted: set[int] = set()
        """Generations of locks that its places in queues have become."""
        self._news = asyncio.Event()
        self.over = False
        self._keeper = asyncio.create_task(self._keep_alive())

    @staticmethod
    async def open(lines: Lines, lease: float, ignores_expiry: bool = False) -> LeasedSession:
        """Begin a lease."""
        writes = BundledClient(lines.line())
        number = await writes.session()
        await writes.ask(["begin"], True)
        return LeasedSession(lines, writes, number, lease, ignores_expiry)

    async def ask(self, operation: list[Any]) -> Any:
        """Do something that writes, in this session; see `BundledClient.ask`."""
        return await self._writes.ask(operation, True)

    async def end(self) -> None:
        """End it: its locks are free and its ephemeral files gone."""
        await self.ask(["end"])
        self.over = True
        self.close()

    def believed(self, beyond: float = 0.0) -> bool:
        """Whether the session can't have expired yet; or not for so many seconds, by the master's
        clock.
        """
        if self.over or self._sent == -inf:
            return False
        return asyncio.get_running_loop().time() < self._sent + believed(self._lease + beyond)

    async def news(self, most: float) -> None:
        """Wait for an event or another answer, for so many seconds at most."""
        self._news.clear()
        try:
            async with asyncio.timeout(most):
                await self._news.wait()
        except TimeoutError:
            pass

    def close(self) -> None:
        """Let the lease run out."""
        self._keeper.cancel()

    def farewell(self) -> None:
        """End it without waiting for an answer."""
        self.close()
        ending = {"operation": ["end"], "session": self._number, "sequence": LAST}
        with suppress(ConnectionError):
            self._line.send({"type": "do", **ending})

    async def _keep_alive(self) -> None:
        loop = asyncio.get_running_loop()
        sent: dict[int, float] = {}
        while not self.over:
            operation = ["keepalive", self._number, self._seen]
            now = loop.time()
            try:
                sent[self._line.send({"type": "do", "operation": operation})] = now
                async with asyncio.timeout(RESEND):
                    answer = await self._line.answer()
            except TimeoutError:
                continue
            except ConnectionError:
                break
            self._take(sent.pop(answer["id"]), answer)
            if "ok" not in answer:
                await asyncio.sleep(PAUSE)
        self._news.set()

    def _take(self, sent: float, answer: dict[str, Any]) -> None:
        """An answer to a KeepAlive, be it late."""
        if "expired" in answer:
            self.over = True
        elif "ok" in answer:
            self._sent = max(self._sent, sent)
            for number, kind, _, detail in answer["ok"]:
                self._seen = max(self._seen, number)
                if kind == "granted":
                    self.granted.add(detail)
            self._news.set()
