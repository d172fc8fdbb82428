"""Sets whose elements come and go."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import harmful

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
