"""What was found must come from somewhere."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import ANY, QUEUES, REGISTERS, harmful, named

NEEDED = [
    *harmful(
        "fast.sources",
        REGISTERS,
        ("a crashed call need not have happened", " and not call.crashed", ""),
        ("the first value is there from the first", "return (model.initial(),) if", "return () if"),
        (
            "of those that leave a thing the first counts",
            "moment.setdefault(thing, calls[at].start)",
            "moment[thing] = calls[at].start",
        ),
        (
            "a thing may be brought about sooner by way of another",
            "if when < moment.get(left, NEVER):",
            "if left not in moment:",
        ),
    ),
    *harmful(
        "fast.sources",
        ANY[1:],
        ("a key that nobody wrote holds null", "[2] is not None]", "]"),
    ),
    *harmful(
        "fast.sources",
        QUEUES,
        ("who finds nothing needs nothing", "call.crashed or call.result is None", "call.crashed"),
    ),
]

WEAKER = named(
    "fast.sources",
    "tests/checker/test_sources.py",
    (
        "what is needed must be there first",
        "when = max(now, calls[at].start)",
        "when = calls[at].start",
        "test_what_could_not_be_there",
    ),
    (
        "nothing rests on itself",
        "            missing[at] = len(needs)\n            continue",
        "            missing[at] = len(needs)",
        "test_what_could_not_be_there",
    ),
    (
        "a transaction needs all that it read",
        "dict.fromkeys(about.wants) if",
        "list(about.wants)[:0] if",
        "test_what_could_not_be_there",
    ),
)
