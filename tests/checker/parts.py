"""Parts of histories, cut with licence, held against brute force.

A licence is right if an order of the whole always gives one of what it lets stay; that is what
`unsound` looks for a contradiction of. It is not enough to try it on the whole: a counterexample is
cut step by step, and called irreducible because a linearizable part stays linearizable however it
is cut further. So parts are cut again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise
from random import Random

from harness.checker.licence import Licence
from harness.history.op import Op
from harness.model import Call, Model
from harness.model.bank import Bank
from tests.checker import families
from tests.checker.families import calls_of
from tests.checker.force import Event, TooMuch, events_of, linearizable
from tests.checker.objects import Money
from tests.checker.trust.families import FAMILIES as TRUSTED
from tests.checker.trust.families import SMALL, Sort

Part = frozenset[int]
Cut = Callable[[Sequence[Call], Model, Part, Part], Part]
"""What stays of a licensed part of these calls without the unwanted ones; as positions."""
Observed = Callable[[Iterable[Call], Iterable[Call], Model], Iterable[tuple[Call, Call]]]

RICH = families.Family(Money(overdraft=True), Bank({"0": 5, "1": 5, "2": 5}))
FAMILIES = {
    **TRUSTED,
    "bank, overdraft": (Sort(RICH.model, RICH.kind, partial(families.history_of, RICH)),),
}


@dataclass(frozen=True)
class Whole:
    """The operations on one key that happened or may have, by invocation."""

    sort: Sort
    ops: Sequence[Op]

    @cached_property
    def events(self) -> Sequence[Event]:
        """With all that failed left out."""
        return events_of(self.ops)

    @cached_property
    def calls(self) -> Sequence[Call]:
        """Without reads that crashed; `row` says which event each is."""
        return calls_of(self.events, self.sort.model)

    @property
    def everything(self) -> Part:
        """All positions."""
        return frozenset(range(len(self.calls)))

    def until(self, cut: int | None) -> Whole:
        """What was known before an index; what failed later is left out all the same."""
        if cut is None:
            return self
        happened = {event.began for event in self.events}
        known = [op for op in self.ops if op.index < cut]
        known = [op for op in known if op.type not in ("invoke", "fail") or op.index in happened]
        return Whole(self.sort, known)

    def began(self, call: Call) -> int:
        """The index of its invocation."""
        return self.events[call.row].began

    def linearizable(self, part: Part) -> bool:
        """Whether a part has an order. Raises TooMuch."""
        events = [self.events[self.calls[at].row] for at in sorted(part)]
        return linearizable(self.sort.kind, events)


def wholes(family: str, histories: int, seed: object) -> Iterator[tuple[Random, Whole]]:
    """Small histories of a family, always the same for a seed, each with a source of chance."""
    for number in range(histories):
        rng = Random(f"{seed}/{family}/{number}")
        sort = rng.choice(FAMILIES[family])
        ops = sort.make(SMALL, rng)
        yield rng, Whole(sort, [op for op in ops if op.key == ops[0].key])


def by_checker(licence: Callable[[Sequence[Call], Model], Licence]) -> Cut:
    """The way of the checker."""
    return lambda calls, model, part, unwanted: licence(calls, model).without(part, unwanted)


def by_verifier(observed: Observed) -> Cut:
    """The way of the verifier: what may have observed something that went has to go as well."""

    def cut(calls: Sequence[Call], model: Model, part: Part, unwanted: Part) -> Part:
        kept = {calls[at] for at in part - unwanted}
        whole = set(calls)
        while lost := {reader for _, reader in observed(whole - kept, kept, model)}:
            kept -= lost
        return frozenset(at for at, call in enumerate(calls) if call in kept)

    return cut


@dataclass
class Tried:
    """How many cuts left out something and kept something, and what was wrong with one."""

    telling: int = 0
    unsound: str | None = None


def try_cuts(cut: Cut, family: str, histories: int, seed: object) -> Tried:
    """Cut at random, twice; stop where something linearizable has become what is not."""
    tried = Tried()
    for number, (rng, whole) in enumerate(wholes(family, histories, seed)):
        parts = [whole.everything]
        for share in (rng.choice((0.1, 0.1, 0.3, 0.6)), 0.2):
            unwanted = frozenset(at for at in sorted(parts[-1]) if rng.random() < share)
            parts.append(cut(whole.calls, whole.sort.model, parts[-1], unwanted))
        try:
            have_order = [whole.linearizable(part) for part in parts]
        except TooMuch:
            continue
        for before, after in pairwise(parts):
            tried.telling += 0 < len(after) < len(before)
        if have_order != sorted(have_order):
            shown = ", ".join(str(sorted(part)) for part in parts)
            tried.unsound = f"history {number} of {family}, seed {seed}: {shown}"
            break
    return tried
