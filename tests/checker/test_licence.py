"""What may be left out of a counterexample, and that shrinking leaves out all that may."""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random, SystemRandom

import msgspec
import pytest

from harness.checker.budget import Budget
from harness.checker.calls import KeyHistory, split
from harness.checker.licence import licence
from harness.checker.licence.facts import AFTER, Facts, FactsLicence
from harness.checker.shrink import Shrinker
from harness.model import Call, Model
from harness.model.fifo_queue import FifoQueue
from harness.model.list_append import ListAppend
from harness.model.priority_queue import PriorityQueue
from harness.model.register import CasRegister
from harness.model.set import ElementSet
from harness.model.stack import Stack
from harness.model.unordered_queue import UnorderedQueue
from tests.checker.evidence import licensed
from tests.checker.force import events_of, linearizable
from tests.checker.histories import Shape, make
from tests.checker.objects import made
from tests.checker.oracle import Event, by_search
from tests.checker.story import story
from tests.checker.trust.specifications import Collection

SEED = int(os.environ.get("SPLITBRAIN_SEED", SystemRandom().randrange(10**9)))


def calls_of(*lines: str) -> list[Call]:
    """The calls of a story on one key."""
    (key_history,) = split(story(*lines), CasRegister())
    return list(key_history.calls)


def left_without(calls: list[Call], *unwanted: int) -> list[int]:
    """The positions that stay when some go."""
    everything = frozenset(range(len(calls)))
    return sorted(licence(calls, CasRegister()).without(everything, unwanted))


def test_a_read_may_go_alone() -> None:
    assert left_without(calls_of("1: write 1 ok", "2: read -> 1"), 1) == [0]


def test_a_write_goes_with_what_may_have_observed_it() -> None:
    calls = calls_of("1: write 1 ok", "2: read -> 1", "3: read -> 2", "4: write 3 info")
    assert left_without(calls, 0) == [2, 3]


def test_a_cas_that_observed_it_goes_too_and_so_on() -> None:
    calls = calls_of("1: write 1 ok", "2: cas [1,2] ok", "3: cas [2,3] info", "4: read -> 3")
    assert left_without(calls, 0) == []


def test_a_read_that_was_over_before_the_write_can_stay() -> None:
    assert left_without(calls_of("2: read -> 1", "1: write 1 ok"), 1) == [0]


def test_a_read_can_stay_if_the_value_was_written_again_in_between() -> None:
    calls = calls_of("1: write 1 ok", "1: write 1 ok", "2: read -> 1")
    assert left_without(calls, 0) == [1, 2]
    assert left_without(calls, 0, 1) == []


def test_a_crashed_write_in_between_proves_nothing() -> None:
    assert left_without(calls_of("1: write 1 ok", "3: write 1 info", "2: read -> 1"), 0) == [1]


def test_leaving_out_with_licence_keeps_linearizable_histories_linearizable() -> None:
    """The licence's whole point, and that it agrees with the tests' own reading of it."""
    rng = Random(SEED)
    for number in range(1500):
        shape = Shape(rng.randint(2, 14), rng.randint(2, 6), 3, crash=0.2, corrupt=0.0)
        (key_history,) = split(make(shape, rng), CasRegister())
        calls = key_history.calls
        unwanted = [at for at in range(len(calls)) if rng.random() < 0.2]
        kept = licence(calls, CasRegister()).without(frozenset(range(len(calls))), unwanted)
        part = [calls[at] for at in sorted(kept)]
        assert by_search([event(call, key_history) for call in part]), (SEED, number)
        of = key_history.operation
        assert licensed([of(call) for call in part], [of(call) for call in calls]), (SEED, number)


def event(call: Call, key_history: KeyHistory) -> Event:
    """The call as the oracle knows it."""
    operation = key_history.operation(call)
    invoked, completed = operation.invocation, operation.completion
    answer = None if completed is None else completed.value
    ended = None if call.crashed else call.end
    return Event(call.start, ended, call.f, invoked.value, answer)


def test_without_time_the_part_is_not_shrunk_and_not_called_irreducible() -> None:
    calls = calls_of("1: write 1 ok", "1: write 2 ok", "2: read -> 2", "2: read -> 1")
    shrunk = Shrinker(
        licence(calls, CasRegister()), lambda part: (False, part), Budget(0.0)
    ).shrink(frozenset())
    assert shrunk.part == frozenset(range(4))
    assert not shrunk.irreducible


def test_a_part_too_hard_to_decide_stays_and_is_not_called_irreducible() -> None:
    calls = calls_of("1: write 1 ok", "1: write 2 ok", "2: read -> 2", "2: read -> 1")
    shrunk = Shrinker(licence(calls, CasRegister()), lambda part: (None, part), Budget()).shrink(
        frozenset()
    )
    assert shrunk.part == frozenset(range(4))
    assert not shrunk.irreducible


def test_what_was_too_hard_as_a_larger_part_is_decided_call_by_call() -> None:
    calls = calls_of("1: write 1 ok", "1: write 2 ok", "2: read -> 2", "2: read -> 1")
    wanted = frozenset({0, 1, 3})
    shrunk = Shrinker(
        licence(calls, CasRegister()),
        lambda part: (None if len(part) == 2 and 1 in part else not wanted <= part, part),
        Budget(),
    ).shrink(frozenset())
    assert shrunk.part == wanted
    assert shrunk.irreducible


def test_a_hint_that_errs_is_not_believed() -> None:
    calls = calls_of("1: write 1 ok", "1: write 2 ok", "2: read -> 2", "2: read -> 1")
    wanted = frozenset({0, 1, 3})
    shrunk = Shrinker(
        licence(calls, CasRegister()), lambda part: (not wanted <= part, frozenset({2})), Budget()
    ).shrink(frozenset({2}))
    assert shrunk.part == wanted


def test_what_was_not_decided_in_time_is_tried_again_at_the_end() -> None:
    calls = calls_of("1: write 1 ok", *["2: read -> 1"] * 3)
    tried: set[frozenset[int]] = set()

    def decide(part: frozenset[int]) -> tuple[bool | None, frozenset[int]]:
        if part in tried:
            return not frozenset({0, 2}) <= part, frozenset()
        tried.add(part)
        return None, frozenset()

    shrunk = Shrinker(licence(calls, CasRegister()), decide, Budget()).shrink(frozenset({1, 3}))
    assert shrunk.part == frozenset({0, 1, 2})
    assert not shrunk.irreducible


def test_what_came_last_is_looked_at_first() -> None:
    calls = calls_of("1: write 1 ok", *["2: read -> 1"] * 40)
    everything, wanted = frozenset(range(41)), frozenset({0, 36, 40})
    tried: list[int] = []

    def decide(part: frozenset[int]) -> tuple[bool, frozenset[int]]:
        tried.append(len(part))
        return not wanted <= part, part

    shrunk = Shrinker(licence(calls, CasRegister()), decide, Budget()).shrink(everything)
    assert shrunk.part == wanted
    assert max(tried) < 10


def test_what_came_last_may_have_a_linearization() -> None:
    calls = calls_of("1: write 1 ok", *["2: read -> 1"] * 40)
    everything, wanted = frozenset(range(41)), frozenset({0, 3, 40})
    shrunk = Shrinker(
        licence(calls, CasRegister()), lambda part: (not wanted <= part, part), Budget()
    ).shrink(everything)
    assert shrunk.part == wanted


def test_calls_that_only_go_together_are_tried_once() -> None:
    lines = [line for _ in range(20) for line in ("1: enqueue 1 ok", "1: dequeue -> 1")]
    (key_history,) = split(story(*lines, "1: dequeue -> 2"), FifoQueue())
    tried: list[frozenset[int]] = []

    def decide(part: frozenset[int]) -> tuple[bool, frozenset[int]]:
        tried.append(part)
        return True, frozenset()

    shrunk = Shrinker(licence(key_history.calls, FifoQueue()), decide, Budget()).shrink(frozenset())
    assert shrunk.irreducible
    assert len(tried) == len(set(tried))


def test_calls_that_can_not_go_together_may_go_one_by_one() -> None:
    calls = calls_of("1: write 1 ok", *["2: read -> 1"] * 7)
    wanted = frozenset({0, 1, 3, 5})
    shrunk = Shrinker(
        licence(calls, CasRegister()), lambda part: (not wanted <= part, frozenset()), Budget()
    ).shrink(frozenset())
    assert shrunk.part == wanted


def test_what_is_around_some_calls_on_a_register_is_licensed() -> None:
    rng = Random(SEED)
    for number in range(1500):
        fs = ("read", "write", "cas", "cas")
        shape = Shape(rng.randint(2, 14), rng.randint(2, 6), 4, fs=fs, crash=0.2, corrupt=0.0)
        (key_history,) = split(make(shape, rng), CasRegister())
        calls = key_history.calls
        part = frozenset(at for at in range(len(calls)) if rng.random() < 0.2)
        around = licence(calls, CasRegister()).support(part)
        of = key_history.operation
        kept = [of(calls[at]) for at in sorted(around)]
        assert part <= around, (SEED, number)
        assert licensed(kept, [of(call) for call in calls]), (SEED, number)


def test_on_a_register_less_may_do_than_what_is_around_some_calls() -> None:
    """The cas hides the first write from the read, and is itself not taken to."""
    calls = calls_of("1: write 1 ok", "1: write 0 ok", "1: cas [0,1] ok", "2: read -> 1")
    rules = licence(calls, CasRegister())
    assert rules.support(frozenset({3})) == {0, 1, 2, 3}
    assert left_without(calls, 0) == [1, 2, 3]
    assert not rules.least


class Unread(tuple[int, ...]):
    """What a read returned, that nobody has time to go through."""

    __slots__ = ()

    def __iter__(self) -> Iterator[int]:
        raise AssertionError("gone through")


@pytest.mark.parametrize(("model", "put"), [(ElementSet(), "add"), (ListAppend(), "append")])
def test_what_reads_show_is_not_gone_through_where_nothing_hangs_on_it(
    model: Model, put: str
) -> None:
    """Explaining a list of 20,000 operations took four times its time limit, for this alone."""
    lines = [*(f"1: {put} {at} ok" for at in range(4)), "2: read -> [0,1]"]
    (key_history,) = split(story(*lines), model)
    calls = key_history.calls
    large = msgspec.structs.replace(calls[-1], start=98, end=99, result=Unread(range(4)))
    rules = licence([*calls, large], model)
    assert rules.support(frozenset({4})) == {0, 1, 4}
    assert rules.without(frozenset({0, 1, 4}), {0}) == {1}


@pytest.mark.parametrize("model", [FifoQueue(), UnorderedQueue(), PriorityQueue(), Stack()])
def test_so_is_what_stays_and_what_is_around_on_a_collection(model: Model) -> None:
    """Of a linearizable history, either is linearizable; an element that was taken was put in."""
    rng = Random(SEED)
    kind = Collection(model.name, rng.choice((None, 3)))
    for number in range(400):
        ops = made(kind, rng, rng.randint(2, 12), rng.randint(2, 5), rng.choice((0, 0.2)))
        events = events_of(ops)
        for key_history in split(ops, model):
            calls = key_history.calls
            index = [key_history.operation(call).invocation.index for call in calls]
            chosen = frozenset(at for at in range(len(calls)) if rng.random() < 0.2)
            rules = licence(calls, model)
            around = rules.support(chosen)
            assert chosen <= around
            for part in (rules.without(frozenset(range(len(calls))), chosen), around):
                kept = {index[at] for at in part}
                stay = [event for event in events if event.began in kept]
                assert linearizable(kind, stay), (SEED, model.name, number)


def test_what_one_reader_may_have_observed_is_no_bound_for_another() -> None:
    """Two that want what comes later: to the later one the first change was over, to the earlier
    one it was not, whichever is looked at first.
    """
    calls = [
        Call(1, 3, "change", None, None),
        Call(2, 8, "want", None, None),
        Call(4, 9, "want", None, None),
        Call(5, 7, "change", None, None),
    ]

    def facts(call: Call) -> Facts:
        later = ((AFTER, "x"),)
        return Facts(leaves=later) if call.f == "change" else Facts(wants=later)

    rules = FactsLicence(calls, facts)
    assert rules.support(frozenset({2})) == {2, 3}
    assert rules.support(frozenset({1})) == {0, 1, 3}
    assert rules.support(frozenset({1, 2})) == {0, 1, 2, 3}
