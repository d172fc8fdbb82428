"""What may be left out of a counterexample, for every kind of object, by checker and verifier.

`SPLITBRAIN_HISTORIES` says how many histories of each family; `SPLITBRAIN_SEED` repeats a run.
"""

from __future__ import annotations

import inspect
import os
from itertools import combinations
from random import SystemRandom
from types import ModuleType

import pytest

from harness.checker import check
from harness.checker.licence import ReadsLicence, licence
from harness.model.bank import Bank
from harness.verify import licence as verifying
from harness.verify.licence import observed
from tests.checker.force import TooMuch
from tests.checker.parts import (
    FAMILIES,
    Cut,
    Part,
    Whole,
    by_checker,
    by_verifier,
    try_cuts,
    wholes,
)
from tests.checker.trust.broken import Mutation, broken

HISTORIES = int(os.environ.get("SPLITBRAIN_HISTORIES", "300"))
MOST_TO_CHOOSE_FROM = 9
SEED = int(os.environ.get("SPLITBRAIN_SEED", SystemRandom().randrange(10**9)))
CUTS = {"checker": by_checker(licence), "verifier": by_verifier(observed)}
NOTHING_GOES = {"a user's model"}
"""Families with so few reads that a part is often everything or nothing."""


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("who", CUTS)
def test_what_is_linearizable_stays_so(who: str, family: str) -> None:
    tried = try_cuts(CUTS[who], family, HISTORIES, SEED)
    assert tried.unsound is None
    assert tried.telling > HISTORIES // (100 if family in NOTHING_GOES else 5), (family, SEED)


@pytest.mark.parametrize("family", FAMILIES)
def test_checker_and_verifier_agree(family: str) -> None:
    for number, (rng, whole) in enumerate(wholes(family, HISTORIES, SEED)):
        calls, model, everything = whole.calls, whole.sort.model, whole.everything
        unwanted = frozenset(at for at in sorted(everything) if rng.random() < 0.2)
        if isinstance(licence(calls, model), ReadsLicence):  # which keeps what may not go
            unwanted = frozenset(at for at in unwanted if calls[at].f in model.reads)
        part = CUTS["checker"](calls, model, everything, unwanted)
        assert is_licensed(whole, part), (family, SEED, number)
        assert not part & unwanted, (family, SEED, number)
        if not has_no_largest(whole):
            assert part == CUTS["verifier"](calls, model, everything, unwanted), (SEED, number)
        some = frozenset(at for at in sorted(everything) if rng.random() < 0.2)
        support = licence(calls, model).support(some)
        assert some <= support, (family, SEED, number)
        assert is_licensed(whole, support), (family, SEED, number)


@pytest.mark.parametrize("family", FAMILIES)
def test_no_part_around_a_call_has_less_than_the_least(family: str) -> None:
    for number, (rng, whole) in enumerate(wholes(family, HISTORIES, SEED)):
        rules = licence(whole.calls, whole.sort.model)
        if not rules.least:
            continue
        unwanted = frozenset(at for at in sorted(whole.everything) if rng.random() < 0.2)
        part = rules.without(whole.everything, unwanted)
        for at in part:
            assert rules.support(frozenset({at})) <= part, (family, SEED, number, at)


def is_licensed(whole: Whole, part: Part) -> bool:
    """Whether the verifier would let everything else go."""
    kept = {whole.calls[at] for at in part}
    return not any(observed(set(whole.calls) - kept, kept, whole.sort.model))


def has_no_largest(whole: Whole) -> bool:
    """Whether two licensed parts together may be none."""
    model = whole.sort.model
    return isinstance(model, Bank) and model.balances is None and model.overdraft


@pytest.mark.parametrize("family", FAMILIES)
def test_no_licensed_part_of_a_counterexample_would_do(family: str) -> None:
    """Every choice of operations is tried, where there are few."""
    tried = 0
    for number, (_, whole) in enumerate(wholes(family, HISTORIES, SEED)):
        verdict = check(whole.ops, whole.sort.model)
        if verdict.valid is not False or len(verdict.counterexample) > MOST_TO_CHOOSE_FROM:
            continue
        whole = whole.until(verdict.until)
        began = {operation.invocation.index for operation in verdict.counterexample}
        part = [at for at, call in enumerate(whole.calls) if whole.began(call) in began]
        try:
            assert not whole.linearizable(frozenset(part)), (family, SEED, number)
            assert is_licensed(whole, frozenset(part)), (family, SEED, number)
            for size in range(len(part)):
                for chosen in map(frozenset, combinations(part, size)):
                    if is_licensed(whole, chosen):
                        assert whole.linearizable(chosen), (family, SEED, number, sorted(chosen))
        except TooMuch:
            continue
        tried += 1
    assert tried > HISTORIES // 20, (family, SEED)


def in_verifier(text: str, instead: str) -> Cut:
    """The verifier's licence with one place of its source changed."""
    source = inspect.getsource(verifying)
    assert source.count(text) == 1, text
    copy = ModuleType("broken_licence")
    exec(compile(source.replace(text, instead), verifying.__file__, "exec"), copy.__dict__)
    return by_verifier(copy.observed)


@pytest.mark.parametrize(
    ("family", "text", "instead"),
    [
        ("cas-register", "e.start <= until", "e.start < reader.start"),
        ("cas-register", "[(LAST, cas.value[0])]", "()"),
        ("register, repeated values", "if e.precedes(reader)), default", "), default"),
        ("multi-register", "left[key] = value", "left.setdefault(key, value)"),
        ("multi-register", "wants.append((LAST, key, value))", "wants.append((LAST, 0, value))"),
        ("multi-register", "key not in left and not call.crashed", "key in left"),
        ("set", '"remove": _leaves(AFTER)', '"remove": lambda _: ((), ())'),
        ("set", "reader.start if how == AFTER", "1 << 70 if how == AFTER"),
        ("set", "in (BEFORE, LAST, MOVED)", "in (BEFORE, LAST, MOVED, AFTER)"),
        ("grow-only-set", '{"add": _leaves(LAST)', '{"add": lambda _: ((), ())'),
        (
            "list-append",
            '"append": _leaves(BEFORE), "read": _shows(BEFORE)',
            '"append": _leaves(LAST), "read": _shows(LAST)',
        ),
        ("log", "for i in (at, None)]", "for i in (at,)]"),
        ("log", "for i in (at, None)]", "for i in (None,)]"),
        ("counter", "if add.value else ()", "if add.value > 1 else ()"),
        ("bank", "() if model.overdraft else sums", "()"),
        ("bank", "else first", "else 1 << 70"),
        ("bank", "(reader.start for reader in readers)", "(reader.end for reader in readers)"),
        ("bank", "if amount and payer", "if amount > 1 and payer"),
        ("bank, overdraft", "model.balances is None and model.overdraft", "model.overdraft"),
        ("fifo-queue", "[(EVER, element), *(", "[*("),
        ("fifo-queue", "*([(EVER, UNKNOWN)] * (left[element] > 0))", ""),
        ("unordered-queue", "*([(EVER, UNKNOWN)] * (left[element] > 0))", ""),
        ("priority-queue", "return [(EVER, element)],", "return (),"),
        ("stack", "return [(EVER, UNKNOWN)], ()", "return (), ()"),
        ("mutex", "and not model.by_process", "and model.by_process"),
        ("semaphore", "and not model.by_process", "and model.by_process"),
        ("semaphore", 'if call.f == "release" and mine else', "if False else"),
        ("reentrant-mutex", "mine.pop() if", "mine[0] if"),
        ("fenced-lock", 'if call.f == "release" and mine else', "if False else"),
        ("a user's model", "([(EVER,)] * (call.f in effects), [(EVER,)])", "((), ())"),
    ],
)
def test_a_verifier_that_lets_too_much_go_is_noticed(family: str, text: str, instead: str) -> None:
    assert try_cuts(in_verifier(text, instead), family, 3000, "mutations").unsound is not None


@pytest.mark.parametrize(
    ("family", "module", "text", "instead"),
    [
        ("multi-register", "objects", "written[key] = value", "written.setdefault(key, value)"),
        ("multi-register", "objects", "key not in written and not", "key in written and not"),
        ("set", "objects", "[(LAST, call.value)], [(AFTER, call.value)]", "[(LAST, call.value)]"),
        ("set", "facts", "return call.start", "return 1 << 70"),
        ("set", "facts", "if self._how in (BEFORE, LAST)", "if self._how in (BEFORE, LAST, AFTER)"),
        ("grow-only-set", "facts", "bisect_left(self._ends, call.start)", "len(self._ends)"),
        (
            "list-append",
            "facts",
            "candidates = bisect_left(self._starts, call.end)",
            "candidates = 0",
        ),
        ("list-append", "objects", "shows=(BEFORE, _answer", "shows=(LAST, _answer"),
        ("log", "objects", "None if call.crashed else cast", "0 if call.crashed else cast"),
        ("log", "objects", "shows=(BEFORE, records)", "shows=(BEFORE, ())"),
        (
            "counter",
            "objects",
            "Facts(SUM) if call.value else",
            "Facts(SUM) if call.value > 1 else",
        ),
        ("bank", "objects", "() if overdraft else SUM", "()"),
        ("bank", "objects", "amount != 0 and payer", "amount > 1 and payer"),
        ("bank", "bank", "first = min(self.calls[at].start", "first = max(self.calls[at].start"),
        ("bank", "bank", "last = max(self.calls[at].end", "last = min(self.calls[at].end"),
        ("bank, overdraft", "__init__", "model.balances is None and model", "model"),
        (
            "fifo-queue",
            "elements",
            "[about, SOMETHING] if left[element] > 0 else [about]",
            "[about]",
        ),
        ("stack", "elements", "Facts([SOMETHING])", "Facts()"),
        ("priority-queue", "elements", "Facts([about], [", "Facts((), ["),
        ("unordered-queue", "elements", "left[element] > 0", "left[element] > 1"),
        ("semaphore", "holds", "elif not owned:", "elif owned:"),
        ("reentrant-mutex", "holds", "hold = mine.pop()", "hold = mine[0]"),
        ("fenced-lock", "holds", "hold = mine.pop()", "mine.pop()"),
    ],
)
def test_a_checker_that_lets_too_much_go_is_noticed(
    family: str, module: str, text: str, instead: str
) -> None:
    name = "licence" if module == "__init__" else f"licence.{module}"
    with broken(Mutation("what may go", name, text, instead)) as copy:
        tried = try_cuts(by_checker(copy.licence.licence), family, 3000, "mutations")
    assert tried.unsound is not None
