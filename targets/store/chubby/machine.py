"""The lock service's state: files, locks, sessions and events under one set of operations.

::

    ["begin"]                                          give this session a lease
    ["end"]                                            end it: locks free, ephemeral files gone
    ["create", path, contents, "file"]                 or "directory", or "ephemeral"
    ["write", path, contents, generation, sequencer]   either null: don't compare; don't check
    ["delete", path]
    ["acquire", path, "exclusive", wait]               or "shared" ▶ [generation, "held"|"queued"]
    ["release", path, generation]                      ▶ whether it was held so
    ["watch", path]
    ─ reads ─
    ["read", path]                                     ▶ [contents, generation]
    ["list", path]                                     ▶ names
    ["lock", path]                                     ▶ [holders, queue]
    ["sequencer", [path, mode, generation]]            ▶ whether it is valid
    ["keepalive", session, seen]                       ▶ events after number `seen`

A file that is written with a sequencer is the **fenced resource** of the paper (§2.4): its writes
are refused unless the lock is held just so at that moment. Anybody may hand in a sequencer, with or
without a session that has a lease: the resource trusts the number, not the messenger.
"""

from __future__ import annotations

from typing import Any

from targets.store.chubby.bugs import NO_BUGS, Bugs
from targets.store.chubby.events import Events
from targets.store.chubby.files import Files, wrong_contents, wrong_path
from targets.store.chubby.locks import MODES, Locks
from targets.store.machine.machine import BadRequest, Result
from targets.store.machine.values import canonical, named

_WRITES = {
    "begin": 0, "end": 0, "create": 3, "write": 4, "delete": 1, "acquire": 3, "release": 2,
    "watch": 1,
}  # fmt: skip
_READS = {"read": 1, "list": 1, "lock": 1, "sequencer": 1, "keepalive": 2}
_LEASED = frozenset({"acquire", "watch"})
"""What only a session with a lease may ask for."""

KINDS = ("file", "directory", "ephemeral")


class Chubby:
    """See the module, and `targets.store.machine.machine.Machine`; who asks matters here, so it is
    `perform` that does an operation.
    """

    def __init__(self, bugs: Bugs = NO_BUGS) -> None:
        self._bugs = bugs
        self._last = 0
        self._sessions: dict[int, None] = {}
        self._events = Events()
        self._files = Files(self._number, self._events, bugs)
        self._locks = Locks(self._number, self._events, bugs)

    def check(self, operation: Any) -> bool:
        """See `Machine`."""
        name = named(operation, _WRITES | _READS)
        wrong = _wrong(operation)
        if wrong is not None:
            raise BadRequest(f"{name}: {wrong}")
        return name in _WRITES

    def perform(self, session: int, operation: Any) -> Result:
        """Do an operation that writes, for this session."""
        name = operation[0]
        leased = session in self._sessions
        if not leased and self._bugs.session_silently_replaced and name in _LEASED:
            leased = bool(self._begin(session))
        if not leased and (name in _LEASED or operation[3:] == ["ephemeral"]):
            return {"fail": f"session {session} has no lease, or none any more"}
        match operation:
            case ["begin"]:
                return self._begin(session)
            case ["end"]:
                return self.end(session, expired=False)
            case ["create", path, contents, kind]:
                owner = session if kind == "ephemeral" else None
                return self._files.create(path, contents, owner, kind == "directory")
            case ["write", path, contents, generation, sequencer]:
                checked = sequencer is None or self._locks.holds(*sequencer)
                if self._bugs.no_fencing:
                    checked = True
                if not checked:
                    return {"fail": f"{canonical(sequencer)} is no valid sequencer"}
                return self._files.write(path, contents, generation)
            case ["delete", path]:
                return self._delete(path)
            case ["acquire", path, mode, wait]:
                return self._acquire(session, path, mode, wait)
            case ["release", path, generation]:
                return self._locks.release(path, generation)
        self._events.watch(session, operation[1])
        return {"ok": None}

    def apply(self, operation: Any) -> Result:
        """See `Machine`: for nobody's session."""
        return self.perform(0, operation)

    def query(self, operation: Any) -> Result:
        """See `Machine`."""
        match operation:
            case ["read", path]:
                return self._files.read(path)
            case ["list", path]:
                return self._files.list(path)
            case ["lock", path]:
                return self._locks.look(path)
            case ["sequencer", sequencer]:
                return {"ok": self._locks.holds(*sequencer)}
        _, session, seen = operation
        if session not in self._sessions and not self._bugs.session_silently_replaced:
            return {"expired": f"session {session} is over"}
        return {"ok": self._events.since(session, seen)}

    # For the master

    @property
    def sessions(self) -> list[int]:
        """Every session that has a lease, the oldest first."""
        return list(self._sessions)

    def delayed(self) -> list[tuple[str, int]]:
        """Path and generation of every lock whose lock delay runs."""
        return self._locks.delayed()

    def news(self, session: int, seen: int) -> bool:
        """Whether a KeepAlive with this number has something to carry back, be it the end."""
        return session not in self._sessions or self._events.latest(session) > seen

    def end(self, session: int, expired: bool) -> Result:
        """The session is over, by its own wish or because its lease ran out, or was before."""
        if session not in self._sessions:
            return {"ok": None}
        del self._sessions[session]
        if not (expired and self._bugs.ephemeral_survives):
            for path in self._files.owned(session):
                self._delete(path)
        self._locks.end(session, expired)
        self._events.end(session)
        return {"ok": None}

    def undelay(self, path: str, generation: int) -> Result:
        """The lock delay of this claim is over."""
        self._locks.undelay(path, generation)
        return {"ok": None}

    # Snapshots

    def dump(self) -> Any:
        """See `Machine`. The last number is part of it: without it, generations would be given
        twice.
        """
        last = 0 if self._bugs.lock_generation_reset else self._last
        parts = (self._files, self._locks, self._events)
        return [last, list(self._sessions), *(part.dump() for part in parts)]

    def load(self, state: Any) -> None:
        """See `Machine`."""
        self._last, sessions, files, locks, events = state
        self._sessions = dict.fromkeys(sessions)
        self._files.load(files)
        self._locks.load(locks)
        self._events.load(events)

    # Inside

    def _number(self) -> int:
        self._last += 1
        return self._last

    def _begin(self, session: int) -> Result:
        if session not in self._sessions:
            self._sessions[session] = None
            self._events.begin(session)
        return {"ok": session}

    def _delete(self, path: str) -> Result:
        result = self._files.delete(path)
        if "ok" in result:
            self._locks.gone(path)
        return result

    def _acquire(self, session: int, path: str, mode: str, wait: bool) -> Result:
        """A lock is a file; the first to ask for it makes it."""
        if self._files.get(path) is None:
            made = self._files.create(path, None, None, False)
            if "fail" in made:
                return made
        return self._locks.acquire(session, path, mode, wait)


def _wrong(operation: Any) -> str | None:
    """What is wrong with the operands, None when nothing is."""
    match operation:
        case ["begin"] | ["end"]:
            return None
        case ["keepalive", session, seen]:
            return None if _whole(session) and _whole(seen) else "takes two whole numbers"
        case ["sequencer", sequencer]:
            return wrong_sequencer(sequencer)
        case ["create", path, contents, kind]:
            wrong = None if kind in KINDS else f"makes one of {', '.join(KINDS)}, not {kind!r}"
            return wrong or wrong_path(path) or wrong_contents(contents)
        case ["write", path, contents, generation, sequencer]:
            wrong = None if generation is None or _whole(generation) else "generation: no number"
            if sequencer is not None:
                wrong = wrong or wrong_sequencer(sequencer)
            return wrong or wrong_path(path) or wrong_contents(contents)
        case ["acquire", path, mode, wait]:
            fits = mode in MODES and isinstance(wait, bool)
            return wrong_path(path) if fits else f"takes {' or '.join(MODES)}, and whether to wait"
        case ["release", path, generation]:
            return wrong_path(path) if _whole(generation) else "generation: no number"
    return wrong_path(operation[1])


def wrong_sequencer(sequencer: Any) -> str | None:
    """What is wrong with the shape of a sequencer, None when nothing is."""
    match sequencer:
        case [path, mode, generation] if mode in MODES and _whole(generation):
            return wrong_path(path)
    return f"a sequencer is [path, mode, generation], not {canonical(sequencer)}"


def _whole(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)
