"""Hold a lock of the lock service while a command runs, as `flock` does for one machine.

::

    acquire ─▶ wait in the queue ─▶ run the command ─▶ it ends ─▶ release
                                        │
                                        └─ the lease may have run out: others may hold the lock
                                           now, so the command is ended

The command finds its sequencer in SPLITBRAIN_SEQUENCER. What it changes is safe only where that is
checked (the paper's §2.4): `ctl write KEY VALUE --sequencer …` is such a place.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from harness.client import DidNotHappen
from harness.worlds.frames import dial
from harness.worlds.world import Address
from targets.chubby_client import LockClient, path_of
from targets.chubby_session import Lines

POLL = 0.1


async def hold(address: Address, key: Any, command: Sequence[str], wait: float | None) -> int:
    """Run the command under the lock and return its exit code.

    Raises:
        DidNotHappen: others held the lock for all of `wait` seconds (None: no end), or the lease
            may have run out while the command ran.
        Indeterminate: whether the lock is held, or was given back, is not known.
        ConnectionError: the node was lost.
    """
    client = LockClient(Lines(await dial(address)))
    _end_on_signals()
    try:
        generation = await _acquire(client, key, wait)
        sequencer = json.dumps([path_of(key), "exclusive", generation])
        code = await _run(client, key, command, {**os.environ, "SPLITBRAIN_SEQUENCER": sequencer})
        await client.call("release", key, None)
        return code
    finally:
        await client.close()


def _end_on_signals() -> None:
    """Let go in good order, command and lock, however it is asked for."""
    holding = asyncio.current_task()
    assert holding is not None
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, holding.cancel)


async def _acquire(client: LockClient, key: Any, wait: float | None) -> Any:
    loop = asyncio.get_running_loop()
    until = None if wait is None else loop.time() + wait
    while True:
        try:
            return await client.call("acquire", key, None)
        except DidNotHappen:
            if until is not None and loop.time() >= until:
                raise
            await asyncio.sleep(POLL)


async def _run(client: LockClient, key: Any, command: Sequence[str], env: dict[str, str]) -> int:
    """Run it to its end, or to the end of what the client can vouch for."""
    running = await asyncio.create_subprocess_exec(*command, env=env)
    ended = asyncio.create_task(running.wait())
    try:
        while not ended.done():
            await client.call("check", key, None)
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(ended), POLL)
        return ended.result()
    finally:
        if not ended.done():
            running.terminate()
            await ended
