"""What could not be there when it was found, told before any search."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checker import check
from harness.model import Model
from harness.model.fifo_queue import FifoQueue
from harness.model.kv import KeyValue
from harness.model.multi_register import MultiRegister
from harness.model.priority_queue import PriorityQueue
from harness.model.register import CasRegister
from harness.model.set import ElementSet
from harness.model.stack import Stack
from harness.model.unordered_queue import UnorderedQueue
from tests.checker.story import story

AGAIN = ("1: write 1 ok", "1: write 1 ok")
TWICE = ("1: enqueue 1 ok", "1: enqueue 1 ok")
REGISTER, TRANSACTIONS = CasRegister(), MultiRegister()
QUEUES = (FifoQueue(), UnorderedQueue(), PriorityQueue())
BACK_AND_FORTH = ("1: cas [7,8] info", "2: cas [8,7] info")

IMPOSSIBLE: dict[str, tuple[Model, tuple[str, ...], list[int]]] = {
    "a value that nobody wrote": (REGISTER, (*AGAIN, "2: read -> 7"), [4]),
    "nor anybody who succeeded": (REGISTER, (*AGAIN, "1: write 7 fail", "2: read -> 7"), [6]),
    "a value that is written later": (REGISTER, (*AGAIN, "2: read -> 7", "1: write 7 ok"), [4]),
    "a cas from it": (REGISTER, (*AGAIN, "2: cas [7,1] ok"), [4]),
    "a value that only a cas from itself leaves": (REGISTER, (*AGAIN, "2: cas [7,7] ok"), [4]),
    "or two that rest on each other": (
        REGISTER, (*AGAIN, *BACK_AND_FORTH, "3: read -> 7"), [4, 6, 8]
    ),
    "a value brought about from one that comes too late": (
        REGISTER, (*AGAIN, "2: cas [5,7] info", "3: read -> 7", "1: write 5 ok"), [4, 6]
    ),
    "null, when it can't come back, is left to the search": (REGISTER, (*AGAIN, "2: read"), []),
    "of a key": (KeyValue(), ("1: x write 1 ok", "1: x write 1 ok", "2: x read -> 7"), [4]),
    "in a transaction": (
        TRANSACTIONS, ('1: txn [["w","x",1]] ok', '2: txn [["r","x",null]] -> [["r","x",7]]'), [2]
    ),
    "a transaction before its own write": (
        TRANSACTIONS,
        ('2: txn [["r","x",null],["w","x",7]] -> [["r","x",7],["w","x",7]]',),
        [0],
    ),
    "an element of a set": (
        ElementSet(), ("2: read -> [7]", "1: add 7 ok", "1: add 7 ok"), [0]
    ),
    "what a stack never held": (Stack(), ("1: push 1 ok", "1: push 1 ok", "2: pop -> 7"), [4]),
    **{
        f"what a {queue.name} never held": (queue, (*TWICE, "2: dequeue -> 7"), [4])
        for queue in QUEUES
    },
}  # fmt: skip
"""The model, the story, and the invocations of the fewest operations; none where it can't tell."""


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_could_not_be_there(name: str) -> None:
    model, lines, fewest = IMPOSSIBLE[name]
    verdict = check(story(*lines), model)
    assert verdict.valid is False
    assert ("sources" in verdict.algorithm) is bool(fewest)
    if fewest:
        began = [operation.invocation.index for operation in verdict.counterexample]
        assert began == fewest
        assert verdict.irreducible
        assert verdict.breaks_at is not None


@pytest.mark.parametrize(
    ("model", "lines"),
    [
        (REGISTER, (*AGAIN, "1: write 7 info", "2: read -> 7")),
        (REGISTER, (*AGAIN, "1: write 7 begin", "2: read -> 7", "1: end ok")),
        (REGISTER, (*AGAIN, "2: read begin", "1: write 7 ok", "2: end -> 7")),
        (REGISTER, (*AGAIN, "2: cas [1,5] info", "3: cas [5,7] info", "4: read -> 7")),
        (REGISTER, ("2: read -> null", "2: cas [null,7] ok", *AGAIN)),
        (TRANSACTIONS, ('1: txn [["r","x",null],["w","x",7],["r","x",null]] '
                        '-> [["r","x",null],["w","x",7],["r","x",7]]',)),
        (FifoQueue(), ("1: dequeue -> null", *TWICE, "1: dequeue info", "1: dequeue -> 1")),
    ],
)  # fmt: skip
def test_what_could_be_there(model: Model, lines: Any) -> None:
    assert check(story(*lines), model).valid is True
