"""From a history to a verdict: who decides what, many keys, long histories."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import named

WHOLE_CHECK = [
    *named(
        "columns",
        "tests/checker/test_columns.py",
        (
            "few operations are not worth columns",
            "len(rows) < MANY",
            "len(rows) < 0",
            "test_few_operations_are_not_worth_columns",
        ),
        (
            "a read is told its value at its completion",
            "np.where(is_write, invoked, completed)",
            "invoked",
            "test_whatever_the_values_are[integers]",
        ),
        (
            "an order is replayed before it is believed",
            "    if not is_linearization_columns(order, start, end, is_write, code, first):",
            "    if False:",
            "test_an_order_that_does_not_replay_is_none",
        ),
    ),
    *named(
        "parallel",
        "tests/checker/test_parallel.py",
        (
            "few operations are not worth a process",
            "operations < PAYS_FROM",
            "operations < 0",
            "test_few_operations_are_not_worth_a_process",
        ),
        (
            "an order names invocations",
            "key.indices(answer.order), decision.algorithm",
            "tuple(answer.order), decision.algorithm",
            "test_the_verdict_and_its_evidence_are_the_same",
        ),
        (
            "only what has an order is ordered",
            "if answer.linearizable and is_linearization",
            "if answer.linearizable is not None and not is_linearization",
            "test_every_key_is_ordered_by_some_process",
        ),
        (
            "every key falls to a process",
            "range(at, min(at + step, len(keys)))",
            "range(at, min(at + step - 1, len(keys)))",
            "test_every_key_is_ordered_by_some_process",
        ),
    ),
    *named(
        "confirm_columns",
        "tests/checker/test_confirm_columns.py",
        (
            "no row counts from the end",
            "((rows < 0) | (rows >= len(start))).any()",
            "(rows >= len(start)).any()",
            "test_an_order_is_replayed[order13-False]",
        ),
        (
            "there is no row beyond the last",
            "((rows < 0) | (rows >= len(start))).any()",
            "(rows < 0).any()",
            "test_an_order_is_replayed[order12-False]",
        ),
        (
            "no call happens twice",
            "(placed > 1).any() or",
            "False or",
            "test_an_order_is_replayed[order7-False]",
        ),
        (
            "every completed call happens",
            "((placed == 0) & (end != FOREVER)).any()",
            "False",
            "test_an_order_is_replayed[order4-False]",
        ),
        (
            "a crashed call may not have happened",
            "((placed == 0) & (end != FOREVER)).any()",
            "(placed == 0).any()",
            "test_an_order_is_replayed[order0-True]",
        ),
        (
            "real time holds beyond neighbours",
            "np.maximum.accumulate(start[rows])).any()",
            "np.append(-1, start[rows][:-1])).any()",
            "test_agrees_with_the_replay_of_single_steps",
        ),
        (
            "a read finds what was written last",
            "return bool((writing | (value == there)).all())",
            "return True",
            "test_an_order_is_replayed[order2-False]",
        ),
        (
            "before the first write the first value is there",
            "np.where(last_write < 0, initial, value[last_write])",
            "value[last_write]",
            "test_an_order_is_replayed[order0-True]",
        ),
    ),
    *named(
        "decide",
        "tests/checker/test_check.py",
        (
            "a register has a search of its own",
            'register = self._model.kind == "register"',
            "register = False",
            "test_repeated_values_do_not_swell_the_counterexample",
        ),
    ),
    *named(
        "decide",
        "tests/checker/test_models.py",
        (
            "a model's own fast path comes first",
            "found = self._model.fast_path(self.calls)",
            "found = None",
            "test_a_models_own_fast_path_comes_first",
        ),
    ),
    *named(
        "decide",
        "tests/checker/test_budget.py",
        (
            "a search that ran out of memory says so",
            "self.out_of_memory = budget.out_of_memory()",
            "self.out_of_memory = False",
            "test_the_memory_limit_holds_inside_the_search",
        ),
    ),
    *named(
        "linearizable",
        "tests/checker/test_confirm.py",
        (
            "an order is replayed before it is believed",
            "if not is_linearization(answer.order, key_history.calls, self.model):",
            "if False:",
            "test_an_algorithm_that_errs_makes_the_verdict_unknown[an order that is none]",
        ),
        (
            "what does not stand a second look is unknown",
            "        if self.contradicted:",
            "        if False:",
            "test_an_algorithm_that_errs_makes_the_verdict_unknown[an order that is none]",
        ),
        (
            "a refusal that does not stand a second look is none",
            "        if found is None:\n"
            "            self.contradicted.append((key_history, decision))\n"
            "            return None",
            "        if found is None:\n            return None",
            "test_an_algorithm_that_errs_makes_the_verdict_unknown[a conflict that is none]",
        ),
    ),
    *named(
        "linearizable",
        "tests/checker/test_budget.py",
        (
            "what was given up is unknown",
            "        if self.given_up:",
            "        if False:",
            "test_the_time_limit_holds_inside_the_search[0.3]",
        ),
    ),
    *named(
        "linearizable",
        "tests/checker/trust/test_certificates.py",
        (
            "each order says of which key",
            "self.orders[at] = Order(key_history.key, key_history.indices(answer.order))",
            "self.orders[at] = Order(None, key_history.indices(answer.order))",
            "test_the_verifier_confirms_what_the_checker_says[kv]",
        ),
    ),
    *named(
        "fast.urgency",
        "tests/checker/test_collections.py",
        (
            "the most urgent goes first",
            'urgent = np.argsort(deadline, kind="stable")',
            'urgent = np.argsort(-deadline, kind="stable")',
            "TestEveryKind::test_an_order_of_thousands[0.1-stack]",
        ),
        (
            "where the stack is lowest is best",
            "int(np.argmin(level[low:high][::-1]))",
            "int(np.argmax(level[low:high][::-1]))",
            "TestOrderOfElements::test_where_guesses_fail_the_verdict_is_open",
        ),
        (
            "it has to go before the stack gets lower",
            "due[at] = due[taken[event] + 1]",
            "due[at] = at",
            "TestEveryKind::test_an_order_of_thousands[0.1-stack]",
        ),
        (
            "a strict guess comes after a loose one",
            "    yield _sorted(waiting, latest[strict])\n"
            "    yield _sorted(waiting, before[strict])",
            "    return",
            "TestOrderOfElements::test_spares_go_to_whom_they_help",
        ),
    ),
]
