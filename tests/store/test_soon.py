"""What is due at once: it waits for what is still coming, turn by turn, and not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from targets.store.posix.env import PosixEnv
from targets.store.posix.frames import FrameProtocol
from targets.store.posix.soon import GATHER, Soon


class Sockets:
    """One frame a turn of the loop, this many in all; each turn reads after it has made the calls
    that it was asked for, as asyncio does.
    """

    def __init__(self, frames: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._coming = frames
        self.frames = 0

    def read(self, handle: Callable[[], None] = lambda: None) -> None:
        """Read the next frame and handle it."""
        self.frames += 1
        handle()
        if self.frames < self._coming:
            self._loop.call_soon(self.read)


def done_after(coming: int) -> list[int]:
    """How many frames had come whenever something was done that the first of them had asked for."""
    done: list[int] = []

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        sockets = Sockets(coming)

        def ask() -> None:
            Soon(loop, lambda: sockets.frames, lambda: done.append(sockets.frames))

        sockets.read(ask)
        for _ in range(coming + 5):
            await asyncio.sleep(0)

    asyncio.run(scenario())
    return done


@pytest.mark.parametrize("coming", [1, 2, 3, GATHER - 1, GATHER])
def test_it_is_done_once_for_all_frames_that_come_turn_by_turn(coming: int) -> None:
    assert done_after(coming) == [coming]


def test_it_is_done_before_the_last_of_very_many() -> None:
    """Somebody who never stops sending keeps nobody from being answered."""
    assert done_after(10 * GATHER) == [1 + GATHER]


def test_it_is_done_when_nothing_comes_at_all() -> None:
    done: list[bool] = []

    async def scenario() -> None:
        Soon(asyncio.get_running_loop(), lambda: 0, lambda: done.append(True))
        for _ in range(5):
            await asyncio.sleep(0)

    asyncio.run(scenario())
    assert done == [True]


def test_it_is_not_done_when_it_was_cancelled_at_whatever_look() -> None:
    done: list[bool] = []

    async def scenario() -> None:
        for turns in range(3):
            soon = Soon(asyncio.get_running_loop(), lambda: 0, lambda: done.append(True))
            for _ in range(turns):
                await asyncio.sleep(0)
            soon.cancel()
            for _ in range(5):
                await asyncio.sleep(0)

    asyncio.run(scenario())
    assert done == [True], "the last one was cancelled when it had been done"


@pytest.mark.parametrize("sender", ["client-1", "n2"])
def test_a_process_gathers_the_frames_of_clients_and_of_peers(sender: str) -> None:
    done: list[int] = []

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        env = PosixEnv("n1", {})
        came: list[bytes] = []

        def on_frame(_sender: str, frame: bytes) -> None:
            came.append(frame)
            if len(came) == 1:
                env.after(0, lambda: done.append(len(came)))

        env.receive(on_frame)
        connection = FrameProtocol(lambda connection, frame: None, lambda connection: None)
        connection.name = sender
        env._echoed[sender] = loop.time()
        arrive = env._on_peer_frame if sender == "n2" else env._on_client_frame

        def read(more: int) -> None:
            arrive(connection, b"a frame")
            if more:
                loop.call_soon(read, more - 1)

        read(3)
        for _ in range(10):
            await asyncio.sleep(0)

    asyncio.run(scenario())
    assert done == [4]
