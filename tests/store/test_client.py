"""What the client concludes from answers. A false `DidNotHappen` would be a false verdict."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from harness.client import DidNotHappen, Indeterminate
from targets.bundled_client import RESEND, BundledClient, Channel
from tests.worlds.sim.loops import run

Answer = dict[str, Any] | None
Script = Callable[[dict[str, Any], int], Answer]


class Scripted:
    """A connection whose other end answers by a script: (request, how many so far) → answer."""

    def __init__(self, script: Script) -> None:
        self.requests: list[dict[str, Any]] = []
        self.closed = False
        self._script = script
        self._frames: asyncio.Queue[bytes] = asyncio.Queue()

    def send(self, frame: bytes) -> None:
        request = json.loads(frame)
        if request["type"] == "open":
            self._answer(request, {"ok": 40})
            return
        self.requests.append(request)
        answer = self._script(request, len(self.requests))
        if answer is not None:
            self._answer(request, answer)

    def _answer(self, request: dict[str, Any], answer: dict[str, Any]) -> None:
        self._frames.put_nowait(json.dumps({"id": request["id"], **answer}).encode())

    def lose(self) -> None:
        self._frames.put_nowait(b"")

    async def receive(self) -> bytes:
        frame = await self._frames.get()
        if not frame:
            self._frames.put_nowait(frame)
            raise ConnectionResetError("gone")
        return frame

    def close(self) -> None:
        self.closed = True


def call(script: Script, f: str = "write", value: Any = 1) -> tuple[Any, Scripted]:
    """Make one call; returns what it gave, an exception included, and the connection."""

    async def main() -> tuple[Any, Scripted]:
        connection = Scripted(script)
        client = BundledClient(Channel(connection))
        try:
            async with asyncio.timeout(10):
                return await client.call(f, "x", value), connection
        except (DidNotHappen, Indeterminate, TimeoutError) as error:
            return error, connection
        finally:
            await client.close()
            await asyncio.sleep(0)

    return run(main())


def test_operations_as_the_node_gets_them() -> None:
    found, connection = call(lambda request, count: {"ok": 1})
    assert found == 1
    assert connection.requests == [
        {"id": 2, "type": "do", "operation": ["kv", "write", "x", 1], "session": 40, "sequence": 1}
    ]
    _, connection = call(lambda request, count: {"ok": [1, 2]}, "cas", [1, 2])
    assert connection.requests[0]["operation"] == ["kv", "cas", "x", 1, 2]
    found, connection = call(lambda request, count: {"ok": None}, "read", None)
    assert found is None
    assert connection.requests == [{"id": 1, "type": "do", "operation": ["kv", "read", "x"]}]
    assert connection.closed


def test_one_session_counts_its_writes() -> None:
    async def main() -> list[int]:
        connection = Scripted(lambda request, count: {"ok": count})
        client = BundledClient(Channel(connection))
        for value in range(3):
            await client.call("write", "x", value)
        await client.close()
        return [request["sequence"] for request in connection.requests]

    assert run(main()) == [1, 2, 3]


def test_silence_is_answered_by_the_same_request_again() -> None:
    """Same session, same sequence number, another copy."""
    found, connection = call(lambda request, count: {"ok": 1} if count == 3 else None)
    assert found == 1
    first, *others = [dict(request, id=0) for request in connection.requests]
    assert others == [first, first]
    assert len({request["id"] for request in connection.requests}) == 3


def test_refused_is_final_when_every_copy_was() -> None:
    """For a while another copy is tried: most elections are over soon."""
    found, connection = call(lambda request, count: {"refused": "no leader is known"})
    assert isinstance(found, DidNotHappen)
    assert len(connection.requests) > 3
    found, connection = call(lambda request, count: {"ok": 1} if count > 3 else {"refused": "no"})
    assert found == 1


def test_slow_refusals_come_to_an_end() -> None:
    """Each copy is refused only after the next was sent: at some point no more must be sent."""

    async def main() -> None:
        loop = asyncio.get_running_loop()

        def script(request: dict[str, Any], count: int) -> Answer:
            loop.call_later(1.5 * RESEND, connection._answer, request, {"refused": "no leader"})
            return None

        connection = Scripted(script)
        client = BundledClient(Channel(connection))
        with pytest.raises(DidNotHappen):
            async with asyncio.timeout(5):
                await client.call("write", "x", 1)
        await client.close()
        await asyncio.sleep(0)

    run(main())


def test_refused_is_not_final_while_another_copy_is_out() -> None:
    """The first copy may yet be taken, so only its own answer may end this."""
    found, _ = call(lambda request, count: {"refused": "no leader"} if count > 1 else None)
    assert isinstance(found, TimeoutError)


def test_refused_is_not_final_after_an_unknown() -> None:
    script = {1: {"unknown": "n1 leads no more"}, 2: {"refused": "no leader"}}
    found, connection = call(lambda request, count: script.get(count, {"ok": 1}))
    assert found == 1
    assert len(connection.requests) == 3


def test_a_mismatch_is_final() -> None:
    found, _ = call(lambda request, count: {"fail": "expected 1, found 3"}, "cas", [1, 2])
    assert isinstance(found, DidNotHappen)


def test_an_expired_session_leaves_it_open() -> None:
    found, _ = call(lambda request, count: {"expired": "gone"})
    assert isinstance(found, Indeterminate)


def test_a_lost_connection_leaves_it_open() -> None:
    async def main() -> None:
        connection = Scripted(lambda request, count: connection.lose())
        client = BundledClient(Channel(connection))
        for _ in range(2):
            with pytest.raises(Indeterminate, match="connection was lost"):
                await client.call("write", "x", 1)
        await client.close()

    run(main())


def test_a_late_answer_to_an_earlier_copy_counts_for_its_own_operation_only() -> None:
    """The second call must not take the first one's answer for its own."""

    async def main() -> tuple[Any, Any]:
        late: list[dict[str, Any]] = []

        def script(request: dict[str, Any], count: int) -> Answer:
            if count == 1:
                late.append(request)
                return None
            if count == 3:
                connection._answer(late[0], {"ok": "first, again"})
                return {"ok": "second"}
            return {"ok": "first"}

        connection = Scripted(script)
        client = BundledClient(Channel(connection))
        both = await client.call("write", "x", 1), await client.call("write", "x", 2)
        await client.close()
        return both

    assert run(main()) == ("first", "second")


def test_cancelling_a_call_loses_no_answer() -> None:
    """The interpreter cancels at its limit; closing then leaves nothing behind."""

    async def main() -> None:
        client = BundledClient(Channel(Scripted(lambda request, count: None)))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.5 * RESEND):
                await client.call("write", "x", 1)
        await client.close()
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1

    run(main())
