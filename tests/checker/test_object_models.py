"""The models of objects and their fast algorithms, against brute force on plain objects.

`SPLITBRAIN_HISTORIES` says how many histories for each family and size; `SPLITBRAIN_SEED` repeats a
run: the seed is new each time and stands in the message of a failure.
"""

from __future__ import annotations

import os
from collections import Counter as Tally
from collections.abc import Hashable, Sequence
from dataclasses import replace
from importlib.metadata import entry_points
from random import Random, SystemRandom
from time import process_time
from typing import Any

import numpy as np
import pytest

from harness.checker import counter_bounds, set_full
from harness.checker.fast import FAST_PATHS
from harness.checker.fast.element_runs import Runs
from harness.history.op import pair
from harness.model import FOREVER, INCONSISTENT, UNKNOWN, Call, Decided, Model, freeze, thaw
from harness.model.bank import Bank
from harness.model.counter import Counter
from harness.model.fenced_lock import FencedLock
from harness.model.grow_only_set import GrowOnlySet
from harness.model.growing import GrowingSet
from harness.model.list_append import ListAppend
from harness.model.log import Log
from harness.model.multi_register import MultiRegister
from harness.model.mutex import Mutex
from harness.model.records import Records
from harness.model.reentrant_mutex import ReentrantMutex
from harness.model.semaphore import Semaphore
from harness.model.set import ElementSet
from harness.model.unique_ids import UniqueIds
from tests.checker.families import FAMILIES, Family, calls_of, history_of
from tests.checker.force import Event, TooMuch, events_of, linearizable, replays
from tests.checker.objects import Elements, made
from tests.checker.story import story

HISTORIES = int(os.environ.get("SPLITBRAIN_HISTORIES", "300"))
SEED = int(os.environ.get("SPLITBRAIN_SEED", SystemRandom().randrange(10**9)))
SIZES = ["1-12", "15-40"]
FAST = [name for name, family in FAMILIES.items() if family.model.kind in FAST_PATHS]
MODELS: Sequence[Model] = [
    MultiRegister(), Counter(), ElementSet(), GrowOnlySet(), ListAppend(), Log(), Mutex(),
    ReentrantMutex(), Semaphore(), FencedLock(), UniqueIds(), Bank(),
]  # fmt: skip


def cases(name: str, size: str, count: int) -> Any:
    """Histories of a family: seed, what happened or may have, the calls, and the verdict."""
    family = FAMILIES[name]
    for number in range(count):
        seed = f"{SEED}/{name}/{size}/{number}"
        events = events_of(history_of(family, size, Random(seed)))
        events = [e for e in events if e.ended is not None or e.f not in family.model.reads]
        try:
            expected = linearizable(family.kind, events)
        except TooMuch:
            continue  # about one of list-append in a thousand
        yield seed, events, calls_of(events, family.model), expected


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", FAST)
def test_fast_paths_agree_with_brute_force(name: str, size: str) -> None:
    family = FAMILIES[name]
    assert family.model.kind is not None
    decide = FAST_PATHS[family.model.kind].decide
    verdicts: Tally[bool] = Tally()
    for seed, events, calls, expected in cases(name, size, HISTORIES):
        verdicts[expected] += 1
        assert is_right(decide(calls, family.model), family, events, expected), seed
    if HISTORIES >= 1000:  # enough for chance to play no part
        assert min(verdicts[True], verdicts[False]) >= HISTORIES / 6, (SEED, verdicts)


def is_right(
    decided: Decided | None, family: Family, events: Sequence[Event], expected: bool
) -> bool:
    """Whether an order is one, a conflict has none, and None is said only where it may be."""
    if decided is None:
        return not family.exact
    if decided.order is not None:
        return expected and replays(family.kind, events, decided.order)
    conflict = [events[at] for at in sorted(decided.conflict)]
    try:
        return not expected and not linearizable(family.kind, conflict)
    except TooMuch:  # a part can be harder than the whole was; the verdict itself is right
        return True


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", FAMILIES)
def test_models_agree_with_plain_objects(name: str, size: str) -> None:
    for seed, _, calls, expected in cases(name, size, HISTORIES // 5):
        assert by_steps(calls, FAMILIES[name].model) is expected, seed


def by_steps(calls: Sequence[Call], model: Model) -> bool:
    """Whether some order is a path of the model's steps."""
    needed = sum(1 << at for at, call in enumerate(calls) if not call.crashed)
    todo: list[tuple[int, Hashable]] = [(0, model.initial())]
    met = set(todo)
    while todo:
        placed, state = todo.pop()
        if placed & needed == needed:
            return True
        until = min(call.end for at, call in enumerate(calls) if not placed >> at & 1)
        for at, call in enumerate(calls):
            if placed >> at & 1 or call.start > until:
                continue
            for after in model.steps(state, call.f, call.value, call.result):
                step = (placed | 1 << at, after)
                if step not in met:
                    met.add(step)
                    todo.append(step)
    return False


@pytest.mark.parametrize("name", ["set, one life each", "set, one short life each"])
def test_sets_whose_elements_have_one_life_are_decided_without_search(name: str) -> None:
    """But for those with a remove at the end that may as well come before the add."""
    decide = FAST_PATHS["set"].decide
    undecided = sum(
        decide(calls, FAMILIES[name].model) is None for _, _, calls, _ in cases(name, "15-40", 300)
    )
    assert undecided <= 2, SEED


@pytest.mark.parametrize("crash", [0.0, 0.05, 0.2])
@pytest.mark.parametrize("clients", [20, 50])
def test_a_set_whose_elements_come_and_go_among_many_clients_is_decided(
    clients: int, crash: float
) -> None:
    """One in hundreds takes more than the fast path may."""
    undecided = 0
    for number in range(3):
        kind, rng = Elements(lag=21), Random(f"{SEED}/{number}")
        ops = made(kind, rng, operations=1500, clients=clients, crash=crash)
        events = [e for e in events_of(ops) if e.ended is not None or e.f != "read"]
        decided = FAST_PATHS["set"].decide(calls_of(events, ElementSet()), ElementSet())
        if decided is None:
            undecided += 1
            continue
        assert decided.order is not None, SEED
        assert replays(kind, events, decided.order), SEED
    assert undecided <= 1, SEED


def test_a_stale_read_among_many_clients_is_found_and_shown() -> None:
    """A read that lacks what was there before it began, and is still there when it has ended."""
    kind = Elements(lag=21)
    ops = made(kind, Random("stale"), operations=1500, clients=20, crash=0.05)
    events = [e for e in events_of(ops) if e.ended is not None or e.f != "read"]
    adds = {e.asked: e for e in events if e.f == "add" and e.ended is not None}
    removes = {e.asked: e for e in events if e.f == "remove"}
    at, lost = next(
        (at, value)
        for at, read in enumerate(events[700:], 700)
        if read.f == "read"
        for value in read.answer
        if value in adds
        and (adds[value].ended or 0) < read.began
        and (value not in removes or removes[value].began > (read.ended or 0))
    )
    events[at] = replace(events[at], answer=[v for v in events[at].answer if v != lost])
    decided = FAST_PATHS["set"].decide(calls_of(events, ElementSet()), ElementSet())
    assert decided is not None
    assert decided.order is None
    conflict = [events[at] for at in decided.conflict]
    assert len(conflict) < 150
    assert not linearizable(kind, conflict)


SETS = {
    "an element that no read shows is there all the time, so that a read is before its add": (
        "1: add 1 begin",
        "2: read begin",
        "1: end ok",
        "3: add 3 begin",
        "3: end ok",
        "4: remove 1 ok",
        "2: end -> []",
        "5: read -> [3]",
    ),
    "a remove at the end may come before the add or after it": (
        "1: read -> []",
        "2: read begin",
        "3: remove 1 begin",
        "4: add 1 begin",
        "4: end ok",
        "3: end ok",
        "2: end -> [1]",
    ),
    "the second of two removes comes after the first, which may have crashed": (
        "1: add 1 ok",
        "2: remove 1 info",
        "3: read -> [1]",
        "4: read -> []",
        "5: remove 1 ok",
        "6: read -> []",
    ),
}


@pytest.mark.parametrize("name", SETS)
def test_sets_of_one_life_each_in_words(name: str) -> None:
    events = events_of(story(*SETS[name]))
    kind = Elements()
    assert linearizable(kind, events)
    decided = FAST_PATHS["set"].decide(calls_of(events, ElementSet()), ElementSet())
    assert decided is not None
    assert decided.order is not None
    assert replays(kind, events, decided.order)


@pytest.mark.parametrize("seed", range(60))
def test_runs_say_of_reads_and_elements_what_the_reads_do(seed: int) -> None:
    rng = Random(f"{SEED}/{seed}")
    sets: list[tuple[int, ...]] = []
    there: set[int] = set()
    for _ in range(rng.randint(0, 40)):
        there ^= {element for element in range(6) if rng.random() < 0.3}
        sets.append(tuple(there))
    reads = [Call(2 * at, 2 * at + 1, "read", None, shown) for at, shown in enumerate(sets)]
    runs = Runs.of(reads)
    assert isinstance(runs, Runs)
    of_read = np.array([rng.randint(-50, 50) for _ in sets], np.int64)
    of_element = np.array([rng.randint(-50, 50) for _ in runs.elements], np.int64)
    value = dict(zip(runs.elements, of_element.tolist(), strict=True))
    for element, least, greatest in zip(
        runs.elements,
        runs.least_of_elements(of_read).tolist(),
        runs.greatest_of_elements(of_read).tolist(),
        strict=True,
    ):
        mine = [of_read[at] for at, shown in enumerate(sets) if element in shown]
        assert (least, greatest) == (min(mine), max(mine)), SEED
    least_of_reads = [min([value[e] for e in shown], default=99) for shown in sets]
    assert runs.least_of_reads(of_element, 99).tolist() == least_of_reads, SEED
    greatest_of_reads = [max([value[e] for e in shown], default=-99) for shown in sets]
    assert runs.greatest_of_reads(of_element, -99).tolist() == greatest_of_reads, SEED
    for number, element in enumerate(runs.elements):
        ranks = [at for a, b in runs.of_element(number) for at in range(a, b + 1)]
        assert ranks == [at for at, shown in enumerate(sets) if element in shown]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_models_are_found_by_name(model: Model) -> None:
    (found,) = entry_points(group="splitbrain.models", name=model.name)
    assert found.load() is type(model)


def run(model: Model, *steps: tuple[str, Any, Any]) -> Hashable:
    """The state after steps of f, value and result."""
    state = model.initial()
    for f, value, result in steps:
        answer = UNKNOWN if result is UNKNOWN else freeze(result)
        state = model.step(state, f, freeze(value), answer)
        if state is INCONSISTENT:
            break
    return state


def test_a_counter_reads_its_sum() -> None:
    assert run(Counter(), ("add", 3, 3), ("add", -5, -5), ("read", None, -2)) == -2
    assert run(Counter(), ("add", 3, 3), ("read", None, 4)) is INCONSISTENT


def test_a_set_reads_its_elements_in_any_order_and_each_once() -> None:
    for model in (ElementSet(), GrowOnlySet()):
        added = [("add", 1, 1), ("add", 2, 2), ("add", 1, 1)]
        assert run(model, *added, ("read", None, [2, 1])) is not INCONSISTENT
        assert run(model, *added, ("read", None, [2, 1, 2])) is INCONSISTENT
        assert run(model, *added, ("read", None, [1, 1])) is INCONSISTENT
        assert run(model, *added, ("read", None, [1])) is INCONSISTENT
        assert run(model, *added, ("read", None, [1, 3])) is INCONSISTENT
    assert run(ElementSet(), ("add", 1, 1), ("remove", 1, 1), ("remove", 2, 2)) == frozenset()


def test_a_log_has_rising_offsets_and_polls_that_skip_nothing() -> None:
    log = [("append", "a", [0, "a"]), ("append", "b", [2, "b"]), ("append", "c", [3, "c"])]
    assert run(Log(), *log, ("poll", None, [[2, "b"], [3, "c"]])) is not INCONSISTENT
    assert run(Log(), *log, ("poll", None, [])) is not INCONSISTENT
    assert run(Log(), *log, ("poll", None, [[0, "a"], [3, "c"]])) is INCONSISTENT
    assert run(Log(), *log, ("poll", None, [[1, "b"]])) is INCONSISTENT
    assert run(Log(), *log, ("append", "d", [3, "d"])) is INCONSISTENT


def test_a_poll_tells_the_offset_of_a_crashed_append() -> None:
    log = [("append", "a", [0, "a"]), ("append", "b", UNKNOWN), ("append", "c", [3, "c"])]
    known = [*log, ("poll", None, [[2, "b"]])]
    assert thaw(run(Log(), *known)) == [[0, "a"], [2, "b"], [3, "c"]]
    assert run(Log(), *known, ("poll", None, [[1, "b"]])) is INCONSISTENT
    assert run(Log(), *log, ("poll", None, [[3, "b"]])) is INCONSISTENT
    assert run(Log(), *log, ("append", "d", [4, "d"])) is not INCONSISTENT
    assert run(Log(), *log[:2], ("append", "c", [1, "c"])) is INCONSISTENT, "no room for b"


def test_either_of_two_crashed_appends_may_be_the_one_polled() -> None:
    twice = run(Log(), ("append", "a", UNKNOWN), ("append", "a", UNKNOWN))
    states = [thaw(state) for state in Log().steps(twice, "poll", None, ((4, "a"),))]
    assert sorted(states, key=repr) == [[[4, "a"], [None, "a"]], [[None, "a"], [4, "a"]]]


def test_a_semaphore_has_so_many_permits() -> None:
    acquire, release = ("acquire", None, None), ("release", None, None)
    assert run(Semaphore(2), acquire, acquire) == 2
    assert run(Semaphore(2), acquire, acquire, acquire) is INCONSISTENT
    assert run(Semaphore(2), acquire, release, release) is INCONSISTENT
    assert run(Mutex(), acquire, acquire) is INCONSISTENT
    with pytest.raises(ValueError, match="at least one permit, not 0"):
        Semaphore(0)


def test_a_reentrant_mutex_knows_its_owner() -> None:
    one, two = ("acquire", [1, None], None), ("acquire", [2, None], None)
    free = ("release", [1, None], None)
    assert run(ReentrantMutex(), one, one, free) == (1, 1)
    assert run(ReentrantMutex(), one, one, free, free, two) == (2, 1)
    assert run(ReentrantMutex(), one, one, free, two) is INCONSISTENT
    assert run(ReentrantMutex(), two, free) is INCONSISTENT
    assert run(ReentrantMutex(), free) is INCONSISTENT


def test_tokens_of_a_fenced_lock_rise_across_crashed_acquires() -> None:
    free = ("release", [1, None], None)
    assert run(FencedLock(), ("acquire", [1, None], 4), free, ("acquire", [2, None], 5)) == (2, 5)
    assert run(FencedLock(), ("acquire", [1, None], 4), ("acquire", [2, None], 5)) is INCONSISTENT
    assert run(FencedLock(), ("acquire", [1, None], 4), free, ("acquire", [2, None], 4)) is (
        INCONSISTENT
    )
    lost = [("acquire", [1, None], 4), free, ("acquire", [1, None], UNKNOWN), free]
    assert run(FencedLock(), *lost, ("acquire", [2, None], 5)) is INCONSISTENT
    assert run(FencedLock(), *lost, ("acquire", [2, None], 6)) == (2, 6)


def test_an_id_is_given_once() -> None:
    assert run(UniqueIds(), ("generate", None, 1), ("generate", None, 1)) is INCONSISTENT
    twice = run(UniqueIds(), ("generate", None, 1), ("generate", None, UNKNOWN))
    assert twice == run(UniqueIds(), ("generate", None, 1))


def test_the_same_id_twice_is_found_among_many() -> None:
    calls = [Call(2 * at, 2 * at + 9, "generate", None, at // 2 * 2, at, at) for at in range(10**5)]
    decided = FAST_PATHS["unique-ids"].decide(calls, UniqueIds())
    assert decided == Decided(None, [0, 1])


def test_a_bank_moves_money_and_makes_none() -> None:
    bank = Bank({"a": 5, "b": 0}, overdraft=False)
    move = ("transfer", {"from": "a", "to": "b", "amount": 3}, None)
    assert run(bank, move, ("read", None, {"a": 2, "b": 3})) is not INCONSISTENT
    assert run(bank, move, ("read", None, {"a": 2, "b": 2})) is INCONSISTENT
    assert run(bank, move, move) is INCONSISTENT
    assert run(Bank({"a": 5}), move, move, ("read", None, {"a": -1, "b": 6})) is not INCONSISTENT


def test_the_first_read_tells_what_a_bank_had() -> None:
    bank = Bank(overdraft=False)
    move = ("transfer", {"from": 1, "to": 2, "amount": 3}, None)
    read = ("read", None, {"1": 2, "2": 4})
    assert run(bank, move, read, ("read", None, {"1": 2, "2": 4})) is not INCONSISTENT
    assert run(bank, move, read, ("read", None, {"1": 5, "2": 1})) is INCONSISTENT
    assert run(bank, move, ("read", None, {"1": 2, "2": 2})) is INCONSISTENT, "2 had -1 at first"
    back = ("transfer", {"from": 2, "to": 1, "amount": 3}, None)
    assert run(bank, move, back, ("read", None, {"1": 2, "2": 9})) is INCONSISTENT, "1 had -1 then"


def test_a_transaction_sees_its_own_writes_and_all_or_nothing_of_others() -> None:
    first = ("txn", [["w", "x", 1], ["r", "x", None]], [["w", "x", 1], ["r", "x", 1]])
    both = ("txn", [["r", "x", None], ["r", "y", None]], [["r", "x", 1], ["r", "y", None]])
    assert run(MultiRegister(), first, both) == frozenset({("x", 1)})
    wrong = ("txn", [["r", "x", None]], [["r", "x", None]])
    assert run(MultiRegister(), first, wrong) is INCONSISTENT
    assert run(MultiRegister(), ("txn", [["w", "x", 1], ["r", "y", None]], UNKNOWN)) == (
        frozenset({("x", 1)})
    )


@pytest.mark.parametrize(
    ("model", "f", "value", "result", "words"),
    [
        (Counter(), "add", "1", None, "whole number"),
        (Counter(), "read", None, None, "whole number"),
        (ElementSet(), "read", None, 3, "list of its elements"),
        (GrowOnlySet(), "read", None, None, "list of its elements"),
        (ListAppend(), "read", None, 3, "the list"),
        (Log(), "append", 1, 1, "offset, value"),
        (Log(), "append", 1, [0, 2], "offset, value"),
        (Log(), "poll", None, [[-1, 2]], "offset, value"),
        (FencedLock(), "acquire", None, None, "a token"),
        (UniqueIds(), "generate", None, None, "an id"),
        (Bank(), "transfer", {"from": 1, "to": 2}, None, "from, to, amount"),
        (Bank(), "read", None, {"1": None}, "account: amount"),
        (MultiRegister(), "txn", [["append", 1, 2]], None, "list of"),
        (MultiRegister(), "txn", [["r", 1, None]], [["r", 2, None]], "filled in"),
        (MultiRegister(), "txn", [["w", 1, 2]], [["w", 1, 3]], "filled in"),
    ],
)
def test_values_of_the_wrong_shape_are_named(
    model: Model, f: str, value: Any, result: Any, words: str
) -> None:
    wrong = model.misfit(f, freeze(value))
    if wrong is None:
        wrong = model.misfit_result(f, freeze(value), freeze(result))
    assert wrong is not None
    assert words in wrong


def test_values_of_the_right_shape_fit() -> None:
    for name in FAMILIES:
        for _, events, _, _ in cases(name, "1-12", 20):
            for event in events:
                model, asked = FAMILIES[name].model, freeze(event.asked)
                assert model.misfit(event.f, asked) is None
                if event.ended is not None:
                    assert model.misfit_result(event.f, asked, freeze(event.answer)) is None


def test_a_growing_set_is_a_set_whichever_way_it_grew() -> None:
    one = GrowingSet().with_element(1)
    both, other = one.with_element(2), one.with_element(3)
    assert (set(one), set(both), set(other)) == ({1}, {1, 2}, {1, 3})
    assert 2 not in one
    assert 2 not in other
    turned = GrowingSet().with_element(2).with_element(1)
    assert turned == both
    assert hash(turned) == hash(both)
    assert other != both
    assert both.with_element(1) is both


def test_records_are_the_same_whichever_way_they_grew() -> None:
    one = Records().with_record("a")
    two, other = one.with_record("b"), one.with_record("c")
    known, unlike = two.with_offset(1, 4), two.with_offset(1, 5)
    assert (list(one), list(other)) == ([(None, "a")], [(None, "a"), (None, "c")])
    assert list(two) == [(None, "a"), (None, "b")]
    assert list(known) == [(None, "a"), (4, "b")]
    assert list(unlike) == [(None, "a"), (5, "b")]
    assert (known.place(4), known.place(5), unlike.place(5), two.place(4)) == (1, None, 1, None)
    both = known.with_offset(0, 0)
    turned = Records().with_record("a").with_offset(0, 0).with_record("b").with_offset(1, 4)
    assert (both, hash(both)) == (turned, hash(turned))
    assert len({both, turned, known, unlike, two, one.with_record("b")}) == 4


def test_a_log_is_replayed_in_a_time_that_grows_with_its_length() -> None:
    """A state that is copied for each append takes 15 s here."""
    log, began = Log(), process_time()
    state = log.initial()
    for number in range(40_000):
        (state,) = log.steps(state, "append", number, UNKNOWN if number % 5 else (number, number))
        if number % 5 == 4:
            run = tuple((at, at) for at in range(number - 4, number + 1))
            (state,) = log.steps(state, "poll", None, run)
    assert process_time() - began < 5
    assert len(state) == 40_000  # type: ignore[arg-type]


def test_a_lock_of_a_process_that_goes_on_after_a_crash_is_left_to_the_search() -> None:
    calls = [
        Call(0, FOREVER, "acquire", (1, None), UNKNOWN, 1, 0),
        Call(4, 7, "release", (1, None), None, 1, 1),
    ]
    assert FAST_PATHS["reentrant-mutex"].decide(calls, ReentrantMutex()) is None


def test_what_became_of_each_element_of_a_set() -> None:
    report = set_full.analyse(
        pair(
            story(
                "1: add 1 ok",
                "1: add 2 ok",
                "2: read -> [1]",
                "2: read -> [1,2,2,9]",
                "1: add 3 ok",
                "1: add 4 fail",
                "2: read -> [2,3,4]",
                "1: add 5 ok",
                "1: add 6 info",
            )
        )
    )
    assert report["attempts"] == 6
    assert report["stable"] == 2
    assert report["lost"] == [1]
    assert report["never_read"] == [5, 6]
    assert report["stale"] == [{"element": 2, "visible_after_ns": 100_000_000}]
    assert report["duplicated"] == [{"element": 2, "reads": 1}]
    assert report["unexpected"] == [9]
    assert report["failed_but_read"] == [4]
    assert report["visible_after_ns"]["1.0"] == 100_000_000


def test_an_element_missed_by_reads_that_began_before_it_was_known_is_not_stale() -> None:
    history = story("2: read begin", "1: add 1 ok", "2: end -> []", "2: read -> [1]")
    assert set_full.analyse(pair(history))["stale"] == []


def test_an_element_that_a_read_showed_first_is_known_from_then_on() -> None:
    history = story("1: add 1 begin", "2: read -> [1]", "3: read -> []", "1: end ok")
    assert set_full.analyse(pair(history))["lost"] == [1]


@pytest.mark.parametrize("value", [-4, 8])
def test_a_counter_read_out_of_bounds_is_found_without_search(value: int) -> None:
    calls = [
        Call(0, 9, "add", 5, 5),
        Call(2, 11, "add", -3, -3),
        Call(4, FOREVER, "add", 2, UNKNOWN),
        Call(6, 13, "read", None, value),
        Call(14, 15, "add", -1, -1),
    ]
    assert FAST_PATHS["counter"].decide(calls, Counter()) == Decided(None, [0, 1, 2, 3])


@pytest.mark.parametrize("other", [9, 11])
def test_reads_of_a_bank_with_different_totals_are_found_without_search(other: int) -> None:
    def reads(*totals: int) -> list[Call]:
        return [
            Call(4 * at, 4 * at + 3, "read", None, freeze({"a": total - 1, "b": 1}))
            for at, total in enumerate(totals)
        ]

    decide = FAST_PATHS["bank"].decide
    assert decide(reads(10, 10, other), Bank()) == Decided(None, [1, 2])
    assert decide(reads(other), Bank({"a": 5, "b": 5})) == Decided(None, [0])
    assert decide(reads(10, 10), Bank()) is None


def test_reads_of_a_counter_with_their_bounds() -> None:
    report = counter_bounds.analyse(
        pair(story("1: add 1 ok", "2: add 2 begin", "3: read -> 1", "3: read -> 4", "2: end ok"))
    )
    first, second = report["reads"]
    assert first == {"index": 3, "lower": 1, "value": 1, "upper": 3, "within": True}
    assert (second["index"], second["within"]) == (5, False)
    assert report["out_of_bounds"] == [second]
    assert report["widest"] == 2
