"""One story for each weaker promise: kept while others break, and broken while others are kept."""

from __future__ import annotations

import json

import pytest

from harness.checker.promises import Promise, promises
from harness.history.op import Op
from harness.history.paired import paired
from harness.history.table import Table, TableBuilder
from harness.model import Model
from harness.model.fifo_queue import FifoQueue
from harness.model.kv import KeyValue
from harness.model.register import CasRegister
from tests.checker.story import story

SEQUENTIAL = "sequential consistency"
COHERENCE = "coherence"
GUARANTEES = {"read your writes", "monotonic reads", "monotonic writes", "writes follow reads"}
STALENESS = "bounded staleness"


def judged(ops: list[Op], model: Model | None = None) -> dict[str, Promise]:
    """Every promise by name."""
    found = promises(paired(Table.of(ops)), model or CasRegister())
    return {promise.name: promise for promise in found}


def broken(ops: list[Op]) -> set[str]:
    """The names of those that are invalid; none may be unknown."""
    found = judged(ops)
    assert all(promise.valid in (True, False) for promise in found.values())
    return {name for name, promise in found.items() if promise.valid is False}


def invoked(promise: Promise) -> list[int]:
    """Which operations stand as evidence, by the indices of their invocations."""
    return [operation.invocation.index for operation in promise.counterexample]


def test_a_linearizable_history_keeps_them_all() -> None:
    found = judged(story("1: write 1", "2: read -> 1", "2: cas [1,2]", "1: read -> 2"))
    assert set(found) == {SEQUENTIAL, COHERENCE, *GUARANTEES, STALENESS}
    assert all(promise.valid is True for promise in found.values())
    assert found[STALENESS].details == {"staleness_s": 0.0, "at_least_s": 0.0}


def test_a_stale_read_of_another_session_keeps_all_but_linearizability() -> None:
    found = judged(story("1: write 1", "1: write 2", "2: read -> 1"))
    assert all(promise.valid is True for promise in found.values())
    assert found[STALENESS].details == {
        "staleness_s": 0.1,
        "at_least_s": 0.1,
        "versions_at_least": 1,
        "stale_reads_at_least": 1,
    }


def test_only_read_your_writes_is_broken() -> None:
    ops = story("1: write 1", "1: write 2", "1: read -> 1")
    assert broken(ops) & GUARANTEES == {"read your writes"}
    promise = judged(ops)["read your writes"]
    assert promise.reason == (
        "in no order of the versions did every session read its own writes or later: "
        "process 1 wrote 1 and then wrote 2; process 1 wrote 2 and then read 1"
    )
    assert invoked(promise) == [0, 2, 4]


def test_only_monotonic_reads_is_broken() -> None:
    ops = story("1: write 1", "2: write 2", "3: read -> 1", "3: read -> 2", "3: read -> 1")
    assert broken(ops) & GUARANTEES == {"monotonic reads"}


def test_only_monotonic_reads_is_broken_by_a_read_of_the_first_value_again() -> None:
    ops = story("1: write 1", "3: read -> 1", "3: read -> null")
    assert broken(ops) & GUARANTEES == {"monotonic reads"}


def test_only_monotonic_writes_is_broken() -> None:
    ops = story("1: write 1", "1: write 2", "3: read -> 2", "3: read -> 1")
    assert broken(ops) & GUARANTEES == {"monotonic writes"}


def test_only_writes_follow_reads_is_broken() -> None:
    ops = story("1: write 1", "2: read -> 1", "2: write 2", "3: read -> 2", "3: read -> 1")
    assert broken(ops) & GUARANTEES == {"writes follow reads"}


def test_what_sessions_read_both_ways_is_no_evidence_against_the_writers() -> None:
    ops = story("1: write 1", "1: write 2", "3: read -> 1", "3: read -> 2", "3: read -> 1")
    assert broken(ops) & GUARANTEES == {"monotonic reads"}


def test_a_session_that_reads_its_own_write_before_writing_it() -> None:
    ops = story("1: read -> 1", "1: write 1")
    assert broken(ops) & GUARANTEES == {"writes follow reads"}


def test_a_cas_reads_and_then_writes() -> None:
    ops = story("1: write 1", "2: cas [1,2]", "3: read -> 2", "3: read -> 1")
    assert broken(ops) & GUARANTEES == {"writes follow reads"}


def test_coherence_needs_all_four_on_one_order() -> None:
    """Each guarantee alone can be explained, by different orders of 1 and 2."""
    ops = story(
        "1: write 1", "2: write 2", "3: read -> 1", "3: read -> 2", "4: read -> 2", "4: read -> 1"
    )
    assert broken(ops) == {SEQUENTIAL, COHERENCE, "monotonic reads"}


def test_two_cas_cannot_replace_the_same_version() -> None:
    ops = story("1: write 1", "2: cas [1,2]", "3: cas [1,3]")
    assert broken(ops) == {SEQUENTIAL, COHERENCE, STALENESS}


def test_nothing_stands_between_a_cas_and_what_it_replaced() -> None:
    ops = story(
        "1: write 1",
        "1: write 5",
        "2: read -> 5",
        "2: cas [1,2]",
        "3: read -> 1",
        "3: read -> 5",
        "3: read -> 2",
    )
    assert COHERENCE in broken(ops)


def test_coherence_is_local_and_sequential_consistency_is_not() -> None:
    ops = story("1: x write 1", "1: y read -> null", "2: y write 1", "2: x read -> null")
    assert broken(ops) == {SEQUENTIAL}
    promise = judged(ops)[SEQUENTIAL]
    assert invoked(promise) == [0, 2, 4, 6]
    assert "process 1 wrote 1 to x and then read null from y" in promise.reason


def test_sequential_consistency_of_several_keys_whose_values_repeat() -> None:
    lines = ["1: x write 1", "1: y read -> null", "2: y write 1", "2: x read -> null"]
    again = ["3: x write 1", "3: y write 1"]
    assert broken(story(*lines, *again)) == {SEQUENTIAL}
    assert broken(story(*lines, "4: x write 2")) == {SEQUENTIAL}
    assert broken(story(*lines[:3], *again)) == set()


def test_where_every_order_was_tried_it_is_said_what_could_not_follow() -> None:
    """Of a collection there are no versions to argue with."""
    lines = ("1: enqueue 1 ok", "1: dequeue -> 1", "2: dequeue -> 1")
    promise = promises(paired(Table.of(story(*lines))), FifoQueue())[0]
    assert promise.valid is False
    assert promise.reason.endswith(
        "2 of 3 completed operations placed at best, then none of these could follow: "
        "process 2 did dequeue (answer 1)"
    ) or promise.reason.endswith("process 1 did dequeue (answer 1)")


def test_a_crashed_write_may_have_happened_or_not() -> None:
    assert broken(story("1: write 1 info", "2: read -> null")) == set()
    assert broken(story("1: write 1 info", "2: read -> 1", "3: read -> null")) == set()
    ops = story("1: write 1 info", "2: read -> 1", "2: read -> null")
    assert "monotonic reads" in broken(ops)


def test_a_failed_write_did_not_happen() -> None:
    ops = story("1: write 1 fail", "2: read -> 1")
    assert broken(ops) == {SEQUENTIAL, COHERENCE, *GUARANTEES, STALENESS}
    assert judged(ops)["monotonic reads"].reason == (
        "process 2 read 1, a value that nothing can have written before"
    )


def test_true_is_not_one() -> None:
    assert STALENESS in broken(story("1: write 1", "2: read -> true"))


def test_nothing_follows_a_crashed_operation_even_if_its_process_goes_on() -> None:
    assert broken(story("1: write 1 info", "1: write 2", "1: read -> 1")) == set()
    assert "read your writes" in broken(story("1: write 1", "1: write 2", "1: read -> 1"))


def test_a_read_of_the_future_breaks_linearizability_and_no_shift_of_reads_helps() -> None:
    assert broken(story("1: read -> 1", "2: write 1")) == {STALENESS}


def test_staleness_is_that_of_the_stalest_key() -> None:
    found = judged(
        story(
            *("1: x write 1", "1: x write 2", "2: x read -> 1"),
            *("1: y write 1", "1: y write 2", "1: y write 3", "2: y read -> 1"),
        ),
        KeyValue(),
    )[STALENESS]
    assert found.details["staleness_s"] == 0.3
    assert found.details["versions_at_least"] == 2
    assert found.details["stale_reads_at_least"] == 2
    assert found.reason == (
        "reads were stale by up to 0.3 s; at worst process 2 read 1 from y, "
        "at least 2 versions behind"
    )
    assert {operation.invocation.key for operation in found.counterexample} == {"y"}


def test_staleness_of_values_that_repeat_takes_the_latest_write() -> None:
    found = judged(story("1: write 1", "1: write 2", "1: write 1", "1: write 3", "2: read -> 1"))
    assert found[STALENESS].details["staleness_s"] == 0.1
    assert found[STALENESS].details["versions_at_least"] == 1


def test_equal_times_without_indices_are_concurrent() -> None:
    builder = TableBuilder()
    ops = story("1: write 1", "1: write 2", "2: read -> 1")
    times = [0, 10, 20, 30, 30, 40]
    builder.extend(
        [Op(o.index, t, o.type, o.process, o.f, o.value) for o, t in zip(ops, times, strict=True)]
    )
    found = {p.name: p for p in promises(paired(builder.table(by_time=True)), CasRegister())}
    assert found[STALENESS].details["staleness_s"] == 0.0


def test_without_time_what_is_not_known_is_unknown() -> None:
    lines = [f"{process}: x write {process % 3}" for process in range(1, 9)]
    ops = story(*lines, "1: y write 1", "1: y write 2", "2: y read -> 1", "3: x read -> 7")
    found = promises(paired(Table.of(ops[:-2])), CasRegister(), time_limit_s=0.0)
    assert {promise.valid for promise in found} <= {"unknown", True}


def test_as_json() -> None:
    out = judged(story("1: write 1", "1: write 2", "1: read -> 1"))["read your writes"].to_json()
    assert json.loads(json.dumps(out)) == out
    assert out["name"] == "read your writes"
    assert out["valid"] is False
    assert [operation["value"] for operation in out["counterexample"]] == [1, 2, 1]


def test_an_empty_history_keeps_everything() -> None:
    assert broken([]) == set()


@pytest.mark.parametrize("guarantee", sorted(GUARANTEES))
def test_an_open_choice_of_versions_is_decided_either_way(guarantee: str) -> None:
    """Another write of 1 by another session excuses each of the stories above."""
    stories = {
        "read your writes": ["1: write 1", "1: write 2", "1: read -> 1"],
        "monotonic reads": [
            "1: write 1",
            "2: write 2",
            "3: read -> 1",
            "3: read -> 2",
            "3: read -> 1",
        ],
        "monotonic writes": ["1: write 1", "1: write 2", "3: read -> 2", "3: read -> 1"],
        "writes follow reads": [
            *("1: write 1", "2: read -> 1", "2: write 2"),
            *("3: read -> 2", "3: read -> 1"),
        ],
    }
    assert guarantee in broken(story(*stories[guarantee]))
    assert broken(story(*stories[guarantee], "9: write 1")) & GUARANTEES == set()
    more = ["8: write 1"] + ["3: read -> 2", "3: read -> 1"] * 3
    assert "monotonic reads" in broken(story(*stories[guarantee], *more))
