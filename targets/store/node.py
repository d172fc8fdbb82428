"""A node: one core, one disk and one state machine, driven through `Env`.

Events only mark the node as busy; a flush soon after handles whatever has gathered, so that many
requests share one sync and one message to each peer. A process waits for what its sockets have yet
to give (`targets.store.posix.soon`)::

    frame, timer ──▶ core, requests ──▶ (flush) take ▸ send early ▸ save ▸ send ▸ apply ▸ answer

Between all pairs of nodes goes a keepalive every `KEEPALIVE` seconds, whoever leads: a node can
then say of each peer how long it has not heard from it, which is how partitions are proven.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from harness.env import Env, Timer
from targets.store.compaction import Compaction
from targets.store.machine.machine import Machine, Result
from targets.store.machine.sessions import Sessions
from targets.store.replicated import Change, Output, ReplicatedLog
from targets.store.requests import Origin, Request, Requests
from targets.store.steward import MakeSteward
from targets.store.storage import Found, Storage
from targets.store.wire import decode, decode_peer, encode, parse, parse_admin

KEEPALIVE = 0.2

_KEEPALIVE_FRAME = b'["k"]'


class Node:
    """One server of the store. Making it reads the disk and starts it; CorruptJournal if that
    can't be trusted.
    """

    def __init__(
        self,
        env: Env,
        peers: Sequence[str],
        storage: Storage,
        make_core: Callable[[Found], ReplicatedLog],
        machine: Machine,
        state: Sessions,
        compaction: Compaction,
        log: Callable[[str], None],
        make_steward: MakeSteward | None = None,
    ) -> None:
        self._env = env
        self._log = log
        self._machine = machine
        self._state = state
        self._compaction = compaction
        self._storage = storage
        found = storage.open()
        self.torn = found.torn > 0
        """Whether the end of the journal was damaged; for an observer."""
        log(
            f"recovered records={len(found.records)} torn_bytes={found.torn} "
            f"snapshot_bytes={len(found.snapshot or '')}"
        )
        self._core = make_core(found)
        self._requests = Requests(self._core, self._forward, self._answer, env.rng)
        self._steward = None if make_steward is None else make_steward(self._propose, self._submit)
        self._query = state.query if self._steward is None else self._steward.query
        self._applied = 0
        self._heard = dict.fromkeys(peers, env.now())
        self._seen = self._core.status()
        self._flush_due = False
        self._timer: Timer | None = None
        self._timer_at = 0.0
        env.receive(self._on_frame)
        self._housekeep()
        self._flush()

    # Frames in

    def _on_frame(self, sender: str, frame: bytes) -> None:
        if sender in self._heard:
            self._heard[sender] = self._env.now()
            if frame != _KEEPALIVE_FRAME:
                self._on_peer(sender, frame)
        else:
            self._on_client(sender, frame)

    def _on_peer(self, sender: str, frame: bytes) -> None:
        now = self._env.now()
        match decode_peer(frame):
            case ["c", *fields]:
                self._core.receive(now, sender, self._core.decode(fields))
            case ["f", number, writes, body]:
                self._submit(Request(Origin(sender, number, True), writes, body), fresh=True)
            case ["a", number, result]:
                self._requests.answered(number, result)
            case other:
                raise ValueError(f"{sender} sent what no node sends: {other!r}")
        self._flush_soon()

    def _on_client(self, sender: str, frame: bytes) -> None:
        number: Any = None
        try:
            fields = decode(frame)
            number = fields.get("id")
            if fields.get("type") == "status":
                self._answer(Origin(sender, number, False), {"ok": self.status()})
                return
            if fields.get("type") == "admin":
                self._administer(Origin(sender, number, False), fields)
                return
            request = parse(Origin(sender, number, False), fields, self._machine)
        except ValueError as error:
            self._answer(Origin(sender, number, False), {"refused": f"bad request: {error}"})
            return
        self._submit(request, fresh=True)

    def _submit(self, request: Request, fresh: bool = False) -> None:
        """Take a request to where it is served, unless it is `fresh` and the steward's for now."""
        if fresh and self._steward is not None and self._steward.holds(request):
            return
        self._requests.submit(self._env.now(), request)
        self._flush_soon()

    def _propose(self, command: str) -> bool:
        position = self._core.propose(command)
        self._flush_soon()
        return position is not None

    def _administer(self, origin: Origin, fields: dict[str, Any]) -> None:
        """Only the leader does such things, and it forwards none of them: whoever asks must know
        whom.
        """
        now = self._env.now()
        order = parse_admin(fields)
        if isinstance(order, Change):
            self._requests.change(origin, order)
        else:
            refused = self._core.transfer(now, order)
            self._answer(origin, {"ok": order} if refused is None else {"refused": refused})
        self._flush_soon()

    # Frames out

    def _answer(self, origin: Origin, result: Result) -> None:
        if origin.forwarded:
            self._env.send(origin.sender, encode(["a", origin.id, result]))
        else:
            self._env.send(origin.sender, encode({"id": origin.id, **result}))

    def _forward(self, leader: str, number: int, request: Request) -> None:
        self._env.send(leader, encode(["f", number, request.writes, request.body]))

    def _send(self, messages: Sequence[tuple[str, Any]]) -> None:
        before, frame = None, b""
        for peer, message in messages:
            if message is not before:  # the next peer often gets the very same
                before, frame = message, encode(["c", *self._core.encode(message)])
            self._env.send(peer, frame)

    @property
    def core(self) -> ReplicatedLog:
        """The protocol's core, for an observer; nobody else touches it."""
        return self._core

    def clock(self) -> float:
        """What this node takes for the time, for an observer."""
        return self._env.now()

    def status(self) -> dict[str, Any]:
        """What this node knows of itself, cut off or not."""
        now = self._env.now()
        return {
            "node": self._env.name,
            **self._core.status()._asdict(),
            "applied": self._applied,
            "waiting": len(self._requests),
            "heard": {peer: round(now - at, 3) for peer, at in self._heard.items()},
        }

    # Time

    def _flush_soon(self) -> None:
        if not self._flush_due:
            self._flush_due = True
            self._env.after(0, self._flush)

    def _arm(self) -> None:
        """Have `_wake` called by the core's deadline. A timer that is early stays: deadlines move
        back with every heartbeat, and a timer for each would cost more than one look too many.
        """
        deadline = self._core.deadline
        if self._timer is not None:
            if self._timer_at <= deadline:
                return
            self._timer.cancel()
        self._timer_at = deadline
        self._timer = self._env.after(max(0.0, deadline - self._env.now()), self._wake)

    def _wake(self) -> None:
        self._timer = None
        if self._env.now() >= self._core.deadline:
            self._core.wake(self._env.now())
            self._flush()
        else:
            self._arm()

    def _housekeep(self) -> None:
        for peer in self._heard:
            self._env.send(peer, _KEEPALIVE_FRAME)
        self._requests.expire(self._env.now())
        self._env.after(KEEPALIVE, self._housekeep)

    # Effects

    def _flush(self) -> None:
        self._flush_due = False
        while self._carry_out(self._core.take(self._env.now())):
            pass
        self._notice_changes()
        self._arm()

    def _carry_out(self, out: Output) -> bool:
        """Do what the core wants, in the order that makes it safe; True if saving may have moved
        the core on.
        """
        self._send(out.early)
        saved = self._storage.save(out)
        if saved:
            self._env.reached("saved")
        self._send(out.messages)
        for point in out.points:
            self._env.reached(point)
        self._core.saved()
        if out.restore is not None:
            self._applied, state = out.restore
            self._state.load(state)
            self._compaction.taken(len(state))
            self._requests.restored(self._applied)
        for position, text in out.committed:
            result = self._state.apply(position.slot, text)
            self._applied = position.slot
            self._compaction.applied(text)
            self._requests.committed(position, result)
        if self._steward is not None and (out.committed or out.restore):
            self._steward.applied()
        for token in out.reads:
            self._requests.read(token, self._query)
        self._requests.lost_reads(out.lost_reads)
        return self._compact() or saved

    def _compact(self) -> bool:
        """Take a snapshot if one is due."""
        if not self._compaction.due:
            return False
        state = self._state.dump()
        self._core.compact(self._applied, state)
        self._compaction.taken(len(state))
        self._log(f"snapshot slot={self._applied} bytes={len(state)}")
        return True

    def _notice_changes(self) -> None:
        seen, self._seen = self._seen, self._core.status()
        if (seen.role, seen.term) != (self._seen.role, self._seen.term):
            self._log(f"role={self._seen.role} term={self._seen.term} commit={self._seen.commit}")
            if self._steward is not None:
                self._steward.leads(False)
                self._steward.leads(self._seen.role == "leader")
        if (seen.leader, seen.term) != (self._seen.leader, self._seen.term):
            self._requests.leader_changed(self._env.now())
            self._flush_soon()
