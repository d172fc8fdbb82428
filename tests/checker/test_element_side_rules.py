"""What each rule of `element_sides` tells of a few calls.

The walk, and the search behind it, would come to the same verdict without most of these rules; they
save walks, and histories with many open sides are decided for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.checker.calls import split
from harness.checker.fast.element_lives import Lives
from harness.checker.fast.element_runs import Runs
from harness.checker.fast.element_sides import Side, Sides, Zones
from harness.model.set import ElementSet
from tests.checker.story import story


class Told:
    """The sides of a history's reads, each by its process, and elements by their values."""

    def __init__(self, *lines: str) -> None:
        (key,) = split(story(*lines), ElementSet())
        reads = [at for at, call in enumerate(key.calls) if call.f == "read"]
        runs = Runs.of([key.calls[at] for at in reads])
        assert isinstance(runs, Runs)
        lives = Lives.of(key.calls, reads, runs)
        assert lives is not None
        self.lives = lives
        self.sides = Sides(lives)

    def rank(self, process: int) -> int:
        """How the sides name a read."""
        return [self.lives.calls[at].process for at in self.lives.reads].index(process)

    def side(self, process: int, element: int) -> Side:
        """How they name a read and an element."""
        return self.rank(process), self.lives.number[element]

    def before(self, process: int, element: int) -> bool | None:
        return self.sides.before(*self.side(process, element))

    def settle(self, process: int, element: int, before: bool) -> None:
        self.sides.settle(*self.side(process, element), before)

    def open(self, process: int) -> set[object]:
        """The elements for which nothing tells."""
        return {self.lives.values[at] for at in self.sides.open_of_read(self.rank(process))}

    def window(self, process: int) -> tuple[int, int]:
        rank = self.rank(process)
        return self.sides.low[rank], self.sides.high[rank]

    def add_ends(self, element: int) -> int:
        """The last moment for its add."""
        return int(self.lives.add_high[self.lives.number[element]])

    def removal_begins(self, element: int) -> int:
        """The first moment for its removal."""
        return int(self.lives.gone_low[self.lives.number[element]])


TOGETHER = (
    "1: read begin",
    *("2: add 1 begin", "3: add 2 begin"),
    "4: read begin",
    "5: remove 2 begin",
    *("2: end ok", "3: end ok"),
    "4: end ok -> [1,2]",
    "5: end ok",
)
"""4 shows 1 and 2, when 2 may already be going and 1 may not have come; 1 lacks both."""
SPANNING = (*TOGETHER, "6: remove 1 ok", "1: end ok -> []")
NESTED = (
    "1: read begin",
    *("3: add 2 ok", "2: add 1 ok", "3: remove 2 ok", "2: remove 1 ok"),
    "1: end ok -> []",
)
"""1 is certainly there when 2 goes, and 2 when 1 comes; the read lacks both."""


def test_a_window_tells() -> None:
    told = Told("1: read -> []", "2: add 1 ok", "3: read -> [1]", "2: remove 1 ok", "4: read -> []")
    assert told.before(1, 1) is True
    assert told.before(4, 1) is False
    assert told.open(1) == told.open(4) == set()


def test_nothing_tells_where_a_window_spans_a_life() -> None:
    told = Told(*SPANNING)
    assert told.before(1, 1) is told.before(1, 2) is None
    assert told.open(1) == {1, 2}
    rank, at = told.side(1, 2)
    assert told.sides.open_of_element(at) == [rank]


def test_nor_where_a_read_begins_between_the_first_moment_to_go_and_the_last_to_come() -> None:
    told = Told(
        *("2: add 1 begin", "3: read begin", "4: remove 1 begin", "1: read begin"),
        *("3: end ok -> [1]", "2: end ok", "4: end ok", "1: end ok -> []"),
    )
    assert told.open(1) == {1}


def test_a_read_that_shows_an_element_is_on_no_side_of_it() -> None:
    told = Told("1: read begin", "2: add 1 ok", "2: remove 1 ok", "1: end ok -> [1]")
    assert told.open(1) == set()


def test_nor_does_it_matter_where_an_element_can_come_and_go_at_once() -> None:
    told = Told(
        *("1: read begin", "2: add 1 begin", "3: remove 1 begin"),
        *("2: end ok", "3: end ok", "1: end ok -> []"),
    )
    assert told.open(1) == set()


def test_what_a_window_tells_of_one_element_is_told_of_those_shown_with_it() -> None:
    told = Told(*TOGETHER, "1: end ok -> []", "6: remove 1 ok")
    assert told.before(1, 1) is True  # by its window
    assert told.window(1)[1] >= told.removal_begins(2)  # which does not tell of the other
    assert told.before(1, 2) is True


def test_what_is_settled_is_told_of_those_shown_with_it() -> None:
    for before in (True, False):
        told = Told(*SPANNING)
        told.settle(1, 1 if before else 2, before)
        assert told.before(1, 1) is told.before(1, 2) is before
        assert told.open(1) == set()


def test_what_is_settled_narrows_the_window() -> None:
    told = Told(*SPANNING)
    told.settle(1, 1, before=True)
    assert told.window(1)[1] == told.add_ends(1)
    told = Told(*SPANNING)
    told.settle(1, 2, before=False)
    assert told.window(1)[0] == told.removal_begins(1)
    assert told.removal_begins(1) > told.removal_begins(2)


def test_sides_that_are_chosen_are_taken_as_given() -> None:
    told = Told(*SPANNING)
    for before in (True, False):
        chosen = [(told.side(1, 2), before)]
        assert Sides(told.lives, chosen).before(*told.side(1, 2)) is before


def test_no_read_is_on_both_sides() -> None:
    told = Told(*SPANNING)
    told.settle(1, 1, before=True)
    assert not told.sides.torn
    told.settle(1, 2, before=False)
    assert told.sides.torn
    assert told.before(1, 2) is True  # what was told first


def test_a_narrower_window_is_kept_out_of_the_zones_of_what_the_read_lacks() -> None:
    told = Told(*NESTED)
    assert told.open(1) == {1, 2}
    told.settle(1, 1, before=True)
    assert told.window(1)[1] == told.add_ends(2) < told.add_ends(1)
    assert told.open(1) == set()
    told = Told(*NESTED)
    told.settle(1, 2, before=False)
    assert told.window(1)[0] == told.removal_begins(1) > told.removal_begins(2)
    assert told.open(1) == set()


def test_so_is_every_window_at_first_which_settles_sides() -> None:
    told = Told(
        *("1: read begin", "3: add 2 ok", "2: add 1 ok", "2: remove 1 ok", "1: end ok -> []"),
        *("4: read -> [2]", "3: remove 2 ok"),
    )
    assert told.window(1)[1] == told.add_ends(2)
    assert told.before(1, 1) is True
    assert told.open(1) == set()


def test_a_read_may_begin_in_the_zone_of_what_it_shows() -> None:
    told = Told(
        *("2: add 2 ok", "1: read begin", "3: add 1 ok", "3: remove 1 ok", "2: remove 2 begin"),
        *("1: end ok -> [2]", "2: end ok"),
    )
    assert told.open(1) == {1}
    assert told.add_ends(2) < told.window(1)[0] < told.removal_begins(2) < told.window(1)[1]


def lacks_all(element: int) -> bool:
    return True


def without(zones: Sequence[tuple[int, int]], low: int, high: int) -> tuple[int, int]:
    """What zones leave of a window."""
    return Zones(*zip(*zones, strict=True)).without(low, high, lacks_all)


def test_a_window_ends_before_the_zones_that_reach_beyond_it_one_after_the_other() -> None:
    assert without([(5, 20)], 0, 15) == (0, 5)
    assert without([(5, 20), (2, 10)], 0, 15) == (0, 2)
    assert without([(5, 12)], 0, 15) == (0, 15)


def test_and_begins_after_those_that_reach_back_before_it() -> None:
    assert without([(5, 20)], 10, 40) == (20, 40)
    assert without([(5, 20), (15, 30)], 10, 40) == (30, 40)
    assert without([(12, 20)], 10, 40) == (10, 40)
