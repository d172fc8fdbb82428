"""Calls that must follow one another in a known order, each as early as its interval lets it.

Where what was answered fixes the order of effects, nothing is left to search: give each call the
earliest moment that lies in its interval and not before the moment of the call it must follow::

    first    ├───x────────┤
    second        ├────────x──┤      x: the moment; the third's can't be earlier than its start
    third                  ├──────┤

An earliest moment is at most any other possible one (by induction along the order), so a call whose
interval ends before its moment has none, and then neither has the history. And moments inside the
intervals, in their order, respect real time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.model import Call


class Moments:
    """The moments of calls placed so far; `now` is that of the latest effect."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls = calls
        self.now = -1
        self.cause = -1
        """The position of the call whose start is `now`."""
        self._placed: list[tuple[int, int]] = []

    def follow(self, at: int) -> bool:
        """Place a call which all that come later must follow; false if its interval is over."""
        if not self.hang(at):
            return False
        if self.calls[at].start > self.now:
            self.now = self.calls[at].start
            self.cause = at
        return True

    def hang(self, at: int) -> bool:
        """Place a call that may come at any moment from now on; false if its interval is over."""
        call = self.calls[at]
        if call.end < self.now:
            return False
        self._placed.append((max(call.start, self.now), at))
        return True

    def order(self) -> list[int]:
        """All by their moments, and as they were placed where those are the same."""
        return [at for _, at in sorted(self._placed, key=lambda placed: placed[0])]


def events(calls: Sequence[Call]) -> Iterator[tuple[int, bool]]:
    """The starts and finite ends of calls by time: each a position, and whether it is an end."""
    completed = [at for at, call in enumerate(calls) if not call.crashed]
    completed.sort(key=lambda at: calls[at].end)
    started = 0
    for ending in completed:
        end = calls[ending].end
        while started < len(calls) and calls[started].start < end:
            yield started, False
            started += 1
        yield ending, True
