"""The controller's end of the line to the keeper."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
from pathlib import Path
from typing import Any

from harness.worlds.processes import mine
from harness.worlds.world import WorldError

_ANSWER_LIMIT_S = 10.0


class Keeper:
    """A running keeper. Its commands are the methods of `keeper.Keeper`."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self._log = log
        self._ids = itertools.count()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._reader = asyncio.get_running_loop().create_task(self._read())

    @classmethod
    async def start(cls, run_id: str, log: Path) -> Keeper:
        """Start a keeper of this run; its own output, which should be none, goes to `log`."""
        with log.open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                # -P: where the user stands there may be a folder named like one of our packages.
                *(sys.executable, "-P", "-m", "harness.worlds.local.keeper", run_id, mine()),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                start_new_session=True,  # a Ctrl-C at the terminal is the controller's to handle
            )
        return cls(process, log)

    async def call(self, command: str, *args: Any) -> Any:
        """Have the keeper do a command. Raises WorldError when it can't, or is gone."""
        assert self._process.stdin is not None
        if self._reader.done():
            raise WorldError(self._gone())
        number = next(self._ids)
        answer = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            line = json.dumps({"id": number, "do": command, "args": args})
            self._process.stdin.write(line.encode() + b"\n")
            async with asyncio.timeout(_ANSWER_LIMIT_S):
                await self._process.stdin.drain()
                return await answer
        except TimeoutError:
            raise WorldError(
                f"the local world's keeper did not {command} within {_ANSWER_LIMIT_S:g} s"
            ) from None
        except ConnectionError:
            raise WorldError(self._gone()) from None
        finally:
            self._waiting.pop(number, None)

    async def close(self) -> None:
        """Hang up: a keeper that was not told to keep the cluster ends it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._reader.cancel()

    async def ended(self, limit_s: float) -> None:
        """Wait for the keeper to exit, and kill it when it does not."""
        try:
            async with asyncio.timeout(limit_s):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            message = json.loads(line)
            waiting = self._waiting.get(message["id"])
            if waiting is None or waiting.done():
                continue
            if "error" in message:
                waiting.set_exception(WorldError(f"the local world failed: {message['error']}"))
            else:
                waiting.set_result(message["ok"])
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(WorldError(self._gone()))

    def _gone(self) -> str:
        said = (
            self._log.read_text(errors="replace").strip().splitlines() if self._log.exists() else []
        )
        last = f" and last said: {said[-1]}" if said else ""
        return f"the local world's keeper has ended{last}; everything it held ended with it"
