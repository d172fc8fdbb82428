"""Proof that a fault took effect, or was healed: measured, never assumed.

A fault without proof makes a run's verdict unknown, because a valid history under faults that never
happened says nothing about the store.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Proof:
    """Whether a fault (or its healing) was seen to take effect, and what was seen.

    `detail` is for people: what was measured, on which nodes, with numbers.
    """

    effective: bool
    detail: str

    @staticmethod
    def every(proofs: Iterable[Proof]) -> Proof:
        """Combine: effective only when all are (and there is at least one).

        The details of the ones that failed come first, because they are what a reader looks for.
        """
        known = sorted(proofs, key=lambda proof: proof.effective)
        effective = bool(known) and known[0].effective
        detail = "; ".join(proof.detail for proof in known) or "nothing was measured"
        return Proof(effective, detail)
