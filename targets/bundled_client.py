"""A client of the bundled stores: one connection to one node, one session, writes that act once.

An operation may need several copies of its request: the node may have lost the first one to a
leader that is gone. All copies of a write carry the same session and sequence number, so whichever
arrive, the write acts once. What may be concluded from the answers::

    ok, fail      from any copy                         → that is what became of the operation
    refused       this copy did not happen              → send another; after `PATIENCE` seconds no
                                                          more, and DidNotHappen once all were
    unknown       a copy may have entered a log         → send another; never DidNotHappen again
    expired       the session is gone from the table    → Indeterminate
    (lost)        the connection is gone                → Indeterminate, even if nothing was sent:
                                                          that makes the caller open a new client

How long to try is the caller's to say: it cancels the call and closes the client.
"""

from __future__ import annotations

import asyncio
from typing import Any

from msgspec import json

from harness.client import DidNotHappen, Indeterminate
from harness.worlds.world import Connection, Node
from targets.bundled_offers import Offer, register

RESEND = 0.3
PAUSE = 0.05
PATIENCE = 0.6
"""Long enough for most elections to end, and within a time limit of a second."""


class Channel:
    """Requests and answers on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._number = 0

    def send(self, request: dict[str, Any]) -> int:
        """Send a request and return its number; ConnectionError when the connection is lost."""
        self._number += 1
        self._connection.send(json.encode({"id": self._number, **request}))
        return self._number

    async def answer(self) -> dict[str, Any]:
        """Wait for the next answer; cancelling loses none, ConnectionError means it is over."""
        answer: dict[str, Any] = json.decode(await self._connection.receive())
        return answer

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


class BundledClient:
    """Serves one of the kinds of clients that the store offers (`targets.bundled_offers`)."""

    def __init__(self, channel: Channel, offer: Offer = register) -> None:
        self._channel = channel
        self._offer = offer
        self._session: int | None = None
        self._sequence = 0

    @staticmethod
    async def open(node: Node, _name: str, offer: Offer = register) -> BundledClient:
        """A `ClientFactory`. The store numbers sessions itself, so the name is not needed."""
        return BundledClient(Channel(await node.dial("client")), offer)

    async def call(self, f: str, key: Any, value: Any) -> Any:
        """See `harness.client.Client`."""
        ask = self._offer(f, key, value)
        return ask.answered(await self.ask(ask.operation, ask.writes))

    async def ask(self, operation: list[Any], writes: bool) -> Any:
        """Have the node do an operation; its answer, or what `harness.client` says it raises."""
        return await (self._write(operation) if writes else self._do({"operation": operation}))

    async def close(self) -> None:
        """See `harness.client.Client`."""
        self._channel.close()

    async def _write(self, operation: list[Any]) -> Any:
        session = await self.session()
        self._sequence += 1
        identity = {"session": session, "sequence": self._sequence}
        return await self._do({"operation": operation, **identity})

    async def session(self) -> int:
        """The session of this client's writes, opened before the first."""
        if self._session is None:
            session = await self._request({"type": "open"})
            assert isinstance(session, int)
            self._session = session
        return self._session

    async def _do(self, request: dict[str, Any]) -> Any:
        return await self._request({"type": "do", **request})

    async def _request(self, request: dict[str, Any]) -> Any:
        """Send copies until one is answered for good."""
        open_copies: set[int] = set()
        refused = ""
        uncertain = False
        loop = asyncio.get_running_loop()
        patient_until = loop.time() + PATIENCE
        while True:
            give_up = refused and not uncertain and loop.time() >= patient_until
            if give_up and not open_copies:
                raise DidNotHappen(refused)
            try:
                if not give_up:
                    open_copies.add(self._channel.send(request))
                answer = await self._next_answer(open_copies)
            except ConnectionError as error:
                raise Indeterminate(f"the connection was lost: {error}") from None
            except TimeoutError:
                continue
            if "ok" in answer:
                return answer["ok"]
            if "fail" in answer:
                raise DidNotHappen(answer["fail"])
            if "expired" in answer:
                raise Indeterminate(answer["expired"])
            open_copies.discard(answer["id"])
            refused = answer.get("refused", refused)
            uncertain = uncertain or "unknown" in answer
            await asyncio.sleep(PAUSE)

    async def _next_answer(self, copies: set[int]) -> dict[str, Any]:
        """The next answer to one of these copies; answers to earlier operations are passed over."""
        async with asyncio.timeout(RESEND):
            while True:
                answer = await self._channel.answer()
                if answer["id"] in copies:
                    return answer
