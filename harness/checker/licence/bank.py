"""What may be left out of a counterexample on a bank whose first balances nobody knows.

A transfer that was over before every read that stays, or was invoked after all of them, may go::

    transfer       reads that stay        transfer
    ├──────┤    ├────┤  ├───┤  ├────┤     ├──────┤
      may go                                may go

Proof: what moved before every read is as if it had been so from the beginning, which is unknown;
what moves after all of them nobody sees. (With overdraft only: else a transfer may need the money
of another.) Which transfers stay is a matter of the reads that do; so to leave out one between them
means to leave out those on one side of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.checker.licence.objects import moves
from harness.model import Call


class UnknownBalancesLicence:
    """The licensed parts of the calls on such a bank."""

    least = False

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls = calls
        self._reads = frozenset(
            at for at, call in enumerate(calls) if call.f == "read" and not call.crashed
        )
        self._moving = [at for at, call in enumerate(calls) if call.f != "read" and moves(call)]

    def without(self, part: frozenset[int], unwanted: Iterable[int]) -> frozenset[int]:
        """See `Licence`. There is no largest part: of two sides, the one with more reads stays."""
        unwanted = part.intersection(unwanted)
        calls, reads = self.calls, (part & self._reads) - unwanted
        for at in unwanted.intersection(self._moving):
            before = frozenset(read for read in reads if calls[read].precedes(calls[at]))
            after = frozenset(read for read in reads if calls[at].precedes(calls[read]))
            reads = before if len(before) > len(after) else after
        free = (part - unwanted).difference(self._reads, self._moving)
        return reads | (self._between(reads) & part) | free

    def support(self, part: frozenset[int]) -> frozenset[int]:
        """See `Licence`."""
        return part | self._between(part & self._reads)

    def _between(self, reads: frozenset[int]) -> frozenset[int]:
        """The transfers that were neither over before all these reads nor invoked after them."""
        if not reads:
            return frozenset()
        first = min(self.calls[at].start for at in reads)
        last = max(self.calls[at].end for at in reads)
        return frozenset(
            at
            for at in self._moving
            if self.calls[at].end >= first and self.calls[at].start <= last
        )
