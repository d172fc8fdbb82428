"""Sets whose elements come and go."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import harmful, named

ELEMENT_SETS = [
    *harmful(
        "fast.element_set",
        ("set",),
        (
            "a set without some elements proves nothing of those that are left out of it",
            "if not isinstance(found, _Stuck) or found.certain:",
            "if True:",
        ),
    ),
    *harmful(
        "fast.element_runs",
        ("set",),
        ("a read shows no element twice", "if len(now) < len(shown(read)):", "if False:"),
    ),
    *harmful(
        "fast.element_walk",
        ("set",),
        ("a read happens where its set is", "if not differing:", "if True:"),
        ("an add has its effect", "self._state.add(self._lives.values[element])", "pass"),
        (
            "reads that lack an element come before its add, or after its removal",
            "must = high[rank] < gone or sides.before(rank, element)",
            "must = False",
        ),
        (
            "reads that show an element come before its removal",
            "possible = all(self._done[rank] or self._read(rank) for rank in showing)",
            "possible = True",
        ),
    ),
    *harmful(
        "fast.element_lives",
        ("set",),
        (
            "elements added twice are left to the search",
            'if call.f == "add" and adds.setdefault(call.value, at) != at:',
            'if call.f == "add" and adds.setdefault(call.value, at) < 0:',
        ),
        (
            "a remove that ends before its element is shown for the last time has no effect",
            "early = np.flatnonzero(self._gone[1] < since).tolist()",
            "early: list[int] = []",
        ),
        (
            "a remove that may as well come before the add proves nothing",
            "if either and not certain:",
            "if False:",
        ),
    ),
]

TOLD_RIGHTLY = "test_sides_are_told_rightly"

ELEMENT_SIDES = named(
    "fast.element_sides",
    "tests/checker/test_element_sides.py",
    (
        "a read that lacks two elements of another is on the same side of both",
        "(rank, theirs - mine, True)",
        "(rank, theirs - mine, False)",
        TOLD_RIGHTLY,
    ),
    (
        "two reads of which each lacks an element of the other are on opposite sides",
        "(other, mine - theirs, False)",
        "(other, mine - theirs, True)",
        TOLD_RIGHTLY,
    ),
    (
        "what is told of one of a class says which side the other is on",
        "self.settle(rank, element, told == same)",
        "self.settle(rank, element, told)",
        TOLD_RIGHTLY,
    ),
    (
        "a read that shows an element may end in its zone",
        "if self._gone_low[element] > high and lacks(element):",
        "if self._gone_low[element] > high:",
        TOLD_RIGHTLY,
    ),
    (
        "a read ends before a zone only if that reaches beyond its window",
        "if self._gone_low[element] > high and lacks(element):",
        "if lacks(element):",
        TOLD_RIGHTLY,
    ),
    (
        "a read begins after a zone only if that reaches back before its window",
        "if self._add_high[element] < low and lacks(element):",
        "if lacks(element):",
        TOLD_RIGHTLY,
    ),
)
