"""The verdict while a test runs: from completion to completion."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import named

STREAMS = [
    *named(
        "streaming.key",
        "tests/checker/test_streaming.py",
        (
            "a guess may turn out wrong",
            "        if guessed and self._steps.guesses:",
            "        if False:",
            "test_it_finds_a_violation_at_the_op_that_proves_it[log-15-40]",
        ),
        (
            "what failed did not happen",
            "            self._witness = None\n        return self._forget(op)",
            "            pass\n        return self._forget(op)",
            "test_operations_of_unknown_outcome[6-lines2-cas-register]",
        ),
        (
            "what crashed may have happened",
            "self._witness = placed & ~op.bit, optional, used + group.unit, state",
            "self._witness = placed & ~op.bit, optional, used, state",
            "test_operations_of_unknown_outcome[10-lines4-cas-register]",
        ),
        (
            "at the end, what is open has crashed",
            "            if not op.reads:\n                self._crashed.add(op)",
            "            pass",
            "test_it_finds_a_violation_at_the_op_that_proves_it[register, unique values-1-12]",
        ),
        (
            "an empty frontier is the proof",
            "            if not self._frontier:\n                return False",
            "            if False:\n                return False",
            "test_operations_of_unknown_outcome[9-lines0-cas-register]",
        ),
        (
            "the frontier waits for what is open",
            "(oldest is None or oldest > tail[0].op.end)",
            "(True or oldest is None)",
            "test_operations_of_unknown_outcome[6-lines2-cas-register]",
        ),
        (
            "a tail that fits nowhere is the proof",
            "                return self._witness is not None",
            "                return True",
            "test_operations_of_unknown_outcome[6-lines2-cas-register]",
        ),
        (
            "configurations differ by what is placed",
            "self._by_state.setdefault((placed, state), [])",
            "self._by_state.setdefault((0, state), [])",
            "test_operations_of_unknown_outcome[None-lines1-any-register]",
        ),
        (
            "who stands in has as much optional",
            "return not other[0] & ~one[0] and (",
            "return (",
            "test_operations_of_unknown_outcome[None-lines1-cas-register]",
        ),
    ),
    *named(
        "streaming.live",
        "tests/checker/test_streaming.py",
        (
            "of those that ask the same the first invoked is used first",
            "insort(group.starts, op.start)",
            "group.starts.append(op.start)",
            "test_operations_of_unknown_outcome[None-lines3-cas-register]",
        ),
        (
            "a crashed operation takes effect after its invocation",
            "return count < len(self.starts) and self.starts[count] < before",
            "return count < len(self.starts)",
            "test_operations_of_unknown_outcome[6-lines2-cas-register]",
        ),
        (
            "what asks something else is another class",
            "question = (op.f, op.value)",
            "question = (op.f, None)",
            "test_operations_of_unknown_outcome[None-lines1-cas-register]",
        ),
    ),
    *named(
        "streaming.steps",
        "tests/checker/test_streaming.py",
        (
            "a crashed operation happens once",
            "yield placed, 0, used + group.unit, after",
            "yield placed, 0, used, after",
            "test_operations_of_unknown_outcome[9-lines0-any-register]",
        ),
        (
            "what crashed was invoked by then",
            "self._crashed.available(used, end)",
            "self._crashed.available(used, 1 << 60)",
            "test_operations_of_unknown_outcome[6-lines2-any-register]",
        ),
        (
            "a step may lead to several states",
            "        if not model.one_way:",
            "        if False:",
            "test_it_finds_a_violation_at_the_op_that_proves_it[a user's model-15-40]",
        ),
        (
            "a read is placed only where it fits",
            "if not placed & op.bit and any(True for _ in self._states(state, op)):",
            "if not placed & op.bit:",
            "test_operations_of_unknown_outcome[9-lines0-any-register]",
        ),
        (
            "what is open may have taken effect",
            "(op.outcome is OK or op.outcome is OPEN)",
            "op.outcome is OK",
            "test_operations_of_unknown_outcome[6-lines2-any-register]",
        ),
        (
            "what failed took no effect",
            "(op.outcome is OK or op.outcome is OPEN)",
            "True",
            "test_operations_of_unknown_outcome[6-lines2-any-register]",
        ),
        (
            "others may come before",
            "            for following in self._others(placed, used, state, effects, target.end):",
            "            for following in ():",
            "test_operations_of_unknown_outcome[9-lines0-any-register]",
        ),
    ),
    *named(
        "streaming.stream",
        "tests/checker/test_streaming.py",
        (
            "the nemesis is no client",
            "if op.process == NEMESIS or self.violation is not None:",
            "if self.violation is not None:",
            "test_the_nemesis_is_no_client",
        ),
        (
            "it matters who asks",
            "(op.process, value) if self._model.by_process else value",
            "value",
            "test_it_finds_a_violation_at_the_op_that_proves_it[reentrant-mutex-1-12]",
        ),
        (
            "a key given up is unknown",
            'return "unknown" if self.given_up else True',
            "return True",
            "test_without_the_means_it_is_late_or_says_unknown_but_never_wrong",
        ),
        (
            "each key is an object of its own",
            "return freeze(op.key) if self._model.per_key else None",
            "return None",
            "test_without_the_means_it_is_late_or_says_unknown_but_never_wrong",
        ),
        (
            "a model may say that keys are one object",
            "return freeze(op.key) if self._model.per_key else None",
            "return freeze(op.key)",
            "test_keys_are_objects_of_their_own_unless_the_model_says_otherwise",
        ),
        (
            "what is no history is an error",
            "        if op.process in self._running:",
            "        if False:",
            "test_what_is_no_history_of_the_model_is_an_error[ops1-op 0: process 1 invokes"
            " write while another is]",
        ),
        (
            "what the model does not know is an error",
            "        if op.f not in self._model.fs:",
            "        if False:",
            "test_what_is_no_history_of_the_model_is_an_error[ops0-op 2: the model register"
            " knows read, write]",
        ),
    ),
]
