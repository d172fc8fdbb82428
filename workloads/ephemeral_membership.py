"""Groups kept by ephemeral files: who joins is listed until it leaves or is cut off for too long.

Everybody joins under names that never repeat, so a list says which membership it saw. A ghost (a
file that outlived its session) shows in a list after its owner left or joined anew; a member that
was dropped although it lives shows in a `check`, which asks nobody but the client.
"""

from __future__ import annotations

from typing import ClassVar

from harness.generator import (
    Generator,
    Invocation,
    count,
    mix,
    read_each_key,
    repeat,
    reserve,
    rotate_keys,
    while_holding,
)
from harness.model import Model
from harness.model.membership import Membership
from harness.workload import LONG_LIVED, WorkloadOptions, few_keys, few_readers, uses


class EphemeralMembershipWorkload:
    """Joins 1, 2, 3, …; checks and leaves of members; a third only lists; last lists."""

    name: ClassVar[str] = "ephemeral-membership"
    needs: ClassVar[str] = "membership"

    def __init__(self, options: WorkloadOptions) -> None:
        members = repeat(lambda ctx: Invocation("list"))
        check = repeat(lambda ctx: Invocation("check"))
        leave = repeat(lambda ctx: Invocation("leave"))
        self.model: Model = Membership()
        self.generator: Generator = rotate_keys(
            lambda key: reserve(
                few_readers(options),
                members,
                while_holding(
                    mix([*[check] * uses(key), leave]),
                    count(lambda number: Invocation("join", number)),
                    gains="join",
                    gives_up="leave",
                ),
            ),
            active=few_keys(options),
            ops_per_key=LONG_LIVED * options.ops_per_key,
        )
        self.final: Generator = read_each_key("list")
