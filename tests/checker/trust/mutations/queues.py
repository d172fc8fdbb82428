"""Queues, as elements that come in and leave."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import QUEUES, harmful

QUEUES_OF_ELEMENTS = [
    *harmful(
        "fast.elements",
        QUEUES,
        (
            "an element put in twice is left to the search",
            "if call.value in puts or call.value is None:",
            "if call.value is None:",
        ),
        ("nothing is taken twice", "    if twice:", "    if False:"),
        (
            "nothing is taken that was not put in",
            "if value not in puts or calls[position].precedes(calls[puts[value]]):",
            "if value in puts and calls[position].precedes(calls[puts[value]]):",
        ),
        (
            "nothing is taken before it is put in",
            "if value not in puts or calls[position].precedes(calls[puts[value]]):",
            "if value not in puts:",
        ),
        (
            "an element is taken after it is put in",
            "np.where(claimed, np.maximum(starts[take], put_start), NEVER)",
            "np.where(claimed, starts[take], NEVER)",
        ),
        (
            "a spare takes an element after it is put in",
            "np.maximum(self.spare_start[: len(given)], self.put_start[given])",
            "self.put_start[given]",
        ),
        (
            "the first put to end gets the first spare",
            'return chosen[np.argsort(self.put_end[chosen], kind="stable")]',
            'return chosen[np.argsort(-self.put_end[chosen], kind="stable")]',
        ),
    ),
    *harmful(
        "fast.gaps",
        QUEUES,
        (
            "a take finds nothing only at a gap",
            "late = np.flatnonzero(moments > elements.empty_end)",
            "late = np.flatnonzero(moments < 0)",
        ),
        (
            "crashed takes leave the most gaps",
            "return elements.give(elements.unclaimed())",
            "return elements",
        ),
        ("stays that overlap leave no gap", "reach = np.maximum.accumulate(end)", "reach = end"),
    ),
    *harmful(
        "fast.fifo_queue",
        ("fifo-queue",),
        (
            "elements leave in the order in which they came",
            "if stuck:\n        return _crossed(elements, *stuck)",
            "if stuck:\n        line = np.arange(len(put_end))",
        ),
        (
            "the order of the takes counts",
            "fronts = [_Front(*puts), _Front(*takes)]",
            "fronts = [_Front(*puts), _Front(*puts)]",
        ),
        (
            "the order of the puts counts",
            "fronts = [_Front(*puts), _Front(*takes)]",
            "fronts = [_Front(*takes), _Front(*takes)]",
        ),
        (
            "a take is no earlier than those before it",
            "takes[line] = np.maximum.accumulate(take_start[line])",
            "takes[line] = take_start[line]",
        ),
        (
            "a put is no later than those after it",
            "np.minimum.accumulate(np.minimum(put_end, takes)[line][::-1])[::-1]",
            "np.minimum(put_end, takes)[line]",
        ),
        (
            "a take that found nothing stands in the line",
            "place[:count], empties, place[count:])",
            "place[:count], empties)",
        ),
    ),
    *harmful(
        "fast.unordered_queue",
        ("unordered-queue",),
        (
            "an element is inside only during its stay",
            "puts = np.minimum(elements.put_end, elements.take_start)",
            "puts = elements.put_start",
        ),
    ),
    *harmful(
        "fast.points",
        QUEUES[:3],
        (
            "an element's put comes before its take",
            "2 * rank, 2 * rank[taken] + 1,",
            "2 * rank + 1, 2 * rank[taken],",
        ),
        (
            "whoever found nothing goes last",
            "np.full(len(empties), len(elements.values))",
            "np.full(len(empties), -1)",
        ),
    ),
]
