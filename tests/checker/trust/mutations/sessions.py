"""The weaker promises: sessions, and which versions they saw."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import named

SESSIONS = [
    *named(
        "promises.choices",
        "tests/checker/promises/test_stories.py",
        (
            "a choice that keeps a guarantee is a proof",
            "                if cycle is None:\n                    answers[guarantee] = True",
            "                if cycle is None:\n                    pass",
            "test_an_open_choice_of_versions_is_decided_either_way[monotonic reads]",
        ),
        (
            "only all choices prove it broken",
            "    return {**broken, **answers}",
            "    return answers",
            "test_an_open_choice_of_versions_is_decided_either_way[monotonic reads]",
        ),
    ),
    *named(
        "promises.growing",
        "tests/checker/promises/test_growing.py",
        (
            "what was added twice is nobody's",
            "                if call.value in self.bit:\n                    return False",
            "                if False:\n                    return False",
            "test_what_was_added_twice_is_nobodys",
        ),
        (
            "a crashed addition precedes nothing",
            "                if not call.crashed:\n                    session.added",
            "                if True:\n                    session.added",
            "test_a_crashed_addition_precedes_nothing",
        ),
        (
            "a read has all that its session added",
            "if lacks := session.added & ~has:",
            "if lacks := 0 & ~has:",
            "test_each_guarantee_alone_on_a_set",
        ),
        (
            "a read has all that its session read",
            "if lacks := session.read & ~has:",
            "if lacks := 0 & ~has:",
            "test_each_guarantee_alone_on_a_set",
        ),
        (
            "a session has read what it read",
            "            session.read |= has\n",
            "            session.read = has\n",
            "test_what_was_read_once_is_followed_even_if_it_was_gone_later",
        ),
        (
            "a list is read in order",
            'yield from self._order_in_list(at) if self.adding == "append" else'
            " self._order(at, has)",
            "yield from self._order(at, has)",
            "test_a_list_has_them_in_order",
        ),
        (
            "who has an element has what its session added before",
            "            if lacks := added & ~has:\n"
            "                yield _Breach(MONOTONIC_WRITES, at, _lowest(lacks), latest)",
            "            if lacks := 0:\n"
            "                yield _Breach(MONOTONIC_WRITES, at, _lowest(lacks), latest)",
            "test_each_guarantee_alone_on_a_set",
        ),
        (
            "who has an element has what its session read before",
            "            if lacks := read & ~has:\n"
            "                yield _Breach(WRITES_FOLLOW_READS, at, _lowest(lacks), latest)",
            "            if lacks := 0:\n"
            "                yield _Breach(WRITES_FOLLOW_READS, at, _lowest(lacks), latest)",
            "test_each_guarantee_alone_on_a_set",
        ),
        (
            "in a list it stands before",
            "            if lacks := added & ~has:\n"
            "                yield _Breach(MONOTONIC_WRITES, at, _lowest(lacks), bit)",
            "            if lacks := 0:\n"
            "                yield _Breach(MONOTONIC_WRITES, at, _lowest(lacks), bit)",
            "test_a_list_has_them_in_order",
        ),
        (
            "in a list what was read stands before",
            "if lacks := read & ~has & ~(1 << bit):",
            "if lacks := 0:",
            "test_a_list_has_them_in_order",
        ),
    ),
    *named(
        "promises.guarantees",
        "tests/checker/promises/test_stories.py",
        (
            "a session reads forward",
            "edges.append(Edge(saw[before], now, MONOTONIC_READS, before, at))",
            "pass",
            "test_only_monotonic_reads_is_broken",
        ),
        (
            "a session reads its writes",
            "edges.append(Edge(own, now, READ_YOUR_WRITES, own, at))",
            "pass",
            "test_only_read_your_writes_is_broken",
        ),
        (
            "a session's writes stand in its order",
            "edges.append(Edge(own, at, MONOTONIC_WRITES, own, at))",
            "pass",
            "test_only_read_your_writes_is_broken",
        ),
        (
            "a write follows what its session read",
            "edges.append(Edge(saw[before], at, WRITES_FOLLOW_READS, before, at))",
            "pass",
            "test_only_writes_follow_reads_is_broken",
        ),
        (
            "a cas reads what it replaces",
            "before = at if now is not None else read.get(process)",
            "before = read.get(process)",
            "test_a_cas_reads_and_then_writes",
        ),
        (
            "nobody replaced the same version",
            "        if source in taken:",
            "        if False:",
            "test_two_cas_cannot_replace_the_same_version",
        ),
        (
            "the first version comes first",
            "    if any(edge.target == FIRST for edge in chosen):",
            "    if False:",
            "test_only_monotonic_reads_is_broken_by_a_read_of_the_first_value_again",
        ),
        (
            "reads alone are no evidence against the writers",
            "    return _beyond_reads(reads, [e for e in edges if e.why == guarantee], rank)",
            "    return find_cycle([*reads, *(edge for edge in edges if edge.why == guarantee)])",
            "test_only_monotonic_reads_is_broken",
        ),
        (
            "read your writes is about the order of writes too",
            "{READ_YOUR_WRITES, MONOTONIC_WRITES})",
            "{READ_YOUR_WRITES})",
            "test_only_read_your_writes_is_broken",
        ),
    ),
    *named(
        "promises.graph",
        "tests/checker/promises/test_graph.py",
        (
            "nodes of one rank may be on a cycle",
            "np.flatnonzero(source >= target)",
            "np.flatnonzero(source > target)",
            "test_a_rank_changes_nothing_that_is_found",
        ),
        (
            "a stretch has its highest rank",
            "np.maximum(source, target) <= until[of_source]",
            "np.maximum(source, target) < until[of_source]",
            "test_a_rank_changes_nothing_that_is_found",
        ),
        (
            "what overlaps is one stretch",
            "np.maximum.accumulate(source[down])",
            "source[down]",
            "test_a_rank_changes_nothing_that_is_found",
        ),
    ),
    *named(
        "promises.program",
        "tests/checker/promises/test_stories.py",
        (
            "a session goes on after a crash, but not behind it",
            "            if not calls[place].crashed:\n"
            "                continue\n"
            "            before",
            "            before",
            "test_coherence_is_local_and_sequential_consistency_is_not",
        ),
    ),
    *named(
        "promises.sessions",
        "tests/checker/promises/test_stories.py",
        (
            "a value out of nowhere breaks all",
            "if (at := keyed.candidates.out_of_nowhere) is not None:",
            "if (at := None) is not None:",
            "test_a_failed_write_did_not_happen",
        ),
    ),
    *named(
        "promises.sessions",
        "tests/checker/promises/test_differential.py",
        (
            "no order of all is no coherence",
            "        if ordered is False and COHERENCE not in self._broken:",
            "        if False:",
            "test_larger_histories_agree_under_any_model",
        ),
    ),
    *named(
        "promises.versions",
        "tests/checker/promises/test_differential.py",
        (
            "a crashed cas happens only if what it expects was there",
            "        if call.crashed and expected is not None:\n            waiting",
            "        if False:\n            waiting",
            "test_small_histories_agree_with_the_definitions",
        ),
    ),
    *named(
        "promises.versions",
        "tests/checker/promises/test_stories.py",
        (
            "the first version is one",
            "sources: dict[Hashable, list[int]] = {first: [FIRST]}",
            "sources: dict[Hashable, list[int]] = {}",
            "test_only_monotonic_reads_is_broken_by_a_read_of_the_first_value_again",
        ),
    ),
]
