"""Who votes on which slot: the members change through the log, as anything else does.

Three rules (Lamport, Malkhi and Zhou, *Reconfiguring a State Machine*, 2010, §2.2; their window
alpha is one slot here, but only behind a change, so that other slots are still sent ahead)::

    slot   1   2   3  [4: add n4]   5   6         1. On a slot vote the members that the last change
           └─ n1 n2 n3 ────────┘    └─ n1..n4        before it made.
                                                  2. A leader sends nothing beyond a change until
                                                     the change is chosen.
    a candidate that knows slots to 2 asks        3. A candidate asks the members it knows of. When
    n1 n2 n3, leads to 4, and stands again           it recovers a change it leads to there only,
                                                     and once that is chosen it stands again.

Why that is safe, by induction over slots, C(s) being the members that vote on slot s. Let v be
chosen at s in ballot b, and let the leader of a higher ballot B send a value for s. By rule 2, b's
leader knew all changes before s to be chosen, at the latest in b. So did B's leader: the changes
that it did not know beforehand it has recovered, since for their own slots the claim holds already,
and by rule 3 it went no further before it had stood again. So B's phase 1 for s was with a majority
of C(s) in the end; it met one that had accepted v, and P2c makes B send v (Simple §2.2). A leader
that puts a change of its own at c needs no new phase 1: whoever had anything chosen beyond c in a
lower ballot would have had c chosen before, and this leader would have recovered that.

A server that is removed may return, with its disk. One that comes back blank, under its old name,
has forgotten its votes for slots in which it counts for ever: who lags may still ask it for them.
"""

from __future__ import annotations

import json

from targets.store.members import PREFIX, changed
from targets.store.replicated import Change, Members
from targets.store.text import text_of


def command(change: Change) -> str:
    """The log's text for a change: the step and not where it leads, since which members it starts
    from is settled only when the slots before it are.
    """
    return PREFIX + text_of(change)


def is_change(text: str) -> bool:
    """Whether a command changes the members."""
    return text.startswith(PREFIX)


class Membership:
    """The members as one server knows them: from all slots it knows to be chosen."""

    def __init__(self, slot: int, members: Members) -> None:
        self.current = members
        self._history = [(slot, members)]

    def chosen(self, slot: int, text: str) -> None:
        """This slot holds a change; one that makes no sense any more changes nothing."""
        change = Change(*json.loads(text[len(PREFIX) :]))
        members = changed(self.current, change, (change.server,))
        if not isinstance(members, str):
            self.current = members
            self._history.append((slot, members))

    def at(self, slot: int) -> Members:
        """The members after this slot, which is none before the last that was given to `forget`."""
        return next(members for since, members in reversed(self._history) if since <= slot)

    def forget(self, slot: int) -> None:
        """Nothing before this slot will be asked for."""
        self._history = [(slot, self.at(slot)), *(h for h in self._history if h[0] > slot)]
