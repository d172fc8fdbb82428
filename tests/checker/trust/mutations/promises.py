"""The weaker promises: cycles, orders of everything, staleness."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import named

PROMISES = [
    *named(
        "promises.graph",
        "tests/checker/promises/test_stories.py",
        (
            "a way of at least one edge",
            "            if edge.target == goal:",
            "            if edge.target == goal or True:",
            "test_coherence_is_local_and_sequential_consistency_is_not",
        ),
        (
            "a component is left at its root",
            "if low[node] == number[node]:",
            "if True:",
            "test_only_read_your_writes_is_broken",
        ),
    ),
    *named(
        "promises.keyed",
        "tests/checker/promises/test_stories.py",
        (
            "only what is known to be linearizable keeps all",
            "return self.answer.linearizable is True",
            "return self.answer.linearizable is not False or True",
            "test_a_stale_read_of_another_session_keeps_all_but_linearizability",
        ),
    ),
    *named(
        "promises.lag",
        "tests/checker/promises/test_stories.py",
        (
            "of several writes of the value the latest is assumed seen",
            "list(accumulate(found, max))",
            "list(accumulate(found, min))",
            "test_staleness_of_values_that_repeat_takes_the_latest_write",
        ),
        (
            "what was invoked after the seen write had completed was missed",
            'since = np.searchsorted(starts, saw, side="right")',
            'since = np.searchsorted(starts, saw * 0, side="right")',
            "test_staleness_is_that_of_the_stalest_key",
        ),
    ),
    *named(
        "promises.lag",
        "tests/checker/promises/test_differential.py",
        (
            "only what was complete by then was missed",
            "int(np.count_nonzero(ends[since[number] : until[number]] < begun[number]))",
            "int(until[number] - since[number])",
            "test_small_histories_agree_with_the_definitions",
        ),
    ),
    *named(
        "promises.saturate",
        "tests/checker/promises/test_stories.py",
        (
            "who read the first version comes before every write",
            "        self._before_all_writes(first_readers)\n\n    def",
            "        pass\n\n    def",
            "test_coherence_is_local_and_sequential_consistency_is_not",
        ),
        (
            "a session stands in its order",
            "                self._add(one, two, SAME_SESSION, one, two)\n"
            "        for one, followers",
            "                pass\n        for one, followers",
            "test_coherence_is_local_and_sequential_consistency_is_not",
        ),
    ),
    *named(
        "promises.schedule",
        "tests/checker/promises/test_differential.py",
        (
            "a call that reads what it replaces is its own reader",
            "own = not call.crashed and expects(call) == (state,)",
            "own = False",
            "test_larger_histories_agree_under_any_model",
        ),
        (
            "every completed call is placed",
            "            if not self._unplaced:\n                return True",
            "            if self._unplaced <= 1:\n                return True",
            "test_larger_histories_agree_under_any_model",
        ),
        (
            "what is taken back is there again",
            "            self._state[key] = before\n",
            "",
            "test_larger_histories_agree_under_any_model",
        ),
        (
            "crashed calls come last, but they come",
            "        if turn >= sure + len(self._crashed):",
            "        if turn >= sure:",
            "test_small_histories_agree_with_the_definitions",
        ),
    ),
    *named(
        "promises.sequential",
        "tests/checker/promises/test_stories.py",
        (
            "one key that is coherent is sequentially consistent, several need not be",
            "coherence.valid is True and len(keys) == 1:",
            "coherence.valid is True:",
            "test_coherence_is_local_and_sequential_consistency_is_not",
        ),
        (
            "a cycle proves that there is none",
            "        if saturated.cycle is not None:\n            return _cyclic",
            "        if False:\n            return _cyclic",
            "test_coherence_is_local_and_sequential_consistency_is_not",
        ),
    ),
    *named(
        "promises.staleness",
        "tests/checker/promises/test_stories.py",
        (
            "only reads are shifted",
            "if call.f in model.reads\n",
            "if True\n",
            "test_staleness_is_that_of_the_stalest_key",
        ),
        (
            "a shift reaches back before all that is not so old",
            'side="left")',
            'side="right") - 1',
            "test_a_stale_read_of_another_session_keeps_all_but_linearizability",
        ),
        (
            "a read of the future is stale for ever",
            "        if (whole := guilty(longest)) is not None:",
            "        if (whole := None) is not None:",
            "test_two_cas_cannot_replace_the_same_version",
        ),
    ),
    *named(
        "promises.zones",
        "tests/checker/promises/test_differential.py",
        (
            "forward zones do not overlap",
            "        if len(overlaps):",
            "        if False:",
            "test_small_histories_agree_with_the_definitions",
        ),
        (
            "a zone ends at its last read",
            "            if call.start > zone[2]:",
            "            if zone[2] == NO_READ:",
            "test_small_histories_agree_with_the_definitions",
        ),
        (
            "values are written once",
            "                if call.value in written:\n                    return False",
            "                if False:\n                    return False",
            "test_small_histories_agree_with_the_definitions",
        ),
    ),
    *named(
        "promises.zones",
        "tests/checker/promises/test_stories.py",
        (
            "no backward zone lies inside a forward one",
            "return int(self._key[backward[inside[0]]]) if len(inside) else None",
            "return None",
            "test_a_stale_read_of_another_session_keeps_all_but_linearizability",
        ),
        (
            "no read ends before its write begins",
            "if zone is None or call.end < zone[0]:",
            "if zone is None:",
            "test_a_read_of_the_future_breaks_linearizability_and_no_shift_of_reads_helps",
        ),
    ),
    *named(
        "promises.staleness",
        "tests/checker/promises/test_limits.py",
        (
            "without time no bound is tried",
            "    if budget.out_of_time():\n        reason",
            "    if False:\n        reason",
            "test_without_time_nothing_is_decided_and_nothing_left_out",
        ),
    ),
    *named(
        "promises.versions",
        "tests/checker/promises/test_limits.py",
        (
            "a cas to the same value is no source of it",
            "return len(found) - (expected == writes(call) and at in self._own)",
            "return len(found)",
            "test_a_cas_to_the_same_value_is_no_source_of_it",
        ),
    ),
]
