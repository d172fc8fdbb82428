"""Plain objects, and random histories of them. Shares no code with the checker.

An `Object` is what a store would be if it were one variable: `act` performs an operation, `allowed`
says after which states a client may have been told what it was told. A history is made by letting
operations take effect between their invocations and completions, so unchanged it is linearizable;
`corrupted` then changes an answer or moves a completion, and only brute force
(`tests.checker.force`) knows the verdict.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from harness.history.op import Op

FAILED = object()
"""What `Object.act` returns when the operation does nothing."""

NO_MATTER = Random(0)
"""For asking `Object.act` where what is random is at most the order in which an answer lists."""


class Object:
    """One kind of object. States are hashable."""

    first: Any = None
    fresh: bool = True

    def choose(self, rng: Random, fresh: Iterator[int], held: int) -> tuple[str, Any]:
        """Something to ask; `held` is how often the process acquired."""
        raise NotImplementedError

    def act(self, state: Any, who: int, f: str, value: Any, rng: Random) -> Any:
        """The answer and the next state, or `FAILED`."""
        raise NotImplementedError

    def allowed(self, state: Any, who: int, f: str, value: Any, answer: Any) -> Iterable[Any]:
        """The states after an operation that was answered so."""
        found = self.act(state, who, f, value, NO_MATTER)
        return () if found is FAILED or found[0] != answer else (found[1],)

    def crashed(self, state: Any, who: int, f: str, value: Any) -> Iterable[Any]:
        """The states after an operation that took effect and was not answered."""
        found = self.act(state, who, f, value, NO_MATTER)
        return () if found is FAILED else (found[1],)

    def wrong(self, answer: Any, others: Sequence[Any], rng: Random) -> Any:
        """Another answer, like enough to the right one."""
        if isinstance(answer, list) and rng.random() < 0.6:
            return _bent(answer, [x for o in others if isinstance(o, list) for x in o], rng)
        if isinstance(answer, int) and rng.random() < 0.5:
            return answer + rng.choice((-2, -1, 1, 2))
        return rng.choice(others) if others else answer


def _bent(answer: list[Any], elements: list[Any], rng: Random) -> list[Any]:
    """A list with an element more, fewer, twice or elsewhere."""
    bent = list(answer)
    what = rng.choice(("drop", "add", "add", "twice", "swap"))
    if what == "drop" and bent:
        del bent[rng.randrange(len(bent))]
    elif what == "add" and elements:
        bent.insert(rng.randint(0, len(bent)), rng.choice(elements))
    elif what == "twice" and bent:
        bent.append(rng.choice(bent))
    elif what == "swap" and len(bent) > 1:
        at = rng.randrange(len(bent) - 1)
        bent[at], bent[at + 1] = bent[at + 1], bent[at]
    return bent


@dataclass
class Counting(Object):
    """A counter."""

    amounts: Sequence[int]
    first: Any = 0

    def choose(self, rng: Random, fresh: Iterator[int], held: int) -> tuple[str, Any]:
        return ("read", None) if rng.random() < 0.5 else ("add", rng.choice(self.amounts))

    def act(self, state: Any, who: int, f: str, value: Any, rng: Random) -> Any:
        return (state, state) if f == "read" else (value, state + value)


@dataclass
class Elements(Object):
    """A set; with `values` elements, or each new.

    With a `lag`, every element is removed once, so many invocations after it was added.
    """

    values: int | None = None
    removes: float = 0.0
    lag: int = 0
    first: Any = frozenset()

    def choose(self, rng: Random, fresh: Iterator[int], held: int) -> tuple[str, Any]:
        if rng.random() < 0.45:
            return "read", None
        if self.values is not None:
            value = rng.randrange(self.values)
            return ("remove" if rng.random() < self.removes else "add"), value
        if self.lag:
            number = next(fresh)
            return ("remove", number - self.lag) if number % 2 else ("add", number)
        if rng.random() < self.removes:
            latest = next(fresh)
            return "remove", max(100, latest - rng.randint(1, 6))
        return "add", next(fresh)

    def act(self, state: Any, who: int, f: str, value: Any, rng: Random) -> Any:
        if f == "read":
            return rng.sample(sorted(state), len(state)), state
        return value, (state | {value} if f == "add" else state - {value})

    def allowed(self, state: Any, who: int, f: str, value: Any, answer: Any) -> Iterable[Any]:
        if f == "read":
            return (state,) if sorted(answer) == sorted(state) else ()
        return super().allowed(state, who, f, value, answer)


@dataclass
class Appending(Object):
    """A list that is read whole."""

    values: int | None = None
    first: Any = ()

    def choose(self, rng: Random, fresh: Iterator[int], held: int) -> tuple[str, Any]:
        if rng.random() < 0.45:
            return "read", None
        return "append", next(fresh) if self.values is None else rng.randrange(self.values)

    def act(self, state: Any, who: int, f: str, value: Any, rng: Random) -> Any:
        return (list(state), state) if f == "read" else (value, (*state, value))


@dataclass
class Offsets(Object):
    """A log; a state is its records, an offset being None when nobody was told it yet.

    A real one gives offsets with gaps.
    """

    values: int | None = None
    first: Any = ()

    def choose(self, rng: Random, fresh: Iterator[int], held: int) -> tuple[str, Any]:
        if rng.random() < 0.45:
            return "poll", None
        return "append", next(fresh) if self.values is None else rng.randrange(self.values)

    def act(self, state: Any, who: int, f: str, value: Any, rng: Random) -> Any:
        if f == "append":
            offset = (state[-1][0] if state else -1) + rng.choice((1, 1, 1, 2))
            return [offset, value], (*state, (offset, value))
        begin, end = sorted((rng.randint(0, len(state)), rng.randint(0, len(state))))
        return [list(record) for record in state[begin:end]], state

    def allowed(self, state: Any, who: int, f: str, value: Any, answer: Any) -> Iterable[Any]:
        if f == "append":
            return [s for s in [(*state, tuple(answer))] if _rises(s)]
        found = []
        for begin in range(len(state) - len(answer) + 1):
            end = begin + len(answer)
            pairs = list(zip(state[begin:end], answer, strict=True))
            if all(s[1] == a[1] and s[0] in (None, a[0]) for s, a in pairs):
                after = (*state[:begin], *map(tuple, answer), *state[end:])
                if _rises(after):
                    found.append(after)
        return found

    def crashed(self, state: Any, who: int, f: str, value: Any) -> Iterable[Any]:
        return [(*state, (None, value))] if f == "append" else [state]

    def wrong(self, answer: Any, others: Sequence[Any], rng: Random) -> Any:
        if answer and isinstance(answer[0], int):
            return [max(0, answer[0] + rng.choice((-2, -1, 1, 2))), answer[1]]
        if answer and rng.random() < 0.3:
            bent = [list(record) for record in answer]
            bent[rng.randrange(len(bent))][0] += 1
            return bent
        polls = [other for other in others if not other or isinstance(other[0], list)]
        return super().wrong(answer, polls, rng)


def _rises(records: Sequence[tuple[int | None, Any]]) -> bool:
    """Whether numbers exist for the unknown offsets such that all rise from zero."""
    lowest = -1
    for offset, _ in records:
        lowest += 1
        if offset is not None:
            if offset < lowest:
                return False
            lowest = offset
    return True


@dataclass
class Locking(Object):
    """Permits without owners (`owner` false), or a lock with one, reentrant or with tokens."""

    permits: int = 1
    owner: bool = False
    reentrant: bool = False
    tokens: bool = False
    first: Any = (0, None, None)

    def choose(self, rng: Random, fresh: Iterator[int], held: int) -> tuple[str, Any]:
        if held and not (self.reentrant and held < 3 and rng.random() < 0.4):
            return ("release" if rng.random() < 0.95 else "acquire"), None
        return ("acquire" if rng.random() < 0.95 else "release"), None

    def act(self, state: Any, who: int, f: str, value: Any, rng: Random) -> Any:
        held, holder, token = state
        mine = not self.owner or holder == who
        if f == "acquire":
            if held and not (self.reentrant and mine) and held >= self.permits:
                return FAILED
            token = (token or 0) + rng.choice((1, 1, 3)) if self.tokens else None
            return token, (held + 1, who if self.owner else None, token)
        if not held or not mine:
            return FAILED
        return None, (held - 1, holder if held > 1 else None, token)

    def allowed(self, state: Any, who: int, f: str, value: Any, answer: Any) -> Iterable[Any]:
        for held, holder, token in self.crashed(state, who, f, value):
            if f != "acquire" or not self.tokens:
                return [(held, holder, token)]
            if state[2] is None or answer > state[2]:
                return [(held, holder, answer)]
        return []

    def crashed(self, state: Any, who: int, f: str, value: Any) -> Iterable[Any]:
        found = self.act(state, who, f, value, NO_MATTER)
        if found is FAILED:
            return []
        held, holder, _ = found[1]
        last = state[2]
        if f == "acquire" and self.tokens and last is not None:
            last += 1
        return [(held, holder, last)]

    def wrong(self, answer: Any, others: Sequence[Any], rng: Random) -> Any:
        return answer + rng.choice((-3, -2, -1, 1, 2)) if isinstance(answer, int) else answer


class Ids(Object):
    """A generator of ids."""

    first: Any = frozenset()

    def choose(self, rng: Random, fresh: Iterator[int], held: int) -> tuple[str, Any]:
        return "generate", None

    def act(self, state: Any, who: int, f: str, value: Any, rng: Random) -> Any:
        return len(state), state | {len(state)}

    def allowed(self, state: Any, who: int, f: str, value: Any, answer: Any) -> Iterable[Any]:
        return [] if answer in state else [state | {answer}]

    def crashed(self, state: Any, who: int, f: str, value: Any) -> Iterable[Any]:
        return [state]


@dataclass
class Money(Object):
    """A bank of three accounts. `known` false: to be judged without their first balances."""

    known: bool = True
    overdraft: bool = False
    accounts: Sequence[str] = ("0", "1", "2")
    first: Any = (5, 5, 5)

    def choose(self, rng: Random, fresh: Iterator[int], held: int) -> tuple[str, Any]:
        if rng.random() < 0.5:
            return "read", None
        payer, payee = rng.sample((0, 1, 2), 2)
        return "transfer", {"from": payer, "to": payee, "amount": rng.choice((1, 2, 4))}

    def act(self, state: Any, who: int, f: str, value: Any, rng: Random) -> Any:
        if f == "read":
            return dict(zip(self.accounts, state, strict=True)), state
        after = list(state)
        after[value["from"]] -= value["amount"]
        after[value["to"]] += value["amount"]
        return FAILED if min(after) < 0 and not self.overdraft else (value, tuple(after))

    def wrong(self, answer: Any, others: Sequence[Any], rng: Random) -> Any:
        if "amount" in answer:
            return answer
        if rng.random() < 0.3:
            return {**answer, "1": answer["1"] + 1}
        if rng.random() < 0.5:
            return {**answer, "1": answer["1"] + 1, "2": answer["2"] - 1}
        reads = [other for other in others if "amount" not in other]
        return rng.choice(reads) if reads else answer


@dataclass
class Registers(Object):
    """Three registers, several of which are read and written at once."""

    values: int = 3
    first: Any = (None, None, None)

    def choose(self, rng: Random, fresh: Iterator[int], held: int) -> tuple[str, Any]:
        micros: list[list[Any]] = []
        for _ in range(rng.randint(1, 3)):
            key = rng.randrange(3)
            reads = rng.random() < 0.5
            micros.append(["r", key, None] if reads else ["w", key, rng.randrange(self.values)])
        return "txn", micros

    def act(self, state: Any, who: int, f: str, value: Any, rng: Random) -> Any:
        now = list(state)
        answer = []
        for what, key, written in value:
            if what == "w":
                now[key] = written
            answer.append([what, key, now[key]])
        return answer, tuple(now)

    def wrong(self, answer: Any, others: Sequence[Any], rng: Random) -> Any:
        reads = [at for at, micro in enumerate(answer) if micro[0] == "r"]
        bent = [list(micro) for micro in answer]
        if reads:
            bent[rng.choice(reads)][2] = rng.choice((None, *range(self.values)))
        return bent


@dataclass
class _Doing:
    process: int
    f: str = ""
    value: Any = None
    answer: Any = None
    happened: bool = False
    crashes: bool = False
    fails: bool = False
    held: int = field(default=0, compare=False)


def made(
    kind: Object, rng: Random, operations: int, clients: int, crash: float, fail: float = 0.1
) -> list[Op]:
    """A linearizable history."""
    state, number = kind.first, 0
    ops: list[Op] = []
    fresh = iter(range(100, 10**9))
    agenda: list[tuple[float, int, str, _Doing]] = []
    started, processes = 0, clients

    def plan(at: float, what: str, doing: _Doing) -> None:
        nonlocal number
        number += 1
        heapq.heappush(agenda, (at, number, what, doing))

    def record(kind_of_op: Any, doing: _Doing, value: Any) -> None:
        at = len(ops)
        ops.append(Op(at, at * 1_000_000, kind_of_op, doing.process, doing.f, value))

    for process in range(clients):
        plan(rng.random(), "invoke", _Doing(process))
    while agenda:
        now, _, what, doing = heapq.heappop(agenda)
        if what == "invoke":
            if started == operations:
                continue
            started += 1
            f, value = kind.choose(rng, fresh, doing.held)
            doing = _Doing(doing.process, f, value, held=doing.held)
            record("invoke", doing, value)
            length = rng.expovariate(1.0)
            doing.crashes = rng.random() < crash
            doing.fails = rng.random() < (0.5 if doing.crashes else fail)
            plan(now + rng.random() * length * (4 if doing.crashes else 1), "effect", doing)
            plan(now + length, "complete", doing)
        elif what == "effect":
            found: Any = FAILED
            if not doing.fails:
                found = kind.act(state, doing.process, doing.f, doing.value, rng)
            if found is not FAILED:
                doing.happened = True
                doing.answer, state = found
        elif doing.crashes:
            if rng.random() < 0.7:
                record("info", doing, doing.value)
            processes += 1
            plan(now + rng.random() * 0.5, "invoke", _Doing(processes))
        else:
            record(
                "ok" if doing.happened else "fail",
                doing,
                doing.answer if doing.happened else doing.value,
            )
            if doing.happened:
                doing.held += {"acquire": 1, "release": -1}.get(doing.f, 0)
            plan(now + rng.random() * 0.5, "invoke", doing)
    return ops


ANSWERED = ("read", "poll", "generate", "acquire", "txn")
"""Operations whose answers tell something."""

FLIPPABLE = ("add", "remove", "append", "transfer", "acquire", "release")
"""Operations that could as well have succeeded."""


def corrupted(kind: Object, ops: Sequence[Op], rng: Random) -> list[Op]:
    """The history with some answers changed, a failure turned into a success, or a late end."""
    changed = list(ops)
    flippable = () if isinstance(kind, Offsets) else FLIPPABLE
    failures = [at for at, op in enumerate(ops) if op.type == "fail" and op.f in flippable]
    if rng.random() < 0.3:
        changed = moved(changed, rng)
    elif failures and rng.random() < (0.8 if isinstance(kind, Locking) else 0.3):
        for at in rng.sample(failures, min(len(failures), rng.choice((1, 1, 2)))):
            tokens = isinstance(kind, Locking) and kind.tokens and ops[at].f == "acquire"
            value = rng.randint(1, len(ops)) if tokens else ops[at].value
            changed[at] = _with(ops[at], type="ok", value=value)
    telling = [at for at, op in enumerate(changed) if op.type == "ok" and _tells(op, kind)]
    for at in rng.sample(telling, min(len(telling), rng.choice((1, 1, 2, 3)))):
        others = [op.value for op in changed if op.type == "ok" and op.f == changed[at].f]
        changed[at] = _with(changed[at], value=kind.wrong(changed[at].value, others, rng))
    return changed


def _tells(op: Op, kind: Object) -> bool:
    return op.f in ANSWERED or isinstance(kind, Offsets)


def moved(ops: list[Op], rng: Random) -> list[Op]:
    """Some completions come sooner, as far as just after their invocations."""
    line = list(ops)
    for _ in range(rng.choice((1, 2, 4))):
        ends = [at for at, op in enumerate(line) if op.type == "ok"]
        if not ends:
            break
        at = rng.choice(ends)
        op = line[at]
        began = max(i for i in range(at) if line[i].process == op.process)
        to = rng.randint(began + 1, at)
        line.insert(to, line.pop(at))
    return [_with(op, index=at, time=at * 1_000_000) for at, op in enumerate(line)]


def _with(op: Op, **fields: Any) -> Op:
    return Op(**{name: getattr(op, name) for name in op.__struct_fields__} | fields)
