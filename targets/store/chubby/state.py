"""The replicated state of the lock service: sessions in which writes act once, some with a lease.

A lease is given to a session that exists already (`targets.store.machine.sessions`): so the number
that makes writes act once also says whose a lock or an ephemeral file is. Beside the clients'
commands the log has the master's, which belong to no session::

    ["expire", 17]            the lease of session 17 has run out
    ["undelay", "/a", 42]     the lock delay of the claim with generation 42 is over
"""

from __future__ import annotations

import json
from typing import Any

from targets.store.chubby.machine import Chubby
from targets.store.machine.machine import Result
from targets.store.machine.sessions import Sessions
from targets.store.text import text_of


def expire(session: int) -> str:
    """The log's text for the end of a lease."""
    return text_of(["expire", session])


def undelay(path: str, generation: int) -> str:
    """The log's text for the end of a lock delay."""
    return text_of(["undelay", path, generation])


class LeasedSessions(Sessions):
    """See `Sessions`; the machine is told who asks."""

    def __init__(self, chubby: Chubby) -> None:
        super().__init__(chubby)
        self.chubby = chubby

    def apply(self, index: int, text: str) -> Result:
        """Apply the command at this index of the log."""
        if text.startswith('["expire"'):
            return self.chubby.end(json.loads(text)[1], expired=True)
        if text.startswith('["undelay"'):
            _, path, generation = json.loads(text)
            return self.chubby.undelay(path, generation)
        return super().apply(index, text)

    def _perform(self, session: int, operation: Any) -> Result:
        return self.chubby.perform(session, operation)
