"""Time buckets that fit the run: latencies and rates over time, for a run of 20 s or of a day.

A fixed width gives a short run two points and a long one a hedge of noise. Here the width is the
round number that gives about `WANTED` buckets, wider where operations are too few for a quantile to
mean anything::

    20 s, 20,000 operations   →  0.5 s     40 buckets
    20 s,    200 operations   →  2 s       10 buckets
    1 h                       →  1 min     60 buckets
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from reports.palette import OUTCOMES

WANTED = 60
OPERATIONS_FOR_A_QUANTILE = 20
FEWEST = 8

OTHER = "(other)"

QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}

ROUND = (1.0, 2.0, 5.0)
ROUND_SECONDS = (15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Buckets:
    """Slices of the run, all of one width but the last, which ends with the run."""

    width_s: float
    count: int
    duration_s: float

    def of(self, seconds: Floats) -> NDArray[np.int64]:
        """The number of the bucket in which each moment falls."""
        at = np.floor(seconds / self.width_s).astype(np.int64)
        return np.clip(at, 0, self.count - 1)

    @property
    def edges_s(self) -> Floats:
        """Where the buckets begin, and where the last one ends."""
        return np.append(np.arange(self.count) * self.width_s, self.duration_s)

    @property
    def middles_s(self) -> Floats:
        """Where each bucket's point is drawn."""
        edges = self.edges_s
        return (edges[:-1] + edges[1:]) / 2


def fitting(duration_s: float, operations: int) -> Buckets:
    """The buckets for a run of this length with this many operations."""
    if duration_s <= 0:
        return Buckets(1.0, 1, 1.0)
    by_count = duration_s * OPERATIONS_FOR_A_QUANTILE / max(operations, 1)
    width = round_up(min(max(duration_s / WANTED, by_count), duration_s / FEWEST))
    # What is left at the end would be a sliver too thin for a rate: the bucket before it takes it.
    return Buckets(width, max(1, math.floor(duration_s / width + 0.5)), duration_s)


def round_up(seconds: float) -> float:
    """The next width that people like to read: 1, 2 or 5 of a power of ten, or whole minutes."""
    for width in ROUND_SECONDS if seconds > 10 else ():
        if seconds <= width:
            return width
    power = 10.0 ** math.floor(math.log10(seconds))
    for digit in ROUND:
        if seconds <= digit * power * (1 + 1e-9):
            return digit * power
    return 10 * power


def common(table: pd.DataFrame, most: int = 8) -> pd.Series[str]:
    """Each operation's f, where all but the most frequent ones are called `OTHER`."""
    kinds = table["f"].astype(str)
    counts = kinds.value_counts()
    if len(counts) <= most:
        return kinds
    return kinds.where(kinds.isin(counts.index[: most - 1]), OTHER)


def latency_quantiles(table: pd.DataFrame, buckets: Buckets) -> pd.DataFrame:
    """Quantiles of the latency in ms; a row for each bucket in which an operation was invoked.

    The index is the bucket, the columns are those of `QUANTILES` and `operations`, the number they
    were made from. Operations of which nothing was heard again have no latency and don't count.
    """
    known = table[table["latency_ms"].notna()]
    grouped = known["latency_ms"].groupby(buckets.of(known["invoked_s"].to_numpy(dtype=np.float64)))
    columns = {name: grouped.quantile(q, interpolation="higher") for name, q in QUANTILES.items()}
    return pd.DataFrame({**columns, "operations": grouped.size()})


def rates(table: pd.DataFrame, buckets: Buckets) -> dict[tuple[str, str], Floats]:
    """Completions per second in each bucket, by f and outcome.

    An operation counts when it completed, for that is when the client had its answer; where nothing
    was heard again, when it was invoked.
    """
    moment = table["completed_s"].fillna(table["invoked_s"]).to_numpy(dtype=np.float64)
    at = buckets.of(moment)
    kinds, outcomes = common(table).to_numpy(), table["outcome"].to_numpy()
    found: dict[tuple[str, str], Floats] = {}
    for f in sorted(set(kinds)):
        for outcome in OUTCOMES:
            chosen = (kinds == f) & (outcomes == outcome)
            if chosen.any():
                counts = np.bincount(at[chosen], minlength=buckets.count)
                found[f, outcome] = counts / np.diff(buckets.edges_s)
    return found
