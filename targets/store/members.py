"""Who the members are, and how one server at a time joins or leaves them.

::

    on hand ──add──▶ learner ──promote──▶ voter
       ▲                │                   │
       └────────────────┴──────remove───────┘

One server at a time: any majority of the voters before a step shares a server with any majority
after it, so the two never decide apart (thesis §4.1). A learner gets the log and has no vote, so
that a server which has yet to catch up holds nobody back (thesis §4.2.1).

A step stands in the log like a command. The text of such an entry begins with a word that no
command begins with.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from targets.store.replicated import Change, Members
from targets.store.text import text_of

PREFIX = "members "


def write(members: Members) -> str:
    """The text of an entry that makes these the members."""
    return PREFIX + text_of(members)


def read(text: str) -> Members:
    """The members of an entry whose text begins with `PREFIX`."""
    voters, learners = json.loads(text[len(PREFIX) :])
    return Members(tuple(voters), tuple(learners))


def changed(members: Members, change: Change, everyone: Sequence[str]) -> Members | str:
    """The members after this step; or a sentence that says why it makes no sense."""
    voters, learners = set(members.voters), set(members.learners)
    server = change.server
    if server not in everyone:
        return f"no such server: {server}; there are {', '.join(everyone)}"
    match change.action:
        case "add":
            if server in voters | learners:
                return f"{server} is a member already"
            learners.add(server)
        case "promote":
            if server not in learners:
                return f"{server} is no learner"
            learners.remove(server)
            voters.add(server)
        case "remove":
            if server not in voters | learners:
                return f"{server} is no member"
            if voters == {server}:
                return f"{server} is the last voter"
            voters.discard(server)
            learners.discard(server)
    return Members(tuple(sorted(voters)), tuple(sorted(learners)))
