"""Elections: campaign, lead for a while, resign; everybody else asks who was elected last.

A candidate that wins publishes the number of its candidacy. `lead` asks nobody but the client: does
it believe that it leads? Two that believe so at a time show.
"""

from __future__ import annotations

from typing import ClassVar

from harness.generator import (
    Generator,
    Invocation,
    count,
    hold_once,
    mix,
    phases,
    read_each_key,
    repeat,
    reserve,
    rotate_keys,
    while_holding,
)
from harness.model import Model
from harness.model.leader_election import LeaderElection
from harness.workload import LONG_LIVED, WorkloadOptions, few_keys, few_readers, uses


class LeaderElectionWorkload:
    """Candidacies 1, 2, 3, …; leads and resigns of who won; a third only reads; last reads."""

    name: ClassVar[str] = "leader-election"
    needs: ClassVar[str] = "leader-election"

    def __init__(self, options: WorkloadOptions) -> None:
        read = repeat(lambda ctx: Invocation("read"))
        lead = repeat(lambda ctx: Invocation("lead"))
        resign = repeat(lambda ctx: Invocation("resign"))
        self.model: Model = LeaderElection()
        self.generator: Generator = rotate_keys(
            lambda key: reserve(
                few_readers(options),
                read,
                while_holding(
                    mix([*[lead] * uses(key), resign]),
                    count(lambda number: Invocation("campaign", number)),
                    gains="campaign",
                    gives_up="resign",
                ),
            ),
            active=few_keys(options),
            ops_per_key=LONG_LIVED * options.ops_per_key,
        )
        self.final: Generator = phases(
            hold_once(Invocation("campaign", 1), Invocation("lead"), Invocation("resign")),
            read_each_key(),
        )
