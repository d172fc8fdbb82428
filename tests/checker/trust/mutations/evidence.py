"""What is shown of a violation: what may be left out, the fewest operations, where it breaks."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import named

EVIDENCE = [
    *named(
        "licence.register",
        "tests/checker/test_licence.py",
        (
            "an effect goes with what may have observed it",
            "            if not values:\n                return frozenset(kept)",
            "            if True:\n                return frozenset(kept)",
            "test_a_write_goes_with_what_may_have_observed_it",
        ),
        (
            "what began before a reader ended may have been observed",
            "may_precede = bisect_left(gone_starts, calls[at].end)",
            "may_precede = bisect_left(gone_starts, calls[at].start)",
            "test_leaving_out_with_licence_keeps_linearizable_histories_linearizable",
        ),
        (
            "an effect hides others only if it was over before the reader began",
            "before = bisect_left(staying_ends, calls[at].start)",
            "before = bisect_left(staying_ends, calls[at].end)",
            "test_leaving_out_with_licence_keeps_linearizable_histories_linearizable",
        ),
        (
            "an effect that stays hides those that were over before",
            "covered_from = latest_staying_start[before - 1] if before else -1",
            "covered_from = -1",
            "test_a_read_can_stay_if_the_value_was_written_again_in_between",
        ),
        (
            "an effect hides only those that were over before it began",
            "if latest_gone_end[may_precede - 1] >= covered_from:",
            "if latest_gone_end[may_precede - 1] >= 10**9 * covered_from:",
            "test_leaving_out_with_licence_keeps_linearizable_histories_linearizable",
        ),
        (
            "a cas observes what it replaces",
            "        return (call.value[0],)",
            "        return None",
            "test_a_cas_that_observed_it_goes_too_and_so_on",
        ),
        (
            "a cas has an effect",
            "        return (call.value[1],)",
            "        return None",
            "test_a_cas_that_observed_it_goes_too_and_so_on",
        ),
        (
            "what is around a read has what its writes may have seen",
            "                    if expects(self.calls[at]) is not None:\n"
            "                        todo.append(at)\n"
            "        return",
            "                    pass\n        return",
            "test_what_is_around_some_calls_on_a_register_is_licensed",
        ),
        (
            "only a write that was over before hides others",
            "over = bisect_left(self._write_ends, call.start)",
            "over = len(self._write_ends)",
            "test_what_is_around_some_calls_on_a_register_is_licensed",
        ),
    ),
    *named(
        "licence.register",
        "tests/checker/trust/test_certificates.py",
        (
            "what is around a read has the writes that it may have seen",
            "            for at in self._effects_of(call).that_may_have_been_seen_by(call):",
            "            for at in ():",
            "test_the_verifier_confirms_what_the_checker_says[register, unique values]",
        ),
    ),
    *named(
        "licence.register",
        "tests/checker/test_licence.py",
        (
            "what a register's call may have observed is not always the least",
            "    least = False",
            "    least = True",
            "test_on_a_register_less_may_do_than_what_is_around_some_calls",
        ),
    ),
    *named(
        "licence.facts",
        "tests/checker/test_licences.py",
        (
            "what left a fact before its reader ended is in the window",
            "high = bisect_left(self._starts, call.end) if",
            "high = 0 if",
            "test_checker_and_verifier_agree[list-append]",
        ),
        (
            "what was over before one began is not what comes later",
            "return leaver.end >= call.start",
            "return False",
            "test_checker_and_verifier_agree[set]",
        ),
        (
            "what began when a reader was over is not in a part for its sake",
            "return how == EVER or leaver.start < call.end",
            "return True",
            "test_no_part_around_a_call_has_less_than_the_least[list-append]",
        ),
        (
            "what is shown is wanted of each element",
            "                    there[how].add(thing)",
            "                    there[how].update(things)",
            "test_checker_and_verifier_agree[set]",
        ),
        (
            "what shows that something went may go",
            "                how in things",
            "                False",
            "test_what_is_linearizable_stays_so[checker-list-append]",
        ),
    ),
    *named(
        "licence.facts",
        "tests/checker/test_licence.py",
        (
            "of a window that goes further back, all is taken",
            "if fact in widest and widest[fact][0] <= hidden:",
            "if fact in widest:",
            "test_what_one_reader_may_have_observed_is_no_bound_for_another",
        ),
    ),
    *named(
        "shrink",
        "tests/checker/trust/test_certificates.py",
        (
            "only what has no linearization is gone on with",
            "        if answer is False:\n            self._part",
            "        if answer is not None:\n            self._part",
            "test_the_verifier_confirms_what_the_checker_says[register, unique values]",
        ),
        (
            "what is around some calls is licensed",
            "around = self._licence.support(core) & self._part",
            "around = core & self._part",
            "test_the_verifier_confirms_what_the_checker_says[register, unique values]",
        ),
    ),
    *named(
        "shrink",
        "tests/checker/test_licence.py",
        (
            "what is around some calls may have a linearization",
            "            if answer is not False:\n                return\n            self._part",
            "            self._part",
            "test_a_hint_that_errs_is_not_believed",
        ),
        (
            "what came last may have a linearization",
            "            if answer is False:\n                self._part, self._core",
            "            if True:\n                self._part, self._core",
            "test_what_came_last_may_have_a_linearization",
        ),
        (
            "what is only undecided in vain is tried again, call by call",
            "self._in_vain.items() if fits}",
            "self._in_vain.items()}",
            "test_what_was_not_decided_in_time_is_tried_again_at_the_end",
        ),
        (
            "at the end every single call was tried",
            "        self._pass(sorted(self._part), 1)\n        return",
            "        return",
            "test_calls_that_can_not_go_together_may_go_one_by_one",
        ),
        (
            "of many calls that can't go together each may go",
            "        elif len(unwanted) == 1:",
            "        elif unwanted:",
            "test_calls_that_can_not_go_together_may_go_one_by_one",
        ),
        (
            "what was undecided is not called irreducible",
            "            self._undecided += 1\n        elif",
            "            pass\n        elif",
            "test_a_part_too_hard_to_decide_stays_and_is_not_called_irreducible",
        ),
        (
            "without time nothing is called irreducible",
            "                self._undecided += 1\n                return",
            "                return",
            "test_without_time_the_part_is_not_shrunk_and_not_called_irreducible",
        ),
        (
            "what is decided call by call is irreducible",
            "        self._undecided = 0  # what was undecided",
            "        pass  # what was undecided",
            "test_what_was_too_hard_as_a_larger_part_is_decided_call_by_call",
        ),
    ),
    *named(
        "narrow",
        "tests/checker/test_narrow.py",
        (
            "an element is forgotten with all that puts it there",
            "            if call.value in kept:\n",
            "            if True:\n",
            "test_what_is_left_is_what_the_calls_say_of_an_element",
        ),
        (
            "what a read returned stays as far as it is remembered",
            "for element in shown if element in kept)",
            "for element in ())",
            "test_what_is_left_is_what_the_calls_say_of_an_element",
        ),
        (
            "an element is forgotten in what reads returned",
            "for element in shown if element in kept)",
            "for element in shown)",
            "test_what_is_linearizable_stays_so[set]",
        ),
    ),
    *named(
        "counterexample",
        "tests/checker/test_budget.py",
        (
            "what would take longer than is left is not begun",
            "if trial.deadline - trial.began < takes:",
            "if False:",
            "test_what_would_take_longer_than_is_left_is_not_begun",
        ),
        (
            "without time nothing is made ready to be shrunk",
            "    if not budget.out_of_time():",
            "    if True:",
            "test_without_time_to_explain_nothing_is_made_ready_for_it",
        ),
    ),
    *named(
        "counterexample",
        "tests/checker/test_confirm.py",
        (
            "what does not stand a second look is not said",
            "    if second_look:\n        return None",
            "    if False:\n        return None",
            "test_an_algorithm_that_errs_makes_the_verdict_unknown[a conflict that is none]",
        ),
        (
            "who had no time for a second look says so",
            "        second_look is False,\n",
            "        True,\n",
            "test_a_second_look_that_ran_out_of_time_is_said",
        ),
    ),
    *named(
        "cut",
        "tests/checker/trust/test_breaking.py",
        (
            "the whole may break before a part of it does",
            "            if earlier >= 0 and (reached is None or self._ends[earlier] >= reached):",
            "            if False:",
            "test_it_breaks_at_the_first_completion_that_no_order_explains[cas-register]",
        ),
    ),
    *named(
        "cut",
        "tests/checker/test_cut.py",
        (
            "what was open when a part breaks may explain it",
            "            if self._is_broken(breaks, part):",
            "            if True:",
            "test_what_is_open_when_a_part_breaks_may_explain_it",
        ),
        (
            "what took too long is not called the first",
            "return self._cut(breaks, fits is True, part)",
            "return self._cut(breaks, True, part)",
            "test_without_time_for_it_no_break_is_told",
        ),
    ),
    *named(
        "breaking",
        "tests/checker/trust/test_breaking.py",
        (
            "what had not completed may have happened or not",
            "            call = msgspec.structs.replace(call, end=FOREVER, result=UNKNOWN)",
            "            pass",
            "test_it_breaks_at_the_first_completion_that_no_order_explains[cas-register]",
        ),
        (
            "what is open is said to be so",
            "replace(call, end=FOREVER, result=UNKNOWN)",
            "replace(call, end=FOREVER)",
            "test_it_breaks_at_the_first_completion_that_no_order_explains[multi-register]",
        ),
        (
            "the break lies above what fits",
            "            low = probe\n        else:\n            high = probe",
            "            high = probe\n        else:\n            low = probe",
            "test_it_breaks_at_the_first_completion_that_no_order_explains[counter]",
        ),
        (
            "the break is the first that does not fit",
            "    return ends[high], True",
            "    return ends[max(low, 0)], True",
            "test_it_breaks_at_the_first_completion_that_no_order_explains[fifo-queue]",
        ),
        (
            "what a register may have been is what can be read then",
            "        if answer.linearizable:\n            possible",
            "        if True:\n            possible",
            "test_it_breaks_at_the_first_completion_that_no_order_explains[cas-register]",
        ),
        (
            "a register may never have been written",
            "[model.initial(), *(",
            "[*(",
            "test_it_breaks_at_the_first_completion_that_no_order_explains[cas-register]",
        ),
    ),
    *named(
        "possible",
        "tests/checker/trust/test_breaking.py",
        (
            "a completed call is placed by its end",
            "passed = {one for one in reached if one[0] >> at & 1}",
            "passed = reached",
            "test_it_breaks_at_the_first_completion_that_no_order_explains[counter]",
        ),
        (
            "nothing takes effect before it begins",
            "        if call.start > end:\n            break\n        if call.end < end",
            "        if call.end < end",
            "test_it_breaks_at_the_first_completion_that_no_order_explains[list-append]",
        ),
        (
            "a call happens once",
            "if placed & bit or earlier",
            "if earlier",
            "test_it_breaks_at_the_first_completion_that_no_order_explains[counter]",
        ),
    ),
    *named(
        "possible",
        "tests/checker/test_possible.py",
        (
            "a read that is to come allows what it shows",
            "return call.value not in elements",
            "return True",
            "test_what_is_left_out_on_the_way_changes_nothing[grow-only set]",
        ),
        (
            "a read that is to come allows the value it shows next",
            "return shown[size : size + 1] != (call.value,)",
            "return shown[:1] != (call.value,)",
            "test_what_is_left_out_on_the_way_changes_nothing[list-append]",
        ),
        (
            "what a read that is open does not show may not come before it",
            "                other.end == self._end\n",
            "                True\n",
            "test_what_is_left_out_on_the_way_changes_nothing[set of few elements]",
        ),
        (
            "an add and a remove of an element can't be exchanged",
            "else other.f == call.f or other.value != call.value",
            "else True",
            "test_what_is_left_out_on_the_way_changes_nothing[set of few elements]",
        ),
        (
            "what certainly is too much is not certain while a read is to come",
            "if model.kind not in GROWING or not ahead.leave_open(placed, completes):",
            "if model.kind not in GROWING:",
            "test_a_read_that_is_to_come_leaves_few_ways",
        ),
        (
            "what completes may come before all that is open",
            "            self._commute\n            and call.f",
            "            False\n            and call.f",
            "test_what_changes_no_answer_is_placed_when_it_completes",
        ),
        (
            "what is certainly too much is not tried",
            "> left:\n            return []",
            "> left << 99:\n            return []",
            "test_what_is_certainly_too_much_is_not_tried",
        ),
    ),
]
