"""Rules without which the checker says the same, each with the reason."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import QUEUES, REGISTERS, UNIQUE, harmless

HARMLESS = [
    harmless(
        "register.search",
        REGISTERS,
        "rule 3: a write is covered while its own value is there",
        "covered |= layer.writes.get(value, 0) & ~placed",
        "covered |= 0",
        "another write covers it as well, and a cas that takes the value away demands it: the "
        "write is placed before then, changing nothing",
    ),
    harmless(
        "fast.unique_writes_columns",
        (*UNIQUE, "cas-register"),
        "a backward block that begins inside a forward zone comes after it",
        "moment[backward[inside]] = 2 * closes[around[inside]] + 1",
        "pass",
        "only the order of moments counts, and forward blocks stand where their zones open",
    ),
    harmless(
        "fast.counter",
        ("counter",),
        "a read is no less than what was certainly added",
        "self.lower <= self.value <=",
        "self.value <=",
        "the exact count or the search finds it too, later",
    ),
    harmless(
        "fast.counter",
        ("counter",),
        "a read is no more than what may have been added",
        "<= self.value <= self.upper",
        "<= self.value",
        "the exact count or the search finds it too, later",
    ),
    harmless(
        "fast.element_zones",
        ("set",),
        "a zone begins as soon as a read has shown the element",
        "if first_end < calls[life.add].end:",
        "if True:",
        "a zone that begins later tells less, and the search tells the rest",
    ),
    harmless(
        "fast.gaps",
        QUEUES,
        "an element has a stay if its put ended before its take began",
        "stays = elements.put_end < elements.take_start",
        "stays = elements.put_start < elements.take_end",
        "a stay that ends before it begins covers no moment",
    ),
    harmless(
        "fast.elements",
        QUEUES,
        "a crashed put that nobody saw is left out",
        "if v in takes or calls[position].end != FOREVER]",
        "]",
        "it would be put in after everything else, the last to be given a spare",
    ),
    harmless(
        "window",
        ("a user's model", "multi-register", "bank"),
        "a crashed call that changes nothing is left out",
        "if after != state:",
        "if True:",
        "its configuration is dominated by the one before",
    ),
]
