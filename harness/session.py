"""What becomes of an operation: the one place that decides between ok, fail and info.

A client thread works through one session after another. As long as every answer is certain it
keeps its session; after an uncertain one the session is thrown away, because it may still have an
operation in flight, and the interpreter goes on under a new process number::

    the client …                                      recorded     session
    returns a value                                   ok           kept
    raises DidNotHappen                               fail         kept
    could not be opened: nothing was sent             fail         (none)
    raises anything else, or passes its time limit    info         thrown away
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from msgspec import Struct

from harness.client import Client, DidNotHappen, Indeterminate
from harness.generator import Invocation
from harness.history.op import OpType
from harness.worlds.world import WorldError

log = logging.getLogger(__name__)

OpenClient = Callable[[str, int], Awaitable[Client]]
"""Opens a client on a node, for a process."""


@dataclass(frozen=True)
class Limits:
    """Seconds that each step may take before it is given up."""

    open_client: float = 2.0
    operation: float = 1.0
    nemesis_action: float = 30.0


class Outcome(Struct, frozen=True):
    """What became of an attempt."""

    type: OpType
    value: Any
    error: str | None = None


class ClientThread:
    """A client thread: its node, its process at present, and its session if one is open.

    `unhandled`, shared by all threads, collects the exceptions that nobody had a name for.
    """

    def __init__(
        self, thread: int, node: str, open_client: OpenClient, limits: Limits, unhandled: list[str]
    ) -> None:
        self.node = node
        self.process = thread
        self._open_client = open_client
        self._limits = limits
        self._unhandled = unhandled
        self._client: Client | None = None

    async def perform(self, step: Invocation) -> Outcome:
        """Do the operation. Raises WorldError when the world itself has failed."""
        outcome = await self._open(step) or await self._attempt(step)
        if outcome.type == "info":
            await self.close()
        return outcome

    async def close(self) -> None:
        """End the session, if there is one."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            async with asyncio.timeout(self._limits.open_client):
                await client.close()
        except asyncio.CancelledError:
            _cancelled_from_within()
        except Exception as error:
            self._note("closing a client", error)

    async def _open(self, step: Invocation) -> Outcome | None:
        """Open a session unless there is one; the outcome if that failed."""
        if self._client is not None:
            return None
        limit = self._limits.open_client
        try:
            async with asyncio.timeout(limit):
                self._client = await self._open_client(self.node, self.process)
        except TimeoutError:
            return Outcome(
                "fail", step.value, f"no-client: {self.node} gave none within {limit:g} s"
            )
        except ConnectionError as error:
            return Outcome("fail", step.value, f"no-client: {error}")
        except WorldError:
            raise
        except asyncio.CancelledError:
            _cancelled_from_within()
            return Outcome("fail", step.value, "no-client: the client cancelled its own opening")
        except Exception as error:
            self._note("opening a client", error)
            return Outcome("fail", step.value, f"no-client: {describe(error)}")
        return None

    async def _attempt(self, step: Invocation) -> Outcome:
        assert self._client is not None
        limit = self._limits.operation
        try:
            async with asyncio.timeout(limit):
                value = await self._client.call(step.f, step.key, step.value)
        except DidNotHappen as error:
            return Outcome("fail", step.value, str(error))
        except TimeoutError:
            return Outcome("info", step.value, f"no answer within {limit:g} s")
        except (Indeterminate, ConnectionError) as error:
            return Outcome("info", step.value, str(error) or type(error).__name__)
        except WorldError:
            raise
        except asyncio.CancelledError:
            _cancelled_from_within()
            return Outcome("info", step.value, "the client cancelled its own call")
        except Exception as error:
            self._note(step.f, error)
            return Outcome("info", step.value, f"indeterminate: {describe(error)}")
        return Outcome("ok", value)

    def _note(self, what: str, error: Exception) -> None:
        log.error("%s on %s failed", what, self.node, exc_info=error)
        self._unhandled.append(f"{what} on {self.node}: {describe(error)}")


def _cancelled_from_within() -> None:
    """Go on being cancelled if the run is; some client libraries do it to themselves."""
    task = asyncio.current_task()
    if task is None or task.cancelling():
        raise asyncio.CancelledError


def describe(error: Exception) -> str:
    """An exception in one line."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
