"""The verdict while a test runs, on a register: what is covered, retired or taken up."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import named

REGISTER_STREAMS = [
    *named(
        "streaming.register_steps",
        "tests/checker/test_streaming.py",
        (
            "a read fits where its value is",
            "            if op.result == state:\n",
            "            if True:\n",
            "test_operations_of_unknown_outcome[9-lines0-cas-register]",
        ),
        (
            "what is placed is not optional any more",
            "        for op in self._reads:\n"
            "            if op.result == state:\n"
            "                placed |= op.bit\n"
            "        return placed, optional & ~placed, used, state",
            "        for op in self._reads:\n"
            "            if op.result == state:\n"
            "                placed |= op.bit\n"
            "        return placed, optional, used, state",
            "test_operations_of_unknown_outcome[9-lines0-cas-register]",
        ),
        (
            "only what is covered is retired",
            "        if not optional & target.bit:\n            return\n",
            "",
            "test_operations_of_unknown_outcome[9-lines0-cas-register]",
        ),
        (
            "a covered write may be retired",
            "            yield self._retire(now, target)\n            return",
            "            return",
            "test_operations_of_unknown_outcome[None-lines1-cas-register]",
        ),
        (
            "a covered read needs the write of its value",
            " and op.value == target.result:",
            ":",
            "test_it_finds_a_violation_at_the_op_that_proves_it[register, unique values-1-12]",
        ),
        (
            "the reads of a covered write are retired with it",
            "if optional & op.bit and op.result == write.value:",
            "if False:",
            "test_it_finds_a_violation_at_the_op_that_proves_it[register, unique values-15-40]",
        ),
        (
            "a cas needs its old value",
            "if placed & op.bit or _old(op) != state:",
            "if placed & op.bit:",
            "test_it_finds_a_violation_at_the_op_that_proves_it[cas-register-1-12]",
        ),
        (
            "a completed cas may be placed at any time",
            "if op.outcome is OK or _new(op) in wanted:",
            "if _new(op) in wanted:",
            "test_operations_of_unknown_outcome[None-lines1-cas-register]",
        ),
        (
            "an open cas may be wanted",
            "if op.outcome is OK or _new(op) in wanted:",
            "if op.outcome is OK:",
            "test_it_finds_a_violation_at_the_op_that_proves_it[cas-register-15-40]",
        ),
        (
            "a write that is expected may come before",
            "(op is target or op.value in taken_up)",
            "(op is target)",
            "test_operations_of_unknown_outcome[6-lines2-cas-register]",
        ),
        (
            "the target itself is placed",
            "(op is target or op.value in taken_up)",
            "(op.value in taken_up)",
            "test_operations_of_unknown_outcome[9-lines0-cas-register]",
        ),
        (
            "the target's value is expected",
            "found: dict[Hashable, None] = {target.result: None} if target.reads else {}",
            "found: dict[Hashable, None] = {}",
            "test_operations_of_unknown_outcome[6-lines2-cas-register]",
        ),
        (
            "what a cas replaces is expected",
            "                found[_old(op)] = None",
            "                pass",
            "test_operations_of_unknown_outcome[None-lines1-cas-register]",
        ),
        (
            "a crashed write takes effect after its invocation",
            "if write is None or not write.available(used, self._target.end):",
            "if write is None or not write.available(used, 1 << 60):",
            "test_operations_of_unknown_outcome[6-lines2-cas-register]",
        ),
        (
            "a crashed write covers even where its value is there",
            "if value != state or self._coverable & ~placed & ~optional:",
            "if value != state:",
            "test_operations_of_unknown_outcome[None-lines1-cas-register]",
        ),
        (
            "a crashed cas happens once",
            "(placed, optional, used + each.unit, new)",
            "(placed, optional, used, new)",
            "test_operations_of_unknown_outcome[9-lines0-cas-register]",
        ),
        (
            "a write covers what is open",
            "return self.settled((placed, now[1] | self._coverable, used, value))",
            "return self.settled((placed, now[1], used, value))",
            "test_operations_of_unknown_outcome[None-lines1-cas-register]",
        ),
    ),
]
