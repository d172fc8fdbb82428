"""The checker against brute force on many random histories: `python -m benchmarks.million`.

The histories, the brute force and what is required of the evidence are those of
`tests/checker/trust`; here they go on until there were a million, on all cores.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from random import SystemRandom
from time import monotonic

from tests.checker.trust.families import FAMILIES
from tests.checker.trust.judge import PORTION, judged_portion


def main() -> None:
    """Print how many of each family were judged right."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--histories", type=int, default=1_000_000, help="of all families together")
    parser.add_argument("--seed", type=int, default=SystemRandom().randrange(10**9))
    given = parser.parse_args()
    each = -(-given.histories // len(FAMILIES))
    print(f"seed {given.seed}, {each} histories of each of {len(FAMILIES)} families")
    began = monotonic()
    counts = {family: Counter[bool]() for family in FAMILIES}
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        asked = [
            (family, pool.submit(judged_portion, given.seed, family, each, begin))
            for begin in range(0, each, PORTION)
            for family in FAMILIES
        ]
        for family, portion in asked:
            counts[family] += portion.result()
    for family, verdicts in counts.items():
        print(f"{family:<28} {verdicts[True]:>8} valid {verdicts[False]:>8} invalid, all right")
    total = sum(sum(verdicts.values()) for verdicts in counts.values())
    print(f"{total} histories in {monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
