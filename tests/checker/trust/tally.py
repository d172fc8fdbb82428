"""Many histories judged, and how they were: what the tests and `benchmarks.million` count."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from time import process_time

from tests.checker.force import TooMuch
from tests.checker.trust.judge import case, judged_right

PORTION = 250
"""Histories that one process judges at a time."""


@dataclass
class Tally:
    """How some histories of a family were judged.

    Args:
        verdicts: how many are linearizable and how many are not, of those that were judged right.
        too_much: how many brute force, or who looks for the fewest operations, could not finish.
        wrong: a line for each that was judged wrong: which, and how to repeat it.
        cpu_s: what it took: histories, brute force, the checker, and the check of its evidence.
    """

    verdicts: Counter[bool] = field(default_factory=Counter)
    too_much: int = 0
    wrong: list[str] = field(default_factory=list)
    cpu_s: float = 0.0

    def add(self, other: Tally) -> None:
        """Count those of another as well."""
        self.verdicts += other.verdicts
        self.too_much += other.too_much
        self.wrong += other.wrong
        self.cpu_s += other.cpu_s

    @property
    def histories(self) -> int:
        """All of them."""
        return self.verdicts.total() + self.too_much + len(self.wrong)


def judged_portion(seed: object, family: str, count: int, begin: int) -> Tally:
    """Some of the first `count` histories of a family, judged."""
    tally = Tally()
    since = process_time()
    for number in range(begin, min(begin + PORTION, count)):
        try:
            sort, history = case(seed, family, number)
            tally.verdicts[judged_right(history, sort)] += 1
        except TooMuch:
            tally.too_much += 1
        except Exception as error:
            where = f"history {number} of {family}, SPLITBRAIN_SEED={seed}"
            tally.wrong.append(f"{where}: {type(error).__name__}: {error}")
    tally.cpu_s = process_time() - since
    return tally
