"""What sessions are told of changes: each has a numbered list, carried to it by KeepAlives (§2.5).

::

    session 17   … 41 modified /a   42 granted /lock   43 children /members
                        seen ──▲    ╰────────── the next KeepAlive brings these ─╯

Events are told after the change has happened, so who reads next sees it or something later. The
list is part of the replicated state, so a new master tells what the old one did not. It is bounded:
a session that sleeps long loses the oldest, and can tell from the numbers.
"""

from __future__ import annotations

from typing import Any

KEPT = 64

Event = list[Any]
"""`[number, kind, path, detail]`."""


class Events:
    """Subscriptions by path, and what has not been forgotten for each session."""

    def __init__(self) -> None:
        self._told: dict[int, list[Event]] = {}
        self._latest: dict[int, int] = {}
        self._watched: dict[str, list[int]] = {}

    def begin(self, session: int) -> None:
        """A session that can be told of events."""
        self._told[session], self._latest[session] = [], 0

    def end(self, session: int) -> None:
        """Nobody listens any more."""
        self._told.pop(session, None)
        self._latest.pop(session, None)
        for path in [path for path, watchers in self._watched.items() if session in watchers]:
            self._watched[path].remove(session)
            if not self._watched[path]:
                del self._watched[path]

    def watch(self, session: int, path: str) -> None:
        """Tell the session of what happens to this file from now on."""
        watchers = self._watched.setdefault(path, [])
        if session not in watchers:
            watchers.append(session)

    def tell(self, session: int, kind: str, path: str, detail: Any = None) -> None:
        """Tell one session, whether it watches or not."""
        if session not in self._told:
            return
        self._latest[session] += 1
        told = self._told[session]
        told.append([self._latest[session], kind, path, detail])
        del told[:-KEPT]

    def publish(self, kind: str, path: str, detail: Any = None) -> None:
        """Tell all who watch the path."""
        for session in self._watched.get(path, ()):
            self.tell(session, kind, path, detail)

    def latest(self, session: int) -> int:
        """The number of the session's last event; 0 when there was none."""
        return self._latest.get(session, 0)

    def since(self, session: int, seen: int) -> list[Event]:
        """What the session was told after the event of this number."""
        return [event for event in self._told.get(session, ()) if event[0] > seen]

    def dump(self) -> Any:
        """As JSON values."""
        sessions = [[s, self._latest[s], told] for s, told in self._told.items()]
        return [sessions, self._watched]

    def load(self, state: Any) -> None:
        """Take a dumped state in place of the own one."""
        sessions, self._watched = state
        self._told = {session: told for session, _, told in sessions}
        self._latest = {session: latest for session, latest, _ in sessions}
