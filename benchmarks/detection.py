"""How often a run finds a planted bug, and how often it cries wolf.

    python -m benchmarks.detection --runs 10 --world local --bug leader_local_read --time-limit 30
    python -m benchmarks.detection --runs 10 --world docker

Every argument but `--runs` goes to `splitbrain run`. Prints a line for each run, then the count of
each verdict.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path


def main() -> None:
    """Run the test so many times and count the verdicts."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--runs", type=int, default=10)
    own, rest = parser.parse_known_args()
    verdicts: Counter[str] = Counter()
    command = [str(Path(sys.executable).parent / "splitbrain"), "run", "--json", *rest]
    with tempfile.TemporaryDirectory() as out:
        for number in range(1, own.runs + 1):
            ended = subprocess.run(
                [*command, "--out", out], capture_output=True, text=True, check=False
            )
            if not ended.stdout:
                sys.exit(ended.stderr)
            results = json.loads(ended.stdout)
            verdicts[str(results["valid"])] += 1
            ops = results["stats"].get("ops", 0)
            print(
                f"{number:3}  exit {ended.returncode}  {results['valid']!s:8} {ops:6} operations  "
                f"seed {results['seed']}  {results['reason'] or ''}"[:200],
                flush=True,
            )
    print(", ".join(f"{count} of {own.runs} {verdict}" for verdict, count in verdicts.items()))


if __name__ == "__main__":
    main()
