"""Exactly-once writes: a machine around a machine that knows what it has already done.

A client that got no answer sends again, so one write may be in the log twice. It must act once
(thesis §6.3). The table that tells is part of the replicated state: every node drops the same
doubles at the same place in the log::

    session ─▶ last sequence number ─▶ its result
    17         4                       {"ok": 3}        17:4 again → the same answer, nothing done
                                                        17:5       → done, and noted
                                                        17:3       → long settled; never done

A session is opened through the log, and its id is the index of that entry: no two are alike. The
table is bounded. The session that was idle longest goes first, on every node alike, and a write
of a session that is gone is refused rather than done again.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from typing import Any

from targets.store.bugs import NO_STORE_BUGS, StoreBugs
from targets.store.machine.machine import Machine, Result
from targets.store.text import text_of

SESSIONS = 20_000
"""Part of the replicated state's meaning: all nodes must agree on it, so it is no option."""

OPEN = json.dumps(["open"])


def command(session: int, sequence: int, operation: Any) -> str:
    """The log's text for one write of a session."""
    return text_of(["do", session, sequence, operation])


class Sessions:
    """The whole replicated state: the table and the machine."""

    def __init__(
        self, machine: Machine, bugs: StoreBugs = NO_STORE_BUGS, limit: int = SESSIONS
    ) -> None:
        self._machine = machine
        self._bugs = bugs
        self._dedup = not bugs.no_client_dedup
        self._limit = limit
        self._table: OrderedDict[int, tuple[int, Result]] = OrderedDict()

    def apply(self, index: int, text: str) -> Result:
        """Apply the command at this index of the log."""
        if not text:
            return {"ok": None}
        match json.loads(text):
            case ["do", session, sequence, operation]:
                return self._do(session, sequence, operation)
            case _:
                return self._open(index)

    def query(self, operation: Any) -> Result:
        """Reads change nothing and need no session."""
        return self._machine.query(operation)

    def dump(self) -> str:
        """The whole state as one text. The table is part of it: without it, a node that starts from
        a snapshot would do again what it has already done (thesis §6.3).
        """
        table = [[session, done, result] for session, (done, result) in self._table.items()]
        if self._bugs.snapshot_drops_sessions:
            table = [[session, 0, {"ok": None}] for session in self._table]
        return text_of([table, self._machine.dump()])

    def load(self, text: str) -> None:
        """Take a dumped state in place of the own one."""
        table, state = json.loads(text)
        self._table = OrderedDict((session, (done, result)) for session, done, result in table)
        self._machine.load(state)

    def _open(self, session: int) -> Result:
        if len(self._table) >= self._limit:
            self._table.popitem(last=False)
        self._table[session] = (0, {"ok": None})
        return {"ok": session}

    def _do(self, session: int, sequence: int, operation: Any) -> Result:
        if session not in self._table:
            return {"expired": f"session {session} is not in the table"}
        done, result = self._table[session]
        if self._dedup and sequence == done:
            return result
        if self._dedup and sequence < done:
            return {"expired": f"the session has gone on to {done}"}
        result = self._perform(session, operation)
        self._table[session] = (sequence, result)
        self._table.move_to_end(session)
        return result

    def _perform(self, session: int, operation: Any) -> Result:
        """Have the machine do it; most machines don't mind who asks."""
        return self._machine.apply(operation)
