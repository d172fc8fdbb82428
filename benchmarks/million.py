"""The checker against brute force on many random histories: `python -m benchmarks.million`.

The histories, the brute force and what is required of the evidence are those of
`tests/checker/trust`; here they go on until there were a million, in two processes. A history
that is judged wrong is told at once and stops nothing; the exit code is then 1.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from random import SystemRandom
from time import monotonic

from tests.checker.trust.families import FAMILIES
from tests.checker.trust.tally import PORTION, Tally, judged_portion

PROGRESS_EVERY_S = 30.0

COLUMNS = "{:<28}{:>10}{:>9}{:>9}{:>10}{:>7}{:>9}{:>9}".format
HEAD = ("family", "histories", "valid", "invalid", "too much", "wrong", "CPU s", "ms each")


def main() -> int:
    """Print how the histories of each family were judged; 1 if any was judged wrong."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--histories", type=int, default=1_000_000, help="of all families together")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**9))
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    each = -(-given.histories // len(FAMILIES))
    print(f"seed {given.seed}: {each} histories of each of {len(FAMILIES)} families", flush=True)
    tallies = {family: Tally() for family in FAMILIES}
    began = said = monotonic()
    for family, portion in judged(given.seed, each, given.processes):
        tallies[family].add(portion)
        for line in portion.wrong:
            print(f"WRONG: {line}", flush=True)
        if monotonic() - said > PROGRESS_EVERY_S:
            said = monotonic()
            print(progress(tallies.values(), each * len(FAMILIES), said - began), flush=True)
    print(*table(tallies), sep="\n")
    whole = total(tallies.values())
    print(f"{whole.histories} histories in {monotonic() - began:.0f} s, seed {given.seed}")
    return 1 if whole.wrong else 0


def judged(seed: int, each: int, processes: int) -> Iterator[tuple[str, Tally]]:
    """All portions of all families, in the order in which they are done."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, context) as pool:
        asked = {
            pool.submit(judged_portion, seed, family, each, begin): family
            for begin in range(0, each, PORTION)
            for family in FAMILIES
        }
        for future in as_completed(asked):
            yield asked.pop(future), future.result()


def progress(tallies: Iterable[Tally], wanted: int, passed_s: float) -> str:
    """How far it has come, and how long it may still take."""
    whole = total(tallies)
    left_s = passed_s * (wanted / whole.histories - 1)
    return (
        f"{whole.histories} of {wanted} histories, {len(whole.wrong)} wrong, "
        f"{passed_s / 60:.0f} min passed, about {left_s / 60:.0f} min left"
    )


def table(tallies: Mapping[str, Tally]) -> Iterator[str]:
    """A line for each family, and one for all."""
    yield COLUMNS(*HEAD)
    for family, tally in [*tallies.items(), ("all", total(tallies.values()))]:
        decided = max(1, tally.verdicts.total())
        yield COLUMNS(
            family,
            tally.histories,
            f"{tally.verdicts[True] / decided:.1%}",
            f"{tally.verdicts[False] / decided:.1%}",
            tally.too_much,
            len(tally.wrong),
            f"{tally.cpu_s:.0f}",
            f"{1000 * tally.cpu_s / max(1, tally.histories):.1f}",
        )


def total(tallies: Iterable[Tally]) -> Tally:
    """All together."""
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole


if __name__ == "__main__":
    sys.exit(main())
