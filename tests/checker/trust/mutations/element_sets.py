"""Sets whose elements come and go."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import harmful, named

ELEMENT_SETS = [
    *harmful(
        "fast.element_set",
        ("set",),
        (
            "a set without some elements proves nothing of those that are left out of it",
            "known = stuck.certain or _has_none(",
            "known = True or _has_none(",
        ),
        (
            "where an element was added twice, few calls about it contradict nothing",
            "few = len(calls) <= FEW and len(set(added)) == len(added)",
            "few = len(calls) <= FEW",
        ),
    ),
    *harmful(
        "fast.element_runs",
        ("set",),
        ("a read shows no element twice", "if len(now) < len(shown(read)):", "if False:"),
    ),
    *harmful(
        "fast.element_walk",
        ("set",),
        ("a read happens where its set is", "if not differing:", "if True:"),
        ("an add has its effect", "self._state.add(self._lives.values[element])", "pass"),
        (
            "reads that lack an element come before its add, or after its removal",
            "must = high[rank] < gone or sides.before(rank, element)",
            "must = False",
        ),
        (
            "reads that show an element come before its removal",
            "possible = all(self._done[rank] or self._read(rank) for rank in showing)",
            "possible = True",
        ),
    ),
    *harmful(
        "fast.element_lives",
        ("set",),
        (
            "elements added twice are left to the search",
            'if call.f == "add" and adds.setdefault(call.value, at) != at:',
            'if call.f == "add" and adds.setdefault(call.value, at) < 0:',
        ),
        (
            "a remove that ends before its element is shown for the last time has no effect",
            "early = np.flatnonzero(self._gone[1] < since).tolist()",
            "early: list[int] = []",
        ),
        (
            "a remove that may as well come before the add proves nothing",
            "if either and not certain:",
            "if False:",
        ),
    ),
]

TOLD_RIGHTLY = "test_sides_are_told_rightly"

TOLD = named(
    "fast.element_sides",
    "tests/checker/test_element_sides.py",
    (
        "a read that lacks two elements of another is on the same side of both",
        "(rank, theirs - mine, True)",
        "(rank, theirs - mine, False)",
        TOLD_RIGHTLY,
    ),
    (
        "two reads of which each lacks an element of the other are on opposite sides",
        "(other, mine - theirs, False)",
        "(other, mine - theirs, True)",
        TOLD_RIGHTLY,
    ),
    (
        "what is told of one of a class says which side the other is on",
        "self.settle(rank, element, told == same)",
        "self.settle(rank, element, told)",
        TOLD_RIGHTLY,
    ),
    (
        "a read that shows an element may end in its zone",
        "if self._gone_low[element] > high and lacks(element):",
        "if self._gone_low[element] > high:",
        TOLD_RIGHTLY,
    ),
    (
        "a read ends before a zone only if that reaches beyond its window",
        "if self._gone_low[element] > high and lacks(element):",
        "if lacks(element):",
        TOLD_RIGHTLY,
    ),
    (
        "a read begins after a zone only if that reaches back before its window",
        "if self._add_high[element] < low and lacks(element):",
        "if lacks(element):",
        TOLD_RIGHTLY,
    ),
)

SPARED = named(
    "fast.element_sides",
    "tests/checker/test_element_side_rules.py",
    (
        "a window that begins after an add must have come is after the element's life",
        "if self.low[rank] > self._add_high[element]:",
        "if False:",
        "test_a_window_tells",
    ),
    (
        "a window that ends before a removal can come is before the element's life",
        "return True if self.high[rank] < self._gone_low[element] else self._known.get(side)",
        "return self._known.get(side)",
        "test_a_window_tells",
    ),
    (
        "a read that begins after a removal can have come may still be before the add",
        "while after < len(by_low) and low[by_low[after]] <= added:",
        "while False:",
        "test_nor_where_a_read_begins_between_the_first_moment_to_go_and_the_last_to_come",
    ),
    (
        "a read is on no side of what it shows",
        "if not any(first <= rank <= last for first, last in runs):",
        "if True:",
        "test_a_read_that_shows_an_element_is_on_no_side_of_it",
    ),
    (
        "what no read shows, and can go as it comes, has no sides",
        "if at < lives.shown or self._add_high[at] < self._gone_low[at]",
        "",
        "test_nor_does_it_matter_where_an_element_can_come_and_go_at_once",
    ),
    (
        "what no read shows has no class",
        "if element >= self._lives.shown:",
        "if False:",
        "test_a_narrower_window_is_kept_out_of_the_zones_of_what_the_read_lacks",
    ),
    (
        "what is told of one of a class at first is told of all",
        "self._look(side)",
        "pass",
        "test_what_a_window_tells_of_one_element_is_told_of_those_shown_with_it",
    ),
    (
        "what is settled of one of a class later is told of all",
        "todo.extend((other, value == same) for other, same in self._links.pop(side, ()))",
        "pass",
        "test_what_is_settled_is_told_of_those_shown_with_it",
    ),
    (
        "a read before an element's life is no later than the last moment for the add",
        "self.high[who] = min(self.high[who], self._add_high[what])",
        "pass",
        "test_what_is_settled_narrows_the_window",
    ),
    (
        "a read after an element's life is no earlier than the first moment for the removal",
        "self.low[who] = max(self.low[who], self._gone_low[what])",
        "pass",
        "test_what_is_settled_narrows_the_window",
    ),
    (
        "sides that are chosen are taken as given",
        "for (rank, element), before in chosen:",
        "for (rank, element), before in ():",
        "test_sides_that_are_chosen_are_taken_as_given",
    ),
    (
        "no read is on both sides of an element",
        "self.torn |= told is not None and told != value",
        "pass",
        "test_no_read_is_on_both_sides",
    ),
    (
        "what was told first stays",
        "if side in self._known:\n                continue",
        "if False:\n                continue",
        "test_no_read_is_on_both_sides",
    ),
    (
        "a window that a side narrows is kept out of zones",
        "todo.extend(self._tighten(who))",
        "pass",
        "test_a_narrower_window_is_kept_out_of_the_zones_of_what_the_read_lacks",
    ),
    (
        "what the first windows tell is settled",
        "for (_, element), before in self._tighten(rank):",
        "for (_, element), before in self._tighten(rank)[:0]:",
        "test_so_is_every_window_at_first_which_settles_sides",
    ),
    (
        "a read that shows an element may begin in its zone",
        "if self._add_high[element] < low and lacks(element):",
        "if self._add_high[element] < low:",
        "test_a_read_may_begin_in_the_zone_of_what_it_shows",
    ),
    (
        "a window ends before the zone that reaches beyond it",
        "high = self._begins[place]\n",
        "pass\n",
        "test_a_window_ends_before_the_zones_that_reach_beyond_it_one_after_the_other",
    ),
    (
        "a window begins after the zone that reaches back before it",
        "low = self._ends[place]\n",
        "pass\n",
        "test_and_begins_after_those_that_reach_back_before_it",
    ),
    (
        "a window that a zone has narrowed may begin or end in another",
        "if (low, high) == before:",
        "if True:",
        "test_a_window_ends_before_the_zones_that_reach_beyond_it_one_after_the_other",
    ),
)
"""Without most of these the walk decides the same, only after more walks."""

ELEMENT_SIDES = [*TOLD, *SPARED]
