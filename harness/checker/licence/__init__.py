"""Which operations may be left out of a counterexample.

Any history becomes non-linearizable if one deletes the right operations, so a part of a history
proves nothing by itself. It does when only such operations were left out that a linearization of
the whole, without them, is a linearization of the part. Reads are such under every model: they
change no state. What else is, depends on the kind of object; `docs/certificates.md` has the rules
and their proofs, and `harness.verify` checks them again.

What was left out is compared with what stays, in the whole history; how one got there does not
matter. Unions of licensed parts are licensed, so below each set there is one largest licensed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from harness.checker.licence.elements import ElementsLicence
from harness.checker.licence.register import RegisterLicence, expects, writes
from harness.model import Call, Model

__all__ = ["Licence", "ReadsLicence", "expects", "licence", "writes"]

ELEMENTS = frozenset({"fifo-queue", "unordered-queue", "priority-queue", "stack", "unique-ids"})


class Licence(Protocol):
    """The licensed parts of one object's calls; parts are sets of positions."""

    calls: Sequence[Call]

    def without(self, part: frozenset[int], unwanted: Iterable[int]) -> frozenset[int]:
        """The largest licensed part of `part` that has none of the unwanted; `part` is licensed."""
        ...

    def support(self, part: frozenset[int]) -> frozenset[int]:
        """A licensed part around any part, as small as is easily found."""
        ...


class ReadsLicence:
    """Only reads may go."""

    def __init__(self, calls: Sequence[Call], reads: frozenset[str]) -> None:
        self.calls = calls
        self._reads = frozenset(at for at, call in enumerate(calls) if call.f in reads)

    def without(self, part: frozenset[int], unwanted: Iterable[int]) -> frozenset[int]:
        """See `Licence`."""
        return part - self._reads.intersection(unwanted)

    def support(self, part: frozenset[int]) -> frozenset[int]:
        """See `Licence`."""
        return part | (frozenset(range(len(self.calls))) - self._reads)


def licence(calls: Sequence[Call], model: Model) -> Licence:
    """What the kind of object allows."""
    if model.kind == "register":
        return RegisterLicence(calls)
    if model.kind in ELEMENTS:
        return ElementsLicence(calls)
    return ReadsLicence(calls, model.reads)
