"""Link proxies: every connection between two nodes runs through here, each direction on its own.

A node that wants its peer dials a proxy, which dials the peer. So any pattern of cuts is possible
without root, whoever dialled::

      n1 ── dials ──▶ [listener n1→n2] ── dials ──▶ n2
                        │  n1→n2 ═══ Pipe ═══▶  │        cut(n1, n2) holds these bytes,
                        │  ◀═══ Pipe ═══ n2→n1  │        cut(n2, n1) holds those

Bytes are held, never refused and never lost in the middle of a stream; what was held is delivered
when the link heals, as TCP's retransmission would. A new connection needs both directions open,
like the handshake it stands for: until then it is accepted and waits.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import cast

from harness.worlds.world import Address, Link

HOLD_LIMIT = 256 * 1024
"""Bytes that one direction of one connection holds before its sender has to wait."""

PIECE = 4096
"""Bytes that are handed on at a time, and no more until the receiver has taken them: what lies in
our own buffer on the far side of a link would still cross it after a cut."""


@dataclass
class Traffic:
    """Bytes that have crossed a link, and bytes that arrived while it was cut, since the start."""

    delivered: int = 0
    held: int = 0


class Fabric:
    """All links of one world: which are cut, and what has crossed each."""

    def __init__(self) -> None:
        self.traffic: defaultdict[Link, Traffic] = defaultdict(Traffic)
        self._cut: frozenset[Link] = frozenset()
        # Dicts, not sets: what was opened first is released first.
        self._pipes: dict[Pipe, None] = {}
        self._dialling: dict[Proxied, None] = {}
        self._servers: list[asyncio.Server] = []

    def is_cut(self, link: Link) -> bool:
        """Whether no byte may cross this link now."""
        return link in self._cut

    def cut(self, links: Collection[Link]) -> None:
        """Cut exactly these links; all others are healed, and deliver what they held."""
        self._cut = frozenset(links)
        for pipe in list(self._pipes):
            pipe.flow()
        for proxied in list(self._dialling):
            proxied.dial()

    async def listen(self, link: Link, upstream: Address) -> Address:
        """Open a listener for connections dialled by `link.src` to `upstream` at `link.dst`."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: Proxied(self, link, upstream).dialler, "127.0.0.1", 0
        )
        self._servers.append(server)
        host, port = server.sockets[0].getsockname()[:2]
        return Address(host, port)

    def close(self) -> None:
        """Stop listening, and drop every connection."""
        for server in self._servers:
            server.close()
        for pipe in list(self._pipes):
            pipe.drop()

    def add(self, pipe: Pipe) -> None:
        """A pipe that must flow again when its link heals."""
        self._pipes[pipe] = None

    def remove(self, pipe: Pipe) -> None:
        """A pipe whose connection is over."""
        self._pipes.pop(pipe, None)

    def waiting(self, proxied: Proxied, *, waits: bool) -> None:
        """Whether a connection still waits for its links before it dials on."""
        if waits:
            self._dialling[proxied] = None
        else:
            self._dialling.pop(proxied, None)


class Leg(asyncio.Protocol):
    """One of the two sockets of a proxied connection."""

    def __init__(self, proxied: Proxied) -> None:
        self.proxied = proxied
        self.transport: asyncio.Transport | None = None
        self.full = False  # the other side has not taken yet what we have written
        self.out: Pipe | None = None  # where what this socket sends us goes
        self.inward: Pipe | None = None  # what is written to this socket comes from here

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.set_write_buffer_limits(high=0)
        self.proxied.connected(self)

    def data_received(self, data: bytes) -> None:
        if self.out is not None:
            self.out.feed(data)

    def eof_received(self) -> bool:
        if self.out is not None:
            self.out.end()
        return True  # the other direction may still have something to say

    def pause_writing(self) -> None:
        self.full = True

    def resume_writing(self) -> None:
        self.full = False
        if self.inward is not None:
            self.inward.flow()

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        self.proxied.lost(self)


class Pipe:
    """One direction of one connection."""

    def __init__(self, fabric: Fabric, link: Link, source: Leg, sink: Leg) -> None:
        self.link = link
        self._fabric = fabric
        self._source = source
        self._sink = sink
        self._held = bytearray()
        self._ended = False
        source.out = self
        sink.inward = self
        fabric.add(self)

    def feed(self, data: bytes) -> None:
        """Take what the source sent."""
        if self._fabric.is_cut(self.link):
            self._fabric.traffic[self.link].held += len(data)
        self._held += data
        self.flow()
        if len(self._held) > HOLD_LIMIT:
            self.source_may_send(False)

    def end(self) -> None:
        """The source sends no more: once all is delivered, neither does the sink hear more."""
        self._ended = True
        self.flow()

    def flow(self) -> None:
        """Deliver what may be delivered."""
        sink = self._sink.transport
        if sink is None or self._fabric.is_cut(self.link):
            return
        while self._held and not self._sink.full:
            piece = bytes(self._held[:PIECE])
            del self._held[:PIECE]
            self._fabric.traffic[self.link].delivered += len(piece)
            sink.write(piece)
        if len(self._held) <= HOLD_LIMIT:
            self.source_may_send(True)
        if self._ended and not self._held:
            self._fabric.remove(self)
            self._say_goodbye(sink)

    def _say_goodbye(self, sink: asyncio.Transport) -> None:
        """Tell the sink that nothing more comes."""
        try:
            if sink.can_write_eof() and not sink.is_closing():
                sink.write_eof()
        except OSError:
            sink.abort()  # whoever was there has been killed, and the loop is about to say so
        if self._source.transport is None:
            sink.close()

    def drop(self) -> None:
        """Let go of both ends at once."""
        for leg in (self._source, self._sink):
            if leg.transport is not None:
                leg.transport.abort()

    def source_may_send(self, may: bool) -> None:
        """Hold the source back, or let it go on."""
        transport = self._source.transport
        if transport is None or transport.is_closing():
            return
        if may:
            transport.resume_reading()
        else:
            transport.pause_reading()


class Proxied:
    """One connection: the dialler's leg, and the leg to whom it wanted."""

    def __init__(self, fabric: Fabric, link: Link, upstream: Address) -> None:
        self._fabric = fabric
        self._link = link
        self._upstream = upstream
        self._dialled = False
        self._task: asyncio.Task[None] | None = None
        self.dialler = Leg(self)
        self.listener = Leg(self)
        self._there = Pipe(fabric, link, self.dialler, self.listener)
        self._back = Pipe(fabric, Link(link.dst, link.src), self.listener, self.dialler)

    def connected(self, leg: Leg) -> None:
        """A leg has its socket."""
        if leg is self.dialler:
            self._fabric.waiting(self, waits=True)
            self.dial()
        else:
            self._there.flow()

    def dial(self) -> None:
        """Dial the listener once both directions are open."""
        links = (self._there.link, self._back.link)
        if self._dialled or any(self._fabric.is_cut(link) for link in links):
            return
        self._dialled = True
        self._fabric.waiting(self, waits=False)
        self._task = asyncio.get_running_loop().create_task(self._connect())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: self.listener, *self._upstream)
        except OSError:
            # Nobody listens there. The dialler was accepted, so the nearest thing to a refusal that
            # is left is to hang up.
            if self.dialler.transport is not None:
                self.dialler.transport.abort()

    def lost(self, leg: Leg) -> None:
        """A leg's socket is gone: its word goes out, and nothing more can come in."""
        self._fabric.waiting(self, waits=False)
        if leg.inward is not None:
            self._fabric.remove(leg.inward)
        if leg.out is not None:
            leg.out.end()
        if self.dialler.transport is None and self.listener.transport is None:
            self._fabric.remove(self._there)
            self._fabric.remove(self._back)
