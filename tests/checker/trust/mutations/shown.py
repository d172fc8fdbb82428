"""Histories that show a mutation, by its rule, for what few histories show."""

from __future__ import annotations

SEEN_BY_A_READ = ("5: write 3 ok", "5: write 3 ok", "1: cas [3,1] info", "4: read -> 1")

DOUBTFUL = (
    "1: add 1 begin",
    "2: read begin",
    "3: remove 1 begin",
    "4: add 2 begin",
    "3: end ok",
    "5: read -> []",
    "4: end ok",
    "1: end ok",
    "2: end -> [1,2]",
)

STORIES = {
    "a set without some elements proves nothing of those that are left out of it": DOUBTFUL,
    "a remove that may as well come before the add proves nothing": DOUBTFUL,
    "rule 3: a crashed write covers those that are open": (
        "5: write 3 ok",
        "5: write 3 ok",
        "1: write 1 info",
        "2: write 2 begin",
        "3: read -> 1",
        "2: end ok",
        "4: read -> 1",
    ),
    "rule 2: a write that a crashed cas expects may come before the target": (
        "5: write 3 ok",
        "5: write 3 ok",
        "1: cas [1,2] info",
        "2: write 1 begin",
        "3: read -> 2",
        "2: end ok",
    ),
    "rule 2: a crashed cas may be seen by another crashed one": (
        "5: write 3 ok",
        "5: write 3 ok",
        "1: cas [3,1] info",
        "2: cas [1,2] info",
        "4: read -> 2",
    ),
    "rule 2: a crashed cas may be seen by a read": SEEN_BY_A_READ,
    "a crashed cas can bring a value about": SEEN_BY_A_READ,
    "rule 2: a crashed cas may be seen by another cas": (
        "5: write 3 ok",
        "5: write 3 ok",
        "1: cas [3,1] info",
        "4: cas [1,2] ok",
    ),
    "rule 2: a write that an open cas expects may come before the target": (
        "5: write 3 ok",
        "5: write 3 ok",
        "1: write 1 begin",
        "2: cas [1,2] begin",
        "3: read -> 2",
        "1: end ok",
        "2: end ok",
    ),
    "a process goes on after a crash: left to the search": (
        "1: acquire info",
        "1: release ok",
    ),
}
"""Histories that are linearizable, for rules that a random one hardly ever needs."""

HARD = {
    "another cas may be left": ("swaps", 460),
    "another write may be left: crashed ones": ("many crashes", 226),
    "a reason is met by what is no better where it matters": ("swaps", 2),
    "a reason is met by what has the same cas placed where it matters": ("swaps", 5),
    "a reason is met by what has used as many crashed calls": ("writes", 107),
    "a read placed is better than one that is not": ("writes", 11),
    "an open write not placed is better than one that is": ("swaps", 2),
    "a covered write is better than one that is not": ("swaps", 261),
    "what must still be seen is in vain for that, and not in general": ("long", 1490),
    "in vain is what has not placed the target: a read": ("writes", 11),
    "in vain is what has not placed the target: a cas": ("swaps", 5),
    "in vain is what has the target not covered": ("swaps", 261),
    "what was retired has to come back": ("chains", 49),
    "another write may be left": ("long", 36),
    "another crashed call may be left": ("writes", 107),
    "another write may be left: completed ones": ("long", 36),
    "a value that is gone may come back by a write": ("long", 7),
    "a value that is gone may not have to come back for a read": ("chains", 49),
    "a value that is gone may not have to come back for a cas": ("chains", 33),
    "a value that is gone may come back by a crashed call": ("writes", 107),
    "a value may go by the cas for which it would have to come back": ("chains", 33),
    "a reason goes back to what is lacking before": ("swaps", 2),
    "a reason goes back to the cas before": ("swaps", 5),
    "at the cut, reads that are open have had their value": ("writes", 13),
    "at the cut, open writes are covered": ("swaps", 380),
    "at the cut, any open cas may have taken effect or not": ("swaps", 77),
    "a lesson leaves out only crashed calls that do not matter": ("writes", 107),
    "a lesson is about what has not passed its cut": ("writes", 107),
    "what is refuted only after some crashed calls is not refuted": ("writes", 107),
}
"""Histories of `tests.checker.trust.hard`, found by trying some thousands."""

FOUND = {
    "what the generous pairing allows is not allowed yet": ("stack", 2990),
}
"""Histories of the families, found in the same way."""
