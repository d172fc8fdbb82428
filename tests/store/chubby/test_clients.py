"""What the lock service's clients conclude, and for how long they believe it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from harness.client import DidNotHappen, Indeterminate
from targets.chubby_client import (
    PATIENCE,
    ElectionClient,
    FencedLockClient,
    LockClient,
    SessionClient,
)
from targets.chubby_file_client import FileClient, MembershipClient
from targets.chubby_session import Lines
from targets.store.chubby.lease import LEASE, LOCK_DELAY, believed
from tests.store.chubby.service import Connection, Service
from tests.store.chubby.test_bugs import on_one_connection


class Stage:
    """A service, and clients of it, each on a connection of its own."""

    def __init__(self) -> None:
        self.service = Service()
        self.connections: dict[SessionClient, Connection] = {}

    def client(self, kind: type[SessionClient]) -> Any:
        connection = Connection(self.service)
        client = kind(Lines(connection))
        self.connections[client] = connection
        return client

    def expire_everybody(self) -> None:
        for session in self.service.chubby.sessions:
            self.service.expire(session)
        self.service.undelay()


def test_one_after_the_other() -> None:
    stage = Stage()

    async def story() -> None:
        one, two = stage.client(LockClient), stage.client(LockClient)
        first = await one.call("acquire", 5, None)
        with pytest.raises(DidNotHappen, match="others hold it"):
            await two.call("acquire", 5, None)
        assert await one.call("check", 5, None) == first
        with pytest.raises(DidNotHappen, match="not held"):
            await two.call("check", 5, None)
        await one.call("release", 5, None)
        with pytest.raises(DidNotHappen, match="not held"):
            await one.call("release", 5, None)
        assert await two.call("acquire", 5, None) > first
        await one.call("acquire", 6, None)

    on_one_connection(story())


def test_who_waits_is_woken_by_an_event() -> None:
    stage = Stage()

    async def story() -> None:
        one, two = stage.client(LockClient), stage.client(LockClient)
        await one.call("acquire", 5, None)
        waiting = asyncio.create_task(two.call("acquire", 5, None))
        await asyncio.sleep(PATIENCE / 2)
        assert not waiting.done()
        await one.call("release", 5, None)
        begun = asyncio.get_running_loop().time()
        await waiting
        assert asyncio.get_running_loop().time() - begun < PATIENCE / 2

    on_one_connection(story())


def test_belief_ends_by_the_clients_own_clock_and_comes_back_with_an_answer() -> None:
    stage = Stage()

    async def story() -> None:
        client = stage.client(LockClient)
        token = await client.call("acquire", 5, None)
        connection = stage.connections[client]
        connection.cut = True
        await asyncio.sleep(believed(LEASE + LOCK_DELAY) - 0.1)
        assert await client.call("check", 5, None) == token
        await asyncio.sleep(0.1)
        with pytest.raises(DidNotHappen, match="lease"):
            await client.call("check", 5, None)
        with pytest.raises(DidNotHappen, match="in jeopardy"):
            await client.call("acquire", 6, None)
        connection.heal()
        await asyncio.sleep(0.5)
        assert await client.call("check", 5, None) == token

    on_one_connection(story())


def test_a_failed_check_is_given_back_before_the_next_acquire() -> None:
    """Else the same token would be acquired twice."""
    stage = Stage()

    async def story() -> None:
        client = stage.client(LockClient)
        token = await client.call("acquire", 5, None)
        assert await client.call("acquire", 5, None) > token

    on_one_connection(story())


def test_an_expired_session_is_followed_by_another_that_holds_nothing() -> None:
    stage = Stage()

    async def story() -> None:
        client = stage.client(LockClient)
        token = await client.call("acquire", 5, None)
        stage.expire_everybody()
        await asyncio.sleep(0.5)
        with pytest.raises(DidNotHappen, match="lease"):
            await client.call("check", 5, None)
        with pytest.raises(DidNotHappen, match="lost before"):
            await client.call("release", 5, None)
        assert await client.call("acquire", 5, None) > token

    on_one_connection(story())


def test_the_fence_stops_who_was_replaced() -> None:
    stage = Stage()

    async def story() -> None:
        one, two = stage.client(FencedLockClient), stage.client(FencedLockClient)
        await one.call("acquire", 5, None)
        await one.call("write", 5, "a")
        stage.connections[one].cut = True
        late = asyncio.create_task(one.call("write", 5, "late"))
        await asyncio.sleep(0.1)
        stage.expire_everybody()
        await two.call("acquire", 5, None)
        await two.call("write", 5, "b")
        stage.connections[one].heal()
        with pytest.raises(DidNotHappen, match="no valid sequencer"):
            await late
        assert await one.call("read", 5, None) == "b"

    on_one_connection(story())


def test_elections() -> None:
    stage = Stage()

    async def story() -> None:
        one, two = stage.client(ElectionClient), stage.client(ElectionClient)
        assert await two.call("read", "k", None) is None
        assert await one.call("campaign", "k", 1) == 1
        assert await one.call("lead", "k", None) is None
        assert await two.call("read", "k", None) == 1
        with pytest.raises(DidNotHappen):
            await two.call("campaign", "k", 2)
        await one.call("resign", "k", None)
        with pytest.raises(DidNotHappen):
            await one.call("lead", "k", None)
        assert await two.call("campaign", "k", 3) == 3

    on_one_connection(story())


def test_memberships() -> None:
    stage = Stage()

    async def story() -> None:
        one, two = stage.client(MembershipClient), stage.client(MembershipClient)
        assert await one.call("list", 0, None) == []
        await one.call("join", 0, 1)
        await two.call("join", 0, 2)
        assert await one.call("list", 0, None) == [1, 2]
        await one.call("check", 0, None)
        await one.call("join", 0, 3)
        assert await two.call("list", 0, None) == [2, 3]
        await two.call("leave", 0, None)
        with pytest.raises(DidNotHappen, match="not a member"):
            await two.call("leave", 0, None)
        assert await one.call("list", 0, None) == [3]
        stage.expire_everybody()
        await asyncio.sleep(0.5)
        with pytest.raises(DidNotHappen):
            await one.call("check", 0, None)
        assert await one.call("leave", 0, None) is None
        assert await one.call("list", 0, None) == []

    on_one_connection(story())


def test_who_closes_says_farewell() -> None:
    stage = Stage()

    async def story() -> None:
        one, two = stage.client(LockClient), stage.client(LockClient)
        await one.call("acquire", 5, None)
        await one.close()
        await two.call("acquire", 5, None)

    on_one_connection(story())


def test_a_lost_connection_is_no_answer() -> None:
    stage = Stage()

    async def story() -> None:
        client = stage.client(LockClient)
        await client.call("acquire", 5, None)
        stage.connections[client].lose()
        await asyncio.sleep(LEASE)
        with pytest.raises(Indeterminate, match="lost"):
            await client.call("acquire", 6, None)
        with pytest.raises(Indeterminate, match="lost"):
            await client.call("read", 6, None)

    on_one_connection(story())


def test_files_are_registers() -> None:
    stage = Stage()

    async def story() -> None:
        lines = Lines(Connection(stage.service))
        one, two = FileClient(lines.line()), FileClient(lines.line())
        assert await one.call("read", 5, None) is None
        await one.call("cas", 5, [None, 1])
        with pytest.raises(DidNotHappen, match="expected 0, found 1"):
            await two.call("cas", 5, [0, 2])
        racing = [asyncio.create_task(c.call("cas", 5, [1, v])) for c, v in ((one, 2), (two, 3))]
        found = await asyncio.gather(*racing, return_exceptions=True)
        assert sorted(isinstance(one, DidNotHappen) for one in found) == [False, True]
        await one.call("write", 5, 7)
        assert await two.call("read", 5, None) == 7

    on_one_connection(story())
