"""Which operations may be left out of a counterexample.

Any history becomes non-linearizable if one deletes the right operations, so a part of a history
proves nothing by itself. It does when only such operations were left out that a linearization of
the whole, without them, is a linearization of the part. Reads are such under every model: they
change no state. What else is, depends on the kind of object; `docs/certificates.md` has the rules
and their proofs, and `harness.verify` checks them again.

What was left out is compared with what stays, in the whole history; how one got there does not
matter. Unions of licensed parts are licensed, so below each set there is one largest licensed (but
for a bank whose first balances are unknown, see `bank`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from harness.checker.licence.bank import UnknownBalancesLicence
from harness.checker.licence.elements import of_elements
from harness.checker.licence.facts import Facts, FactsLicence
from harness.checker.licence.holds import holds_licence
from harness.checker.licence.objects import (
    of_bank,
    of_counter,
    of_list,
    of_log,
    of_set,
    of_transaction,
)
from harness.checker.licence.register import RegisterLicence, expects, writes
from harness.model import Call, Model
from harness.model.bank import Bank

__all__ = ["Licence", "ReadsLicence", "expects", "licence", "writes"]


class Licence(Protocol):
    """The licensed parts of one object's calls; parts are sets of positions."""

    calls: Sequence[Call]

    @property
    def least(self) -> bool:
        """Whether `support` is in every licensed part around the same calls."""
        ...

    def without(self, part: frozenset[int], unwanted: Iterable[int]) -> frozenset[int]:
        """The largest licensed part of `part` that has none of the unwanted; `part` is licensed."""
        ...

    def support(self, part: frozenset[int]) -> frozenset[int]:
        """A licensed part around any part, as small as is easily found."""
        ...


Make = Callable[[Sequence[Call], Model], Licence | None]


class ReadsLicence:
    """Only what nobody can observe may go, such as reads: each by itself."""

    least = True

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
    """What the kind of object allows, if all of its calls are such as the proof knows."""
    fs, make = LICENCES.get(model.kind or "", (frozenset(), None))
    found = make(calls, model) if make and all(call.f in fs for call in calls) else None
    return found or ReadsLicence(calls, model.reads)


def _from_facts(facts: Callable[[Call], Facts]) -> Make:
    return lambda calls, model: FactsLicence(calls, facts)


def _elements(calls: Sequence[Call], model: Model) -> Licence:
    return FactsLicence(calls, of_elements(calls))


def _log(calls: Sequence[Call], model: Model) -> Licence:
    return FactsLicence(calls, of_log(calls))


def _holds(calls: Sequence[Call], model: Model) -> Licence | None:
    return holds_licence(calls, owned=model.by_process)


def _bank(calls: Sequence[Call], model: Model) -> Licence | None:
    if not isinstance(model, Bank):
        return None
    if model.balances is None and model.overdraft:
        return UnknownBalancesLicence(calls)
    return FactsLicence(calls, of_bank(overdraft=model.overdraft))


QUEUE = frozenset({"enqueue", "dequeue"})
LOCK = frozenset({"acquire", "release"})
LICENCES: Mapping[str, tuple[frozenset[str], Make]] = {
    "register": (frozenset({"read", "write", "cas"}), lambda calls, _: RegisterLicence(calls)),
    "multi-register": (frozenset({"txn"}), _from_facts(of_transaction)),
    "set": (frozenset({"add", "remove", "read"}), _from_facts(of_set)),
    "grow-only-set": (frozenset({"add", "read"}), _from_facts(of_set)),
    "list-append": (frozenset({"append", "read"}), _from_facts(of_list)),
    "log": (frozenset({"append", "poll"}), _log),
    "counter": (frozenset({"add", "read"}), _from_facts(of_counter)),
    "bank": (frozenset({"transfer", "read"}), _bank),
    "fifo-queue": (QUEUE, _elements),
    "unordered-queue": (QUEUE, _elements),
    "priority-queue": (QUEUE, _elements),
    "stack": (frozenset({"push", "pop"}), _elements),
    "semaphore": (LOCK, _holds),
    "reentrant-mutex": (LOCK, _holds),
    "fenced-lock": (LOCK, _holds),
    "unique-ids": (frozenset({"generate"}), lambda calls, model: ReadsLicence(calls, model.fs)),
}
"""By `Model.kind`: the calls that the proof knows, and the licence; None where it does not hold."""
