"""Snapshots: keeping the last one, and bringing it in pieces to a server that lags too far.

::

    who lags                         who has it
        ◀───────────── Behind(4000) ──        what you lack I have as a snapshot only
        ── Fetch(4000, 0) ──────────▶
        ◀── Chunk(4000, 0, 90000, …) ─
        ── Fetch(4000, 65536) ──────▶         one piece at a time: bounded memory on both sides
        ◀── Chunk(4000, 65536, …) ────        all there: it takes the place of all slots to 4000

Whoever lags asks, so nothing need be remembered about it. A piece that was lost is asked for again
at the next `Behind`, which a leader says with every heartbeat and an acceptor in answer to every
`Prepare` that asks for slots it no longer has (Live §5.5: catch-up is not consensus' business).
"""

from __future__ import annotations

from targets.store.paxos.messages import Behind, Chunk, Fetch
from targets.store.paxos.saved import Snapshot

PIECE = 1 << 16
"""Characters."""


class _Incoming:
    """A snapshot on its way here."""

    def __init__(self, sender: str, slot: int) -> None:
        self.source = (sender, slot)
        self.pieces: list[str] = []
        self.length = 0
        self.moved = True
        """Whether anything has come since the last `Behind`."""
        self.asked_again = False

    @property
    def next(self) -> Fetch:
        return Fetch(self.source[1], self.length)


class CatchUp:
    """The last snapshot of one server, and the one that it is being sent, if any."""

    def __init__(self, snapshot: Snapshot | None) -> None:
        self._latest = Behind(0)
        self._texts: dict[int, str] = {}
        self._incoming: _Incoming | None = None
        if snapshot is not None:
            self.keep(snapshot.slot, snapshot.text())

    @property
    def latest(self) -> Behind:
        """What there is to be had here."""
        return self._latest

    @property
    def text(self) -> str:
        """Of the last snapshot; empty where there is none yet."""
        return self._texts.get(self._latest.slot, "")

    def keep(self, slot: int, text: str) -> None:
        """A newer snapshot. The one before is kept until somebody asks for this one: whoever is in
        the middle of it would have to begin again with each.
        """
        self._texts = {at: self._texts[at] for at in list(self._texts)[:1]} | {slot: text}
        self._latest = Behind(slot)

    def serve(self, request: Fetch) -> Chunk | Behind:
        """A piece of it; or word that there is only a newer one."""
        text = self._texts.get(request.slot)
        if text is None:
            return self._latest
        if request.slot == self._latest.slot:
            self._texts = {request.slot: text}
        piece = text[request.offset : request.offset + PIECE]
        return Chunk(request.slot, request.offset, len(text), piece)

    def behind(self, sender: str, word: Behind, chosen: int) -> Fetch | None:
        """Somebody has a snapshot that reaches further than this server, which knows slots to
        `chosen`: what to ask it for now.

        What is coming from elsewhere comes first, as long as it does come and is of use.
        """
        incoming = self._incoming
        if incoming is not None and incoming.source[1] <= chosen:
            incoming = None
        if incoming is not None and incoming.moved:
            incoming.moved = False
            return None
        known = incoming is not None and incoming.source[0] == sender
        if incoming is None or not known or incoming.asked_again:
            incoming = self._incoming = _Incoming(sender, word.slot)
        else:
            incoming.asked_again = incoming.source[1] != word.slot
        return incoming.next

    def receive(self, sender: str, chunk: Chunk) -> Fetch | str | None:
        """A piece arrived: what to ask for next, or the whole text."""
        incoming = self._incoming
        if incoming is None or incoming.source != (sender, chunk.slot):
            return None
        if chunk.offset != incoming.length:
            return None  # late or doubled
        incoming.pieces.append(chunk.text)
        incoming.length += len(chunk.text)
        incoming.moved, incoming.asked_again = True, False
        if incoming.length < chunk.size:
            return incoming.next
        self._incoming = None
        return "".join(incoming.pieces)
