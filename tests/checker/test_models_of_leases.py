"""Locks, offices and memberships that end without a word: what is wrong all the same."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from harness.checker import check
from harness.history import Op
from harness.model import Model
from harness.model.leader_election import LeaderElection
from harness.model.leased_lock import LeasedLock
from harness.model.membership import Membership

Step = tuple[Any, ...]


def history(*steps: Step) -> list[Op]:
    """Steps are (process, f, value, result), one after the other; a result of `...` never came."""
    ops: list[Op] = []

    def add(kind: Any, process: int, f: str, value: Any) -> None:
        at = len(ops)
        ops.append(Op(index=at, time=at, type=kind, process=process, f=f, value=value))

    for process, f, value, result in steps:
        add("invoke", process, f, value)
        if result is not ...:
            add("ok", process, f, result)
    return ops


def lock(process: int, f: str, value: Any = None, result: Any = None) -> Step:
    return process, f, value, value if f == "write" and result is None else result


ACQUIRED = lock(1, "acquire", None, 7)
TAKEN = lock(2, "acquire", None, 9)


@pytest.mark.parametrize(
    ("steps", "valid"),
    [
        ([ACQUIRED, lock(1, "check"), lock(1, "release"), TAKEN], True),
        ([ACQUIRED, TAKEN, lock(2, "check")], True),
        ([ACQUIRED, TAKEN, lock(1, "check")], False),
        ([ACQUIRED, TAKEN, lock(1, "release")], False),
        ([ACQUIRED, TAKEN, lock(1, "write", "x")], False),
        ([ACQUIRED, lock(2, "acquire", None, 7)], False),
        ([TAKEN, ACQUIRED], False),
        ([lock(1, "check")], False),
        ([ACQUIRED, lock(1, "release"), lock(1, "check")], False),
        ([ACQUIRED, lock(1, "write", "x"), TAKEN, lock(3, "read", None, "x")], True),
        ([ACQUIRED, lock(1, "write", "x"), TAKEN, lock(3, "read", None, None)], False),
        # A write that crashed may land as long as nobody else has the lock, and not later.
        ([ACQUIRED, (1, "write", "x", ...), lock(3, "read", None, "x"), TAKEN], True),
        ([ACQUIRED, (1, "write", "x", ...), TAKEN, lock(3, "read", None, "x")], True),
        (
            [ACQUIRED, (1, "write", "x", ...), TAKEN, lock(2, "write", "y"),
             lock(3, "read", None, "x")],
            False,
        ),
        ([(1, "acquire", None, ...), TAKEN, lock(2, "check")], True),
        ([ACQUIRED, (1, "release", None, ...), TAKEN], True),
    ],
)  # fmt: skip
def test_leased_lock(steps: list[Step], valid: bool) -> None:
    assert check(history(*steps), LeasedLock()).valid is valid


def test_a_check_beside_the_next_acquire_may_have_come_first() -> None:
    ops = history(ACQUIRED, TAKEN, lock(1, "check"))
    order = [*ops[:3], ops[4], ops[3], ops[5]]
    overlapping = [replace(op, index=at, time=at) for at, op in enumerate(order)]
    assert check(overlapping, LeasedLock()).valid is True


WON = (1, "campaign", "a", "a")
WON_NEXT = (2, "campaign", "b", "b")


@pytest.mark.parametrize(
    ("steps", "valid"),
    [
        ([WON, (1, "lead", None, None), (3, "read", None, "a"), WON_NEXT], True),
        ([(3, "read", None, None), WON, (3, "read", None, None)], False),
        ([WON, WON_NEXT, (1, "lead", None, None)], False),
        ([WON, WON_NEXT, (1, "resign", None, None)], False),
        ([WON, WON_NEXT, (3, "read", None, "a")], False),
        ([WON, (1, "resign", None, None), (3, "read", None, "a")], True),
        ([WON, (1, "resign", None, None), (1, "lead", None, None)], False),
        ([(1, "campaign", "a", ...), (3, "read", None, None), (3, "read", None, "a")], True),
        ([WON, (2, "campaign", "b", ...), (3, "read", None, "b"), (1, "lead", None, None)], False),
        ([WON, (2, "campaign", "b", ...), (1, "lead", None, None), (3, "read", None, "b")], True),
        ([(2, "campaign", "b", ...), (3, "read", None, "b"), WON, (3, "read", None, "b")], False),
    ],
)
def test_leader_election(steps: list[Step], valid: bool) -> None:
    assert check(history(*steps), LeaderElection()).valid is valid


JOINED = (1, "join", 5, 5)


@pytest.mark.parametrize(
    ("steps", "valid"),
    [
        ([JOINED, (2, "join", 6, 6), (3, "list", None, [5, 6]), (1, "check", None, None)], True),
        ([JOINED, (3, "list", None, [5, 5])], False),
        ([JOINED, (3, "list", None, []), (3, "list", None, [])], True),
        ([JOINED, (3, "list", None, []), (1, "check", None, None)], False),
        ([JOINED, (3, "list", None, []), (3, "list", None, [5])], False),
        ([JOINED, (1, "leave", None, None), (3, "list", None, [5])], False),
        ([JOINED, (1, "leave", None, None), (1, "check", None, None)], False),
        ([JOINED, (1, "join", 7, 7), (3, "list", None, [5, 7])], False),
        ([JOINED, (3, "list", None, []), (1, "join", 7, 7), (3, "list", None, [7])], True),
        ([(1, "join", 5, ...), (3, "list", None, []), (3, "list", None, [5])], True),
        ([(1, "join", 5, ...), (3, "list", None, [5]), (3, "list", None, []),
          (3, "list", None, [5])], False),
        ([JOINED, (1, "leave", None, ...), (3, "list", None, [5]), (3, "list", None, [])], True),
    ],
)  # fmt: skip
def test_membership(steps: list[Step], valid: bool) -> None:
    assert check(history(*steps), Membership()).valid is valid


def test_a_reason_shows_values_without_their_processes() -> None:
    steps = [JOINED, (3, "list", None, []), (1, "check", None, None)]
    reason = check(history(*steps), Membership()).reason
    assert reason is not None
    assert "the last to complete is process 1's check of null at" in reason
    reason = check(history(ACQUIRED, TAKEN, lock(1, "write", "x")), LeasedLock()).reason
    assert reason is not None
    assert "process 1's write of x at" in reason


@pytest.mark.parametrize("model", [LeasedLock(), LeaderElection(), Membership()])
def test_what_crashed_costs_nothing(model: Model) -> None:
    """Forty that crashed, and the one thing that can't be: decided at once all the same."""
    opens = {"leased-lock": "acquire", "leader-election": "campaign", "membership": "join"}
    wrong = {"leased-lock": "check", "leader-election": "lead", "membership": "check"}
    crashed = [(10 + n, opens[model.name], n, ...) for n in range(40)]
    steps = [*crashed, (1, wrong[model.name], None, None)]
    assert check(history(*steps), model, time_limit_s=5).valid is False
