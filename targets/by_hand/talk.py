"""One question to a cluster by hand: at the node that was named, or at any that answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from harness.client import DidNotHappen, Indeterminate
from harness.worlds.frames import dial
from harness.worlds.world import Address, WorldError
from targets.bundled_client import BundledClient, Channel
from targets.chubby_client import path_of
from targets.chubby_file_client import FileClient

LIMIT = 5.0
T = TypeVar("T")


class Unsure(Exception):
    """Whether it happened can't be known."""


async def _status(address: Address) -> dict[str, Any]:
    channel = Channel(await dial(address))
    try:
        channel.send({"type": "status"})
        status: dict[str, Any] = (await channel.answer())["ok"]
        return status
    finally:
        channel.close()


async def statuses(nodes: Mapping[str, Address]) -> dict[str, dict[str, Any] | str]:
    """What every node says of itself, or why it says nothing."""

    async def ask(address: Address) -> dict[str, Any] | str:
        try:
            async with asyncio.timeout(1):
                return await _status(address)
        except TimeoutError:
            return "no answer within a second"
        except ConnectionError as error:
            return str(error)

    answers = await asyncio.gather(*map(ask, nodes.values()))
    return dict(zip(nodes, answers, strict=True))


async def somebody(nodes: Mapping[str, Address]) -> Address:
    """The leader, or else any node that answers; WorldError when none does."""
    found = await statuses(nodes)
    alive = {name: status for name, status in found.items() if isinstance(status, dict)}
    for name, status in sorted(alive.items(), key=lambda item: -int(item[1]["term"])):
        if status["role"] == "leader":
            return nodes[name]
    for name in alive:
        return nodes[name]
    said = "; ".join(f"{name}: {status}" for name, status in found.items())
    raise WorldError(f"no node answers: {said}")


async def call(target: str, address: Address, f: str, key: Any, value: Any) -> Any:
    """One operation on a register; in the lock service that is a file.

    Raises:
        DidNotHappen: it was refused, or a cas found another value.
        Unsure: it may have happened, or may yet.
        WorldError: the node can't be reached.
    """

    async def operate() -> Any:
        kind = FileClient if target == "chubby" else BundledClient
        client = kind(Channel(await dial(address)))
        try:
            return await client.call(f, key, value)
        finally:
            await client.close()

    return await _within(address, operate)


async def fenced_write(address: Address, key: Any, value: Any, sequencer: Any) -> Any:
    """Write a file of the lock service if the lock is held just as the sequencer says; raises as
    `call` does.
    """

    async def write() -> Any:
        client = FileClient(Channel(await dial(address)))
        try:
            await client.ask(["write", path_of(key), value, None, sequencer], True)
            return value
        finally:
            await client.close()

    return await _within(address, write)


async def administer(address: Address, order: list[str]) -> Any:
    """Ask the leader to change the members or to hand over; raises as `call` does."""

    async def ask() -> Any:
        channel = Channel(await dial(address))
        try:
            channel.send({"type": "admin", "do": order})
            answer = await channel.answer()
        finally:
            channel.close()
        if "ok" in answer:
            return answer["ok"]
        if "refused" in answer:
            raise DidNotHappen(answer["refused"])
        raise Indeterminate(str(answer.get("unknown", answer)))

    return await _within(address, ask)


async def _within(address: Address, ask: Callable[[], Awaitable[T]]) -> T:
    try:
        async with asyncio.timeout(LIMIT):
            return await ask()
    except TimeoutError:
        where = f"{address.host}:{address.port}"
        raise Unsure(f"{where} did not answer within {LIMIT:g} s") from None
    except Indeterminate as error:
        raise Unsure(str(error)) from None
    except ConnectionError as error:
        raise WorldError(str(error)) from None
