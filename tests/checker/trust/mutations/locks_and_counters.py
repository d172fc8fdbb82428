"""Counters, semaphores and locks with owners."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import OWNED, harmful

LOCKS_AND_COUNTERS = [
    *harmful(
        "fast.counter",
        ("counter",),
        ("only adds of the same amount are counted", "if len(amounts) > 1:", "if False:"),
        (
            "what ended before a read began is in it",
            "bisect_left(ends, call.start)",
            "bisect_left(ends, call.end)",
        ),
        (
            "what began before a read ended may be in it",
            "bisect_left(starts, call.end)",
            "bisect_left(starts, call.start)",
        ),
        (
            "an add that ends happens then",
            "            self._add(at)\n            return True",
            "            return True",
        ),
        (
            "the adds that end first happen first",
            "heappush(self._adds, (call.end, at))",
            "heappush(self._adds, (-call.end, at))",
        ),
        (
            "a read waits for the adds that lead to its value",
            "            if add < 0:\n                return False\n            self._add(add)",
            "            return False",
        ),
    ),
    *harmful(
        "fast.semaphore",
        ("mutex", "semaphore"),
        (
            "no more permits are held than there are",
            "model.permits if acquire else 0",
            "model.permits + 1 if acquire else 0",
        ),
        (
            "nothing is released that is not held",
            "model.permits if acquire else 0",
            "model.permits if acquire else -1",
        ),
        ("a pending call of the other kind may make room", "if other < 0:", "if True:"),
        (
            "the pending call that ends first is taken",
            "heappush(acquires if acquire else releases, (calls[at].end, at))",
            "heappush(acquires if acquire else releases, (-calls[at].end, at))",
        ),
    ),
    *harmful(
        "fast.owned_lock",
        OWNED,
        ("holds do not overlap", "if _zone_end(one, calls) > second.end or", "if"),
        (
            "a process goes on after a crash: left to the search",
            "if call.process in crashed:",
            "if False:",
        ),
        (
            "only the owner releases",
            "            return Decided(None, [at])\n        current",
            "            continue\n        current",
        ),
        (
            "a hold that was never released lasts",
            "return calls[hold[-1]].start if 2 * acquires == len(hold) else FOREVER",
            "return calls[hold[-1]].start",
        ),
        (
            "a crashed acquire need not have happened",
            "            if call.crashed:\n                continue\n            if not depth",
            "            if not depth",
        ),
    ),
    *harmful(
        "fast.owned_lock",
        ("fenced-lock",),
        ("tokens rise", "_token(second) <= _token(first)", "_token(second) < _token(first) - 9"),
        (
            "tokens are never the same",
            "_token(second) <= _token(first)",
            "_token(second) < _token(first)",
        ),
        ("a fenced lock is not acquired twice", "elif not reentrant:", "elif False:"),
    ),
    *harmful(
        "fast.owned_lock",
        ("reentrant-mutex",),
        ("a reentrant mutex is acquired again", "elif not reentrant:", "elif True:"),
        (
            "it is released as often",
            "depth[process] = depth.get(process, 0) + 1",
            "depth[process] = 1",
        ),
    ),
]
