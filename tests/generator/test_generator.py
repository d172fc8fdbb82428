"""Generators say what to do next; here each is a sentence about the history it makes."""

from __future__ import annotations

import itertools

import pytest

from harness.generator import (
    NEMESIS_THREAD,
    Context,
    Generator,
    Invocation,
    any_of,
    clients,
    count,
    drain_each_key,
    limit,
    mix,
    numbered,
    on_nemesis,
    on_thread,
    once,
    phases,
    read_each_key,
    repeat,
    rotate_keys,
    sequence,
    sleep,
    stagger,
    time_limit,
)
from tests.generator.simulate import invoked, simulate


def reads() -> Generator:
    """Reads without end."""
    return repeat(lambda ctx: Invocation("read"))


def writes() -> Generator:
    """Writes of 1, 2, 3, …"""
    return count(lambda number: Invocation("write", number))


def test_limit_ends_after_so_many_invocations() -> None:
    assert len(invoked(simulate(limit(7, reads())))) == 7


def test_once_is_asked_and_done() -> None:
    assert [op.f for op in invoked(simulate(once(Invocation("write", 3))))] == ["write"]


def test_count_never_repeats_a_value() -> None:
    values = [op.value for op in invoked(simulate(limit(50, writes())))]
    assert values == list(range(1, 51))


def test_sequence_goes_on_when_a_part_is_exhausted() -> None:
    both = sequence([limit(2, reads()), limit(1, writes())])
    assert [op.f for op in invoked(simulate(both))] == ["read", "read", "write"]


def test_mix_chooses_evenly_and_drops_what_is_exhausted() -> None:
    fs = [op.f for op in invoked(simulate(limit(400, mix([reads(), writes()]))))]
    assert 140 < fs.count("read") < 260
    fs = [op.f for op in invoked(simulate(limit(50, mix([reads(), limit(3, writes())]))))]
    assert fs.count("write") == 3


def test_stagger_spaces_invocations_by_its_mean() -> None:
    times = [op.time for op in invoked(simulate(limit(400, stagger(1e-3, reads()))))]
    gaps = [b - a for a, b in itertools.pairwise(times)]
    assert all(0 <= gap <= 2_000_000 for gap in gaps)
    assert 0.9e6 < sum(gaps) / len(gaps) < 1.1e6


def test_stagger_makes_up_no_lost_time_in_a_burst() -> None:
    slow_first = simulate(
        limit(20, stagger(1e-3, writes())),
        threads=(0,),
        took_ns=lambda step: 1_000_000_000 if step.value == 1 else 10,
    )
    after = [op.time for op in invoked(slow_first)][1:]
    assert after[0] >= 1_000_000_000
    assert after[-1] - after[0] > 10_000_000  # 18 gaps of 1 ms on average, not all at once


def test_time_limit_lets_nothing_start_after_it() -> None:
    history = simulate(time_limit(0.01, stagger(1e-3, reads())))
    times = [op.time for op in invoked(history)]
    assert times
    assert max(times) < 10_000_000


def test_time_limit_counts_from_its_own_beginning() -> None:
    history = simulate(sequence([sleep(1.0), time_limit(0.5, stagger(0.1, reads()))]))
    times = [op.time for op in invoked(history)]
    assert min(times) >= 1_000_000_000
    assert max(times) < 1_500_000_000


def test_phases_wait_for_every_operation_of_the_phase_before() -> None:
    history = simulate(phases(limit(5, reads()), limit(1, writes())), took_ns=lambda step: 1000)
    write = next(op for op in history if op.f == "write")
    assert all(op.index < write.index for op in history if op.f == "read")


def test_any_of_takes_whichever_comes_first() -> None:
    history = simulate(
        any_of(
            clients(time_limit(1.0, stagger(0.1, reads()))),
            on_nemesis(sequence([sleep(0.55), once(Invocation("start-kill"))])),
        ),
        nemesis=True,
    )
    strike = next(op for op in history if op.f == "start-kill")
    assert strike.time == 550_000_000
    assert strike.process == NEMESIS_THREAD
    assert {op.process for op in history if op.f == "read"} == {0, 1}
    assert len(invoked(history)) > 8


def test_clients_never_run_on_the_nemesis() -> None:
    history = simulate(clients(limit(30, reads())), nemesis=True, threads=(0, 1, 2))
    assert {op.process for op in history} == {0, 1, 2}


def test_on_thread_waits_only_when_its_thread_has_nothing_to_do() -> None:
    """What it waits for begins with the end of what it did last, whoever else is free."""
    two = on_thread(1, sequence([once(Invocation("a")), sleep(1), once(Invocation("b"))]))
    history = invoked(simulate(two, threads=[0, 1], took_ns=lambda step: 5_000_000_000))
    assert [(op.process, op.f, op.time // 1_000_000_000) for op in history] == [
        (1, "a", 0),
        (1, "b", 6),
    ]


def test_rotate_keys_gives_a_key_up_after_its_operations() -> None:
    keyed = rotate_keys(lambda key: writes(), active=2, ops_per_key=5)
    ops = invoked(simulate(limit(40, keyed)))
    by_key: dict[int, list[object]] = {}
    for op in ops:
        by_key.setdefault(op.key, []).append(op.value)
    assert all(values == [*range(1, len(values) + 1)] for values in by_key.values())
    assert max(len(values) for values in by_key.values()) == 5
    assert sorted(by_key) == list(range(len(by_key)))  # fresh keys in order, none used again
    for position, op in enumerate(ops):
        in_use = {
            key
            for key, values in by_key.items()
            if any(o.key == key for o in ops[: position + 1])
            and any(o.key == key for o in ops[position:])
        }
        assert len(in_use - {op.key}) <= 2


@pytest.mark.parametrize(("active", "ops_per_key"), [(0, 5), (2, 0)])
def test_rotate_keys_refuses_numbers_that_make_no_keys(active: int, ops_per_key: int) -> None:
    with pytest.raises(ValueError, match="must be at least 1"):
        rotate_keys(lambda key: reads(), active=active, ops_per_key=ops_per_key)


def test_last_reads_know_every_key_of_the_phase_before() -> None:
    keyed = rotate_keys(lambda key: writes(), active=3, ops_per_key=4)
    history = simulate(phases(clients(limit(30, keyed)), clients(read_each_key())))
    written = {int(op.key) for op in history if op.f == "write"}
    reads_of = [int(op.key) for op in invoked(history) if op.f == "read"]
    assert len(written) > 3
    assert sorted(reads_of) == sorted(written)  # each once


def test_an_answer_that_is_not_taken_costs_nothing() -> None:
    """The interpreter may ask again after an event; nothing may be lost or skipped by asking."""

    class AskedTwice:
        def __init__(self, inner: Generator) -> None:
            self.inner = inner

        def op(self, ctx: Context) -> object:
            self.inner.op(ctx)
            step, after = self.inner.op(ctx)
            return step, AskedTwice(after)

        def update(self, ctx: Context, op: object) -> object:
            return AskedTwice(self.inner.update(ctx, op))  # type: ignore[arg-type]

    sentence = limit(40, stagger(1e-3, rotate_keys(lambda key: writes(), active=2, ops_per_key=5)))
    ops = invoked(simulate(AskedTwice(sentence)))  # type: ignore[arg-type]
    by_key: dict[int, list[object]] = {}
    for op in ops:
        by_key.setdefault(op.key, []).append(op.value)
    assert all(values == [*range(1, len(values) + 1)] for values in by_key.values())


def test_the_same_seed_gives_the_same_history() -> None:
    def sentence() -> Generator:
        return limit(100, stagger(1e-3, mix([reads(), writes()])))

    assert simulate(sentence(), seed=7) == simulate(sentence(), seed=7)
    assert simulate(sentence(), seed=7) != simulate(sentence(), seed=8)


def test_a_last_read_that_is_not_ok_is_tried_again_a_few_times() -> None:
    answers = iter(["ok", "ok", "fail", "info", "ok", "info", "info", "info", "info", "info"])
    two_keys = sequence([once(Invocation("write", 1, key=k)) for k in (7, 8)])
    history = simulate(
        phases(two_keys, read_each_key(tries=4)), threads=(0,), outcome=lambda step: next(answers)
    )
    reads_of = [(op.key, op.type) for op in history if op.f == "read" and op.type != "invoke"]
    assert reads_of == [
        (7, "fail"), (8, "info"), (7, "ok"), (8, "info"), (8, "info"), (8, "info"),
    ]  # fmt: skip


@pytest.mark.parametrize("bad", ["fail", "info"])
@pytest.mark.parametrize("last", [read_each_key(), drain_each_key(f="read", most=9)])
def test_a_last_read_is_tried_at_each_node_of_five(bad: str, last: Generator) -> None:
    """Clients take the nodes in turns, and four of five nodes may be in trouble."""
    history = simulate(
        phases(keys_used(6, 7, 8), last),
        threads=range(5),
        took_ns=lambda step: 10 + step.key % 2,
        outcome=lambda step: bad if step.f == "read" else "ok",
    )
    for key in (6, 7, 8):
        asked = [op.process for op in invoked(history) if (op.f, op.key) == ("read", key)]
        assert sorted(asked) == [0, 1, 2, 3, 4]


def keys_used(*keys: int) -> Generator:
    """One write of each."""
    return sequence([once(Invocation("write", 1, key=key)) for key in keys])


def test_a_drain_goes_on_until_nothing_is_left() -> None:
    """Each key for itself, one operation on it at a time; a key without elements is asked once."""
    left: dict[int, list[str]] = {7: ["a", "b"], 8: ["c"], 9: []}
    history = simulate(
        phases(keys_used(*left), drain_each_key(most=10)),
        threads=range(5),
        value=lambda step: (
            left[step.key].pop(0) if step.f == "dequeue" and left[step.key] else None
        ),
    )
    drained = [op for op in history if op.f == "dequeue"]
    for key, values in {7: ["a", "b", None], 8: ["c", None], 9: [None]}.items():
        mine = [op for op in drained if op.key == key]
        assert [op.value for op in mine if op.type == "ok"] == values
        assert [op.type for op in mine] == ["invoke", "ok"] * len(values)


def test_a_drain_gives_a_key_up_where_it_gets_no_answers() -> None:
    """After so many in a row; what is ok in between begins the count anew."""
    answers = iter(["ok", "fail", "info", "ok", "info", "fail", "info"])
    history = simulate(
        phases(keys_used(7), drain_each_key(most=10, tries=3)),
        outcome=lambda step: next(answers),
        value=lambda step: "an element",
    )
    assert [op.type for op in history if op.f == "dequeue" and op.type != "invoke"] == [
        "fail", "info", "ok", "info", "fail", "info",
    ]  # fmt: skip


def test_a_drain_ends_where_there_is_always_one_more() -> None:
    history = simulate(
        phases(keys_used(7), drain_each_key(most=10)), value=lambda step: "an element"
    )
    assert len([op for op in invoked(history) if op.f == "dequeue"]) == 10


def test_numbered_draws_and_counts() -> None:
    drawn = limit(20, numbered(lambda ctx, n: Invocation("write", [n, ctx.rng.randrange(9)])))
    values = [op.value for op in invoked(simulate(drawn))]
    assert [number for number, _ in values] == [*range(1, 21)]
    assert len({chance for _, chance in values}) > 3
