"""Every rule of the checker, broken once: where it stands, and what to put there instead.

A mutation must be noticed on histories of the families named with it. Those that only cost time,
and those that change nothing at all, are listed apart, each with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.checker.trust.broken import Mutation

REGISTERS = ("register, repeated values", "cas-register")
UNIQUE = ("register, unique values",)
QUEUES = ("fifo-queue", "unordered-queue", "priority-queue", "stack")
ANY = ("a user's model", "multi-register")


@dataclass(frozen=True)
class Harmful:
    """A mutation that makes the checker wrong, and the families on which it shows.

    Args:
        story: a history that shows it, for what random ones hardly ever do.
        hard: a history of `tests.checker.trust.hard` that shows it: its shape and number.
        impatient: shown only if proofs of the contrary are tried from the first stall on.
    """

    mutation: Mutation
    families: tuple[str, ...]
    story: tuple[str, ...] = ()
    hard: tuple[str, int] | None = None
    impatient: bool = False


@dataclass(frozen=True)
class Harmless:
    """A mutation that changes no verdict and no evidence of some families, and why."""

    mutation: Mutation
    families: tuple[str, ...]
    reason: str


def _harmful(
    module: str, families: tuple[str, ...], *rules: tuple[str, str, str], impatient: bool = False
) -> list[Harmful]:
    return [
        Harmful(
            Mutation(rule, module, text, instead),
            families,
            STORIES.get(rule, ()),
            HARD.get(rule),
            impatient,
        )
        for rule, text, instead in rules
    ]


SEEN_BY_A_READ = ("5: write 3 ok", "5: write 3 ok", "1: cas [3,1] info", "4: read -> 1")

DOUBTFUL = (
    "1: add 1 begin",
    "2: read begin",
    "3: remove 1 begin",
    "4: add 2 begin",
    "3: end ok",
    "5: read -> []",
    "4: end ok",
    "1: end ok",
    "2: end -> [1,2]",
)

STORIES = {
    "a set without some elements proves nothing of those that are left out of it": DOUBTFUL,
    "a remove that may as well come before the add proves nothing": DOUBTFUL,
    "rule 3: a crashed write covers those that are open": (
        "5: write 3 ok",
        "5: write 3 ok",
        "1: write 1 info",
        "2: write 2 begin",
        "3: read -> 1",
        "2: end ok",
        "4: read -> 1",
    ),
    "rule 2: a write that a crashed cas expects may come before the target": (
        "5: write 3 ok",
        "5: write 3 ok",
        "1: cas [1,2] info",
        "2: write 1 begin",
        "3: read -> 2",
        "2: end ok",
    ),
    "rule 2: a crashed cas may be seen by another crashed one": (
        "5: write 3 ok",
        "5: write 3 ok",
        "1: cas [3,1] info",
        "2: cas [1,2] info",
        "4: read -> 2",
    ),
    "rule 2: a crashed cas may be seen by a read": SEEN_BY_A_READ,
    "a crashed cas can bring a value about": SEEN_BY_A_READ,
    "rule 2: a crashed cas may be seen by another cas": (
        "5: write 3 ok",
        "5: write 3 ok",
        "1: cas [3,1] info",
        "4: cas [1,2] ok",
    ),
    "rule 2: a write that an open cas expects may come before the target": (
        "5: write 3 ok",
        "5: write 3 ok",
        "1: write 1 begin",
        "2: cas [1,2] begin",
        "3: read -> 2",
        "1: end ok",
        "2: end ok",
    ),
    "a process goes on after a crash: left to the search": (
        "1: acquire info",
        "1: release ok",
    ),
}
"""Histories that are linearizable, for rules that a random one hardly ever needs."""

HARD = {
    "a dominating configuration used no more crashed calls": ("mixed", 243),
    "a dominating configuration has the same cas placed": ("chains", 14),
    "a covered write is better than one that is not": ("swaps", 543),
    "at the cut, reads that are open have had their value": ("writes", 269),
    "at the cut, open writes are covered": ("long", 343),
    "at the cut, any open cas may have taken effect or not": ("swaps", 1026),
    "a lesson leaves out only crashed calls that do not matter": ("chains", 401),
    "a lesson is about what has not passed its cut": ("chains", 401),
    "what is refuted only after some crashed calls is not refuted": ("chains", 401),
}
"""Histories of `tests.checker.trust.hard`, found by trying some thousands."""


CALLS = [
    *_harmful(
        "calls",
        REGISTERS,
        (
            "a failed operation did not happen",
            "rows[(outcome != FAIL) & ~crashed_read]",
            "rows[~crashed_read]",
        ),
        (
            "JSON's true is not 1",
            "return value if type(value) in PLAIN else freeze(value)",
            "return value",
        ),
    ),
    *_harmful(
        "calls",
        ("counter", "set", "list-append"),
        (
            "a crashed read constrains nothing",
            "rows[(outcome != FAIL) & ~crashed_read]",
            "rows[outcome != FAIL]",
        ),
    ),
    *_harmful(
        "calls",
        ("kv",),
        (
            "each key is an object of its own",
            "if table.key is None or not model.per_key:",
            "if True:",
        ),
    ),
    *_harmful(
        "calls",
        ("reentrant-mutex", "fenced-lock"),
        (
            "who does it matters",
            "(process, frozen(values[asked])) if by_process else frozen(values[asked])",
            "(0, frozen(values[asked])) if by_process else frozen(values[asked])",
        ),
    ),
]

REGISTER_SEARCH = [
    *_harmful(
        "register.search",
        REGISTERS,
        (
            "rule 1: a read takes effect as soon as its value is there",
            "placed |= layer.reads.get(value, 0)",
            "placed |= 0",
        ),
        (
            "rule 1: a read does not take effect without its value",
            "elif kind != READ or expected != value:",
            "elif kind != READ:",
        ),
        (
            "a dominating configuration used no more crashed calls",
            "if not good & ~other and (bound - other_used) & guard == guard:",
            "if not good & ~other:",
        ),
        (
            "a dominating configuration is as good for every open call",
            "if not good & ~other and (bound - other_used) & guard == guard:",
            "if (bound - other_used) & guard == guard:",
        ),
        (
            "a dominating configuration has the same cas placed",
            "(number, value, placed & layer.all_swaps)",
            "(number, value, 0)",
        ),
        (
            "a read placed is better than one that is not",
            "good = placed & layer.all_reads | writes & ~placed",
            "good = writes & ~placed",
        ),
        (
            "an open write not placed is better than one that is",
            "good = placed & layer.all_reads | writes & ~placed",
            "good = placed & layer.all_reads",
        ),
        (
            "a covered write is better than one that is not",
            "good |= (writes & (placed | covered)) << self._layers.slots",
            "good |= 0",
        ),
        (
            "a slot is free after the completion",
            "placed ^= bit",
            "pass",
        ),
        (
            "the search ends at the last completion",
            "self._goal = len(layers) if goal is None else goal",
            "self._goal = len(layers) - 1 if goal is None else goal",
        ),
    ),
    *_harmful(
        "register.ways",
        REGISTERS,
        (
            "rule 2: a write that an open read expects may come before the target",
            "if mask & ~placed and value != self._value",
            "if False",
        ),
        (
            "rule 3: a covered write may be retired",
            "retirable = self._covered & bit and left != self._value",
            "retirable = False",
        ),
        (
            "rule 3: a write that is not covered may not be retired",
            "retirable = self._covered & bit and left != self._value",
            "retirable = left != self._value",
        ),
        (
            "rule 3: a write that may be retired may be placed as well",
            "                self._retire(left, bit, position)\n"
            "                self._place_write(left, bit, position)\n",
            "                self._retire(left, bit, position)\n",
        ),
        (
            "rule 3: a write covers those that are open",
            "        covered = self._layer.all_writes & ~placed\n        self._arrive(self._best",
            "        covered = self._covered\n        self._arrive(self._best",
        ),
        (
            "rule 3: a crashed write covers those that are open",
            "covered = self._layer.all_writes & ~self._placed",
            "covered = self._covered",
        ),
        (
            "rule 3: a slot is not covered any more after its write was retired",
            "self._covered & ~bit,",
            "self._covered,",
        ),
        (
            "rule 4: a crashed write only after its invocation",
            "if group is not None and group.next_start(self._used) < self._layer.end:",
            "if group is not None and group.next_start(self._used) < float('inf'):",
        ),
        (
            "rule 5: the target is placed if nothing else can",
            "            else:\n                self._place_write(left, bit, position)\n",
            "            else:\n                pass\n",
        ),
        (
            "rule 5: what the target expects is brought about",
            "elif kind == READ or expected != self._value:",
            "elif False:",
        ),
        (
            "a crashed write may bring about what is expected",
            "group = self._crashed.writes.get(value)",
            "group = None",
        ),
        (
            "a completed write may bring about what is expected",
            "for bit, position in self._layer.writers.get(value, ()):",
            "for bit, position in ():",
        ),
        (
            "a value is not dead while a write of it is open",
            "if layer.writes.get(value, 0) & ~placed or layer.to.get(value, 0) & ~placed:",
            "if layer.to.get(value, 0) & ~placed:",
        ),
        (
            "a value is not dead if nobody expects it",
            'if deadline == float("inf"):\n            return True',
            'if deadline == float("inf"):\n            return False',
        ),
        (
            "a value is not dead if a crashed call may bring it back",
            "if any(g.next_start(used) < deadline for g in self._crashed.to.get(value, ())):",
            "if False:",
        ),
        (
            "a value is not dead if something later brings it back",
            "if self._layers.next_source(value, layer.end) < deadline:",
            "if False:",
        ),
        (
            "a value is not dead for what has found it already",
            "            if not placed & bit:\n                deadline = min(deadline, end)",
            "            if True:\n                deadline = min(deadline, end)",
        ),
    ),
    *_harmful(
        "register.ways",
        ("cas-register",),
        (
            "a cas that is open may take effect before the target",
            "        self._swaps()\n        for value",
            "        for value",
        ),
        (
            "rule 2: a write that an open cas expects may come before the target",
            "if value not in found and any(not placed & bit for bit, _, _ in swaps):",
            "if False:",
        ),
        (
            "rule 2: a write that a crashed cas expects may come before the target",
            "if value not in found and any(crashed.swaps_from(value, self._used, layer.end)):",
            "if False:",
        ),
        (
            "rule 2: a crashed cas may be seen by a read",
            "if layer.reads.get(value, 0) & ~placed:\n            return True",
            "if layer.reads.get(value, 0) & ~placed:\n            return False",
        ),
        (
            "rule 2: a crashed cas may be seen by another cas",
            "if any(not placed & bit for bit, _, _ in layer.swaps.get(value, ())):",
            "if False:",
        ),
        (
            "rule 2: a crashed cas may be seen by another crashed one",
            "return any(self._crashed.swaps_from(value, self._used, layer.end))",
            "return False",
        ),
        (
            "a value is not dead while a cas to it is open",
            "if layer.writes.get(value, 0) & ~placed or layer.to.get(value, 0) & ~placed:",
            "if layer.writes.get(value, 0) & ~placed:",
        ),
    ),
    *_harmful(
        "register.crashed",
        REGISTERS,
        (
            "a crashed call is used once",
            'return self.starts[count] if count < len(self.starts) else float("inf")',
            "return self.starts[0]",
        ),
        (
            "rule 4: of crashed calls that ask the same the first invoked is used first",
            "members.setdefault((call.f, call.value), []).append(position)",
            "members.setdefault((call.f, call.value), []).insert(0, position)",
        ),
        (
            "crashed calls that ask something else are another class",
            "members.setdefault((call.f, call.value), [])",
            "members.setdefault((call.f, 0), [])",
        ),
    ),
    *_harmful(
        "register.crashed",
        ("cas-register",),
        (
            "a crashed cas takes effect after its invocation",
            "if group.next_start(used) < before:",
            "if group.next_start(used) < float('inf'):",
        ),
        (
            "a crashed cas can bring a value about",
            "self.swaps.setdefault(old, []).append(group)",
            "pass",
        ),
    ),
    *_harmful(
        "register.layers",
        REGISTERS,
        (
            "rule 4: of open calls that ask the same the one that ends first is used first",
            "for at in sorted(self._open[number], key=end_of.__getitem__):",
            "for at in sorted(self._open[number], key=end_of.__getitem__, reverse=True):",
        ),
        (
            "a value can be brought back by whatever leaves it later",
            "self._sources.setdefault(left, []).append(call.start)",
            "self._sources.setdefault(left, [call.start])",
        ),
        (
            "an open call takes effect after its invocation",
            "calls[following].start < end:",
            "calls[following].start < end + 4:",
        ),
    ),
    *_harmful(
        "register.layers",
        ("cas-register",),
        (
            "a cas from a value to itself is a read",
            "return (READ, old, None) if old == new else (CAS, old, new)",
            "return (READ, old, None)",
        ),
    ),
    *_harmful(
        "register.order",
        REGISTERS,
        (
            "a retired write stands before the write that covered it",
            "                for at in self._open_writes(number):\n"
            "                    self._place[at] = len(self._order)\n",
            "                pass\n",
        ),
        (
            "a retired write stands where its own value was",
            "            if kind == WRITE and left == self._value:\n"
            "                self._place[position] = len(self._order)\n",
            "            if kind == WRITE and left == self._value:\n                pass\n",
        ),
        (
            "a read stands where its value is",
            "elif kind == 0 and expected == self._value:",
            "elif kind == 0:",
        ),
    ),
    *_harmful(
        "register.refute",
        REGISTERS,
        (
            "at the cut, reads that are open have had their value",
            "layer.all_reads | sum(placed)",
            "sum(placed)",
        ),
        (
            "at the cut, open writes are covered",
            "layer.all_reads | sum(placed), layer.all_writes, used, None)",
            "layer.all_reads | sum(placed), 0, used, None)",
        ),
        (
            "at the cut, any value may be there",
            "return [self._initial, *self._layers.values_before(before)]",
            "return [self._initial]",
        ),
        (
            "at the cut, the first value may be there",
            "return [self._initial, *self._layers.values_before(before)]",
            "return [*self._layers.values_before(before)]",
        ),
        (
            "a lesson leaves out only crashed calls that do not matter",
            "                if search.run(Budget(budget.left(), effort)) is False:\n"
            "                    used = less",
            "                if True:\n                    used = less",
        ),
        impatient=True,
    ),
    *_harmful(
        "register.refute",
        ("cas-register",),
        (
            "at the cut, any open cas may have taken effect or not",
            "for count in range(len(swaps) + 1)",
            "for count in range(1)",
        ),
        impatient=True,
    ),
    *_harmful(
        "register.search",
        REGISTERS,
        (
            "a lesson is about what has not passed its cut",
            "number <= cut and (bound - needed) & guard == guard",
            "(bound - needed) & guard == guard",
        ),
        impatient=True,
    ),
    *_harmful(
        "register",
        REGISTERS,
        (
            "what is refuted only after some crashed calls is not refuted",
            "if refuted is not None and not refuted.used:",
            "if refuted is not None:",
        ),
        impatient=True,
    ),
]

UNIQUE_WRITES = [
    *_harmful(
        "fast.unique_writes_columns",
        UNIQUE,
        ("a value that nobody wrote is not read", "if lost.any():", "if False:"),
        (
            "no read comes before its write",
            "    if not wrong.any():\n        return None",
            "    if True:\n        return None",
        ),
        ("no two forward zones overlap", "if overlapping.any():", "if False:"),
        ("no backward zone lies inside a forward one", "if trapped.any():", "if False:"),
        (
            "a zone is forward if its value held all the time between",
            "is_forward = first_end < last_start",
            "is_forward = first_end < FOREVER",
        ),
        (
            "the first value was there before everything",
            "first_end[root[begins] == 0] = BEFORE_ALL",
            "pass",
        ),
        (
            "a write comes before the reads of its value",
            "rows = _sorted_by(2 * rank[value] + reads, rows)",
            "rows = _sorted_by(2 * rank[value] - reads + 1, rows)",
        ),
    ),
    *_harmful(
        "fast.unique_writes_columns",
        ("cas-register",),
        ("no two cas replace the same value", "if rivals.any():", "if False:"),
        ("a cas comes after the write of what it expects", "if stuck.any():", "if False:"),
        (
            "a chain of cas is one block, in its order",
            "values.root * len(rank) + values.depth",
            "values.root * len(rank) - values.depth",
        ),
    ),
    *_harmful(
        "fast.unique_writes_values",
        REGISTERS,
        (
            "it applies only if every value is written once",
            "if of_code[initial] != -1 or (of_code[leaves[writers]] != numbers).any():",
            "if of_code[initial] != -1:",
        ),
        (
            "the first value counts as written",
            "if of_code[initial] != -1 or (of_code[leaves[writers]] != numbers).any():",
            "if (of_code[leaves[writers]] != numbers).any():",
        ),
    ),
    *_harmful(
        "fast.unique_writes_values",
        (*UNIQUE, "cas-register"),
        (
            "a crashed write whose value was found took effect",
            "    for values in (expected, left):\n",
            "    for values in (left,):\n",
        ),
    ),
    *_harmful(
        "fast.unique_writes_values",
        ("cas-register",),
        (
            "what a needed value was made from is needed",
            "needed[ancestor[needed]] = True",
            "pass",
        ),
        (
            "values that come from each other in a ring come from nowhere",
            "return self.needed & self.by_cas[self.root]",
            "return self.needed & False",
        ),
    ),
]

GENERAL_SEARCH = [
    *_harmful(
        "window",
        ANY,
        (
            "nothing comes before what ended before it began",
            "            if starts[at] > until:\n                break\n",
            "",
        ),
        (
            "a crashed call takes effect after its invocation",
            "return count < len(self.starts) and self.starts[count] < before",
            "return count < len(self.starts)",
        ),
        (
            "of the same configurations one that used no more crashed calls is kept",
            "if any((bound - other) & guard == guard for other in met):",
            "if met:",
        ),
        (
            "a configuration is told by its state",
            "self._met.setdefault((low, mask, state), [])",
            "self._met.setdefault((low, mask, 0), [])",
        ),
        (
            "a configuration is told by what is placed",
            "self._met.setdefault((low, mask, state), [])",
            "self._met.setdefault((low, 0, state), [])",
        ),
        (
            "crashed calls that ask something else are another class",
            "members.setdefault((call.f, call.value), [])",
            "members.setdefault((call.f, 0), [])",
        ),
        (
            "only reads are placed as soon as they fit",
            "if call.f in reads and any(True for _ in self.after(state, call)):",
            "if any(True for _ in self.after(state, call)):",
        ),
        (
            "a read is placed only where it fits",
            "if call.f in reads and any(True for _ in self.after(state, call)):",
            "if call.f in reads:",
        ),
        (
            "a step may lead to several states",
            "if not self._one_way:",
            "if False:",
        ),
        (
            "every completed call is placed",
            ".low == len(self.completed)",
            ".low >= len(self.completed) - 1",
        ),
    ),
    *_harmful(
        "confirm",
        ANY,
        ("an order may go several ways", "if model.one_way:", "if True:"),
    ),
    *_harmful(
        "search",
        ANY,
        (
            "a search that has tried everything says no",
            "        if not self._stack:\n            self.result = False",
            "        if not self._stack:\n            self.result = True",
        ),
    ),
]

OWNED = ("reentrant-mutex", "fenced-lock")

OBJECTS = [
    *_harmful(
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
    *_harmful(
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
    *_harmful(
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
    *_harmful(
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
    *_harmful(
        "fast.owned_lock",
        ("reentrant-mutex",),
        ("a reentrant mutex is acquired again", "elif not reentrant:", "elif True:"),
        (
            "it is released as often",
            "depth[process] = depth.get(process, 0) + 1",
            "depth[process] = 1",
        ),
    ),
    *_harmful(
        "fast.moments",
        ("grow-only-set", "list-append", "log"),
        (
            "a call whose interval is over has no moment",
            "        if call.end < self.now:\n            return False\n",
            "",
        ),
        ("what follows comes no earlier", "self.now = self.calls[at].start", "pass"),
    ),
    *_harmful(
        "fast.grow_only_set",
        ("grow-only-set",),
        ("a read shows no element twice", "if len(elements) < len(returned) or not", "if not"),
        (
            "a read shows nothing that was not added",
            "len(returned) or not elements <= adds.keys():",
            "len(returned):",
        ),
        ("reads grow", "if not below.elements <= level.elements:", "if False:"),
        (
            "the add that started first puts it in",
            "sorted(adds[element][0]",
            "sorted(adds[element][-1]",
        ),
        (
            "a completed add comes after the last read without its element",
            "for element in new for at in adds[element][1:] if not",
            "for element in () for at in adds[element][1:] if not",
        ),
        (
            "what nobody saw comes after all reads",
            "    failed = _place(moments, rest, (), ())\n    if failed >= 0:",
            "    failed = _place(moments, rest, (), ())\n    if False:",
        ),
        (
            "a crashed add that nobody saw need not have happened",
            "rest = sorted("
            "at for element in unseen for at in adds[element] if not calls[at].crashed)",
            "rest = sorted(at for element in unseen for at in adds[element][:0])",
        ),
    ),
    *_harmful(
        "fast.list_append",
        ("list-append",),
        (
            "values appended twice are left to the search",
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
    *_harmful(
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
    *_harmful(
        "fast.unique_ids",
        ("unique-ids",),
        ("no id is given twice", "if earlier != at:", "if False:"),
    ),
    *_harmful(
        "fast.bank",
        ("bank",),
        ("reads of the same total prove nothing", "elif total != expected:", "else:"),
    ),
    *_harmful(
        "fast.element_set",
        ("set",),
        (
            "a set without some elements proves nothing of those that are left out of it",
            "if not isinstance(found, _Stuck) or found.certain:",
            "if True:",
        ),
    ),
    *_harmful(
        "fast.element_runs",
        ("set",),
        ("a read shows no element twice", "if len(now) < len(shown(read)):", "if False:"),
    ),
    *_harmful(
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
    *_harmful(
        "fast.element_sides",
        ("set",),
        (
            "a read lacking what another shows is on the other side of what the other lacks",
            "(other, mine - theirs, False),",
            "(other, mine - theirs, True),",
        ),
    ),
    *_harmful(
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

COLLECTIONS = [
    *_harmful(
        "fast.elements",
        QUEUES,
        (
            "an element put in twice is left to the search",
            "if call.value in puts or call.value is None:",
            "if call.value is None:",
        ),
        ("nothing is taken twice", "    if twice:", "    if False:"),
        (
            "nothing is taken that was not put in",
            "if value not in puts or calls[position].precedes(calls[puts[value]]):",
            "if value in puts and calls[position].precedes(calls[puts[value]]):",
        ),
        (
            "nothing is taken before it is put in",
            "if value not in puts or calls[position].precedes(calls[puts[value]]):",
            "if value not in puts:",
        ),
        (
            "an element is taken after it is put in",
            "np.where(claimed, np.maximum(starts[take], put_start), NEVER)",
            "np.where(claimed, starts[take], NEVER)",
        ),
        (
            "a spare takes an element after it is put in",
            "np.maximum(self.spare_start[: len(given)], self.put_start[given])",
            "self.put_start[given]",
        ),
        (
            "the first put to end gets the first spare",
            'return chosen[np.argsort(self.put_end[chosen], kind="stable")]',
            'return chosen[np.argsort(-self.put_end[chosen], kind="stable")]',
        ),
    ),
    *_harmful(
        "fast.gaps",
        QUEUES,
        (
            "a take finds nothing only at a gap",
            "late = np.flatnonzero(moments > elements.empty_end)",
            "late = np.flatnonzero(moments < 0)",
        ),
        (
            "crashed takes leave the most gaps",
            "return elements.give(elements.unclaimed())",
            "return elements",
        ),
        ("stays that overlap leave no gap", "reach = np.maximum.accumulate(end)", "reach = end"),
    ),
    *_harmful(
        "fast.fifo_queue",
        ("fifo-queue",),
        (
            "elements leave in the order in which they came",
            "if stuck:\n        return _crossed(elements, *stuck)",
            "if stuck:\n        line = np.arange(len(put_end))",
        ),
        (
            "the order of the takes counts",
            "fronts = [_Front(*puts), _Front(*takes)]",
            "fronts = [_Front(*puts), _Front(*puts)]",
        ),
        (
            "the order of the puts counts",
            "fronts = [_Front(*puts), _Front(*takes)]",
            "fronts = [_Front(*takes), _Front(*takes)]",
        ),
        (
            "a take is no earlier than those before it",
            "takes[line] = np.maximum.accumulate(take_start[line])",
            "takes[line] = take_start[line]",
        ),
        (
            "a put is no later than those after it",
            "np.minimum.accumulate(np.minimum(put_end, takes)[line][::-1])[::-1]",
            "np.minimum(put_end, takes)[line]",
        ),
        (
            "a take that found nothing stands in the line",
            "place[:count], empties, place[count:])",
            "place[:count], empties)",
        ),
    ),
    *_harmful(
        "fast.unordered_queue",
        ("unordered-queue",),
        (
            "an element is inside only during its stay",
            "puts = np.minimum(elements.put_end, elements.take_start)",
            "puts = elements.put_start",
        ),
    ),
    *_harmful(
        "fast.points",
        QUEUES[:3],
        (
            "an element's put comes before its take",
            "2 * rank, 2 * rank[taken] + 1,",
            "2 * rank + 1, 2 * rank[taken],",
        ),
        (
            "whoever found nothing goes last",
            "np.full(len(empties), len(elements.values))",
            "np.full(len(empties), -1)",
        ),
    ),
    *_harmful(
        "fast.nesting",
        ("stack",),
        (
            "the bottom's take spans the end of the island",
            "if self.take_start[one] <= high <= self.take_end[one]:",
            "if self.take_start[one] <= high:",
        ),
        (
            "the bottom's take begins by the end of the island",
            "if self.take_start[one] <= high <= self.take_end[one]:",
            "if high <= self.take_end[one]:",
        ),
        (
            "the bottom's put begins by the first end of the island",
            "starts[by_start[self._begun]] <= low:",
            "starts[by_start[self._begun]] <= high:",
        ),
        ("an island goes as far as stays overlap", "if further <= reach:", "if True:"),
    ),
    *_harmful(
        "fast.stack",
        ("stack",),
        (
            "crashed pops may have taken what nobody else took",
            "if not len(found.spare) or found.claimed.all():",
            "if True:",
        ),
        (
            "what the generous pairing allows is not allowed yet",
            "return found.conflict(nested) if isinstance(nested, list) else None",
            "return found.conflict(nested) if isinstance(nested, list) "
            "else _order(_generous(found), nested, empties)",
        ),
    ),
    *_harmful(
        "fast.priority_queue",
        ("priority-queue",),
        (
            "a take is at a gap between smaller elements",
            "                late.append(one)\n",
            "                pass\n",
        ),
        (
            "a take finds nothing only at a gap",
            "late_empties = np.flatnonzero(empties > elements.empty_end).tolist()",
            "late_empties: list[int] = []",
        ),
        (
            "elements are visited by rising value",
            "rising = sorted(range(len(found.values)), key=lambda one: rank(found.values[one]))",
            "rising = list(range(len(found.values)))",
        ),
        (
            "a stay leaves no gap",
            "            next_[at] = at + 1\n            at = _find(next_, at + 1)",
            "            break",
        ),
        (
            "a put is no later than its take",
            "puts = np.minimum(guess.put_end, gaps.takes)",
            "puts = guess.put_end",
        ),
    ),
]

HARMFUL = [*CALLS, *REGISTER_SEARCH, *UNIQUE_WRITES, *GENERAL_SEARCH, *OBJECTS, *COLLECTIONS]

LESSON = Mutation(
    "a lesson is about those that used as many crashed calls",
    "register.search",
    "number <= cut and (bound - needed) & guard == guard",
    "number <= cut",
)
"""Harmful too, but no history of thousands needs it: shown on the search itself."""

COSTLY = [
    Mutation(
        "a configuration that another dominates is left out",
        "register.search",
        "if not good & ~other and (bound - other_used) & guard == guard:",
        "if good == other and used == other_used:",
    ),
    Mutation(
        "a dead configuration is left out",
        "register.ways",
        "        self.dead_by = max(self.dead_by, deadline)\n        return False",
        "        return True",
    ),
    Mutation(
        "rule 4: of cas that lead to the same value only one is tried",
        "register.ways",
        "if not placed & bit and new not in tried:",
        "if not placed & bit:",
    ),
    Mutation(
        "rule 2: a crashed cas that is not seen is left out",
        "register.ways",
        "if group.new not in tried and self._seen(group.new):",
        "if group.new not in tried:",
    ),
]
"""Mutations after which the search of registers meets more configurations, and says the same."""


def _harmless(
    module: str, families: tuple[str, ...], rule: str, text: str, instead: str, reason: str
) -> Harmless:
    return Harmless(Mutation(rule, module, text, instead), families, reason)


HARMLESS = [
    _harmless(
        "register.search",
        REGISTERS,
        "rule 3: a write is covered while its own value is there",
        "covered |= layer.writes.get(value, 0) & ~placed",
        "covered |= 0",
        "another write covers it as well, and a cas that takes the value away demands it: the "
        "write is placed before then, changing nothing",
    ),
    _harmless(
        "fast.unique_writes_columns",
        (*UNIQUE, "cas-register"),
        "a backward block that begins inside a forward zone comes after it",
        "moment[backward[inside]] = 2 * closes[around[inside]] + 1",
        "pass",
        "only the order of moments counts, and forward blocks stand where their zones open",
    ),
    _harmless(
        "fast.counter",
        ("counter",),
        "a read is no less than what was certainly added",
        "self.lower <= self.value <=",
        "self.value <=",
        "the exact count or the search finds it too, later",
    ),
    _harmless(
        "fast.counter",
        ("counter",),
        "a read is no more than what may have been added",
        "<= self.value <= self.upper",
        "<= self.value",
        "the exact count or the search finds it too, later",
    ),
    _harmless(
        "fast.element_zones",
        ("set",),
        "a zone begins as soon as a read has shown the element",
        "if first_end < calls[life.add].end:",
        "if True:",
        "a zone that begins later tells less, and the search tells the rest",
    ),
    _harmless(
        "fast.gaps",
        QUEUES,
        "an element has a stay if its put ended before its take began",
        "stays = elements.put_end < elements.take_start",
        "stays = elements.put_start < elements.take_end",
        "a stay that ends before it begins covers no moment",
    ),
    _harmless(
        "fast.elements",
        QUEUES,
        "a crashed put that nobody saw is left out",
        "if v in takes or calls[position].end != FOREVER]",
        "]",
        "it would be put in after everything else, the last to be given a spare",
    ),
    _harmless(
        "window",
        ("a user's model", "multi-register", "bank"),
        "a crashed call that changes nothing is left out",
        "if after != state:",
        "if True:",
        "its configuration is dominated by the one before",
    ),
]
