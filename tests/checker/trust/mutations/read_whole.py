"""Objects whose reads tell everything: grow-only sets, lists, logs, ids, banks."""

from __future__ import annotations

from tests.checker.trust.mutations.mutant import harmful

READ_WHOLE = [
    *harmful(
        "fast.moments",
        ("grow-only-set", "list-append", "log"),
        (
            "a call whose interval is over has no moment",
            "        if call.end < self.now:\n            return False\n",
            "",
        ),
        ("what follows comes no earlier", "self.now = self.calls[at].start", "pass"),
    ),
    *harmful(
        "fast.grow_only_set",
        ("grow-only-set",),
        (
            "a read shows no element twice",
            "return int(np.count_nonzero(shown)) == len(found)",
            "return True",
        ),
        (
            "a read shows nothing that was not added",
            "map(numbers.__getitem__, returned)",
            "[numbers.get(element, 0) for element in returned]",
        ),
        ("reads grow", "if (inside & ~shown).any():", "if False:"),
        (
            "the add that started first puts it in",
            "sorted(mine[0]",
            "sorted(mine[-1]",
        ),
        (
            "a completed add comes after the last read without its element",
            "for mine in level.new for at in mine[1:] if not",
            "for mine in () for at in mine[1:] if not",
        ),
        (
            "what nobody saw comes after all reads",
            "    failed = _place(moments, rest, (), ())\n    if failed >= 0:",
            "    failed = _place(moments, rest, (), ())\n    if False:",
        ),
        (
            "a crashed add that nobody saw need not have happened",
            "rest = sorted(at for mine in unseen for at in mine if not calls[at].crashed)",
            "rest = sorted(at for mine in unseen for at in mine[:0])",
        ),
    ),
    *harmful(
        "fast.list_repeats",
        ("list-append",),
        (
            "every read is a prefix of the longest, also where values repeat",
            "if returned != longest[: len(returned)]:",
            "if False:",
        ),
        (
            "of equal values the one that ends first is taken",
            "heappush(self._open[call.value], (call.end, at))",
            "heappush(self._open[call.value], (-call.end, at))",
        ),
        (
            "only what began is taken",
            "            if not candidates:\n                return False\n",
            "            if not candidates:\n                return True\n",
        ),
        (
            "what the longest read shows comes before what it does not",
            "shown = self._size < len(self._longest)",
            "shown = False",
        ),
        (
            "a read is placed when what it shows is there",
            "for read in self._waiting.pop(self._size, ()):",
            "for read in ():",
        ),
    ),
    *harmful(
        "fast.list_append",
        ("list-append",),
        (
            "which of two appends of a value was which is not known",
            "elif appends.setdefault(call.value, at) != at:",
            "elif appends.setdefault(call.value, at) < 0:",
        ),
        ("a read shows nothing twice", "if len(set(longest)) < len(longest) or not", "if not"),
        (
            "a read shows nothing that was not appended",
            "or not all(value in appends for value in longest):",
            "or False:",
        ),
        (
            "every read is a prefix of the longest",
            "if returned != longest[: len(returned)]:",
            "if False:",
        ),
        (
            "what nobody saw comes last if it completed",
            "if value not in seen and not calls[at].crashed)",
            "if False)",
        ),
    ),
    *harmful(
        "fast.log",
        ("log",),
        ("no offset is given twice", "if earlier != at:", "if False:"),
        ("a poll's offsets rise", "if offset <= last:", "if False:"),
        (
            "a poll shows what was appended",
            "if value.setdefault(offset, polled) != polled:",
            "if value.setdefault(offset, polled) is None:",
        ),
        (
            "a record that nobody was told of was appended by a crashed append",
            "            if number == len(candidates):",
            "            if not candidates:\n                continue\n"
            "            number = min(number, len(candidates) - 1)\n            if False:",
        ),
        (
            "a poll skips nothing",
            "if run and place[run[-1][0]] - place[run[0][0]] != len(run) - 1:",
            "if False:",
        ),
        (
            "a poll hangs on its last record",
            "run[-1][0] if run else -1, [])",
            "run[0][0] if run else -1, [])",
        ),
        (
            "of crashed appends of one value the earliest got the lowest offset",
            "self.appended[offset] = candidates[number]",
            "self.appended[offset] = candidates[-1 - number]",
        ),
    ),
    *harmful(
        "fast.unique_ids",
        ("unique-ids",),
        ("no id is given twice", "if earlier != at:", "if False:"),
    ),
    *harmful(
        "fast.bank",
        ("bank",),
        ("reads of the same total prove nothing", "elif total != expected:", "else:"),
    ),
]
