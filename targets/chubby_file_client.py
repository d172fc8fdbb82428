"""Clients of the lock service's files: memberships, which are ephemeral files, and registers.

::

    membership    join: an ephemeral file    leave: end the session    check    list
    files         read, write, cas by generation
"""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from harness.client import DidNotHappen
from harness.worlds.world import Node
from targets.bundled_client import BundledClient, Channel
from targets.chubby_client import Held, SessionClient, path_of


class MembershipClient(SessionClient):
    """A member is an ephemeral file in the group's directory."""

    async def call(self, f: str, key: Any, value: Any) -> Any:
        """See `harness.client.Client`."""
        match f:
            case "join":
                return await self._join(key, value)
            case "check":
                self._check(key)
                return None
            case "leave":
                return await self._leave(key)
            case "list":
                return [json.loads(name) for name in await self._read(["list", path_of(key)])]
        raise ValueError(f"a group knows join, check, leave and list, not {f!r}")

    async def _join(self, key: Any, value: Any) -> Any:
        """Only one membership at a time: an earlier one must be known to have ended."""
        session = await self._session()
        earlier = self._held.get(key)
        if earlier is not None and not earlier.session.over:
            await earlier.session.ask(["delete", earlier.what])
        self._held.pop(key, None)
        with suppress(DidNotHappen):  # it is there, or making the member's file will fail
            await session.ask(["create", path_of(key), None, "directory"])
        path = f"{path_of(key)}/{json.dumps(value)}"
        await session.ask(["create", path, value, "ephemeral"])
        self._held[key] = Held(session, path)
        return value

    async def _leave(self, key: Any) -> None:
        held = self._held.get(key)
        if held is None:
            raise DidNotHappen("not a member")
        if not held.session.over and await self._session() is held.session:
            await held.session.end()
        del self._held[key]


class FileClient(BundledClient):
    """A file a key: reads, writes, and cas by the generation that was read."""

    @staticmethod
    async def open_file(node: Node, _name: str) -> FileClient:
        """A `ClientFactory`."""
        return FileClient(Channel(await node.dial("client")))

    async def call(self, f: str, key: Any, value: Any) -> Any:
        """See `harness.client.Client`."""
        path = path_of(key)
        match f:
            case "read":
                return (await self.ask(["read", path], False))[0]
            case "write":
                await self.ask(["write", path, value, None, None], True)
                return value
            case "cas":
                old, new = value
                found, generation = await self.ask(["read", path], False)
                if json.dumps(found, sort_keys=True) != json.dumps(old, sort_keys=True):
                    raise DidNotHappen(f"expected {old}, found {found}")
                await self.ask(["write", path, new, generation, None], True)
                return value
        raise ValueError(f"a file knows read, write and cas, not {f!r}")
