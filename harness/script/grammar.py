"""Reads a step from a line.

::

    step    = "at" seconds "s" ( call | fault )              a time in ms is read, too: 1200 ms
    call    = f [ value ] [ preposition key ] "by" "process" number [ "at" node ]
    fault   = verb-of-nodes nodes { setting }                 which verbs there are, and what may
            | verb-of-links [ links ] { setting }             be set: `steps.VERBS`
            | "isolate" node                               the same as: cut node from others
            | "disk" nodes ( "full" | "slow" number | "lie" | "flip" | "rot" )
            | "when" node "reaches" point [ number "times" ] ( "kill" | "power off" ) "it"
    setting = name number
    nodes   = node { "," node }
    links   = between { "and" between }
    between = nodes "from" nodes                              both directions
            | nodes ">" nodes                                 one
    node    = a node's name | "leader" | "follower1" … | "others" | "all"
    value, key = JSON | a plain word, which is a string
    preposition = "of" | "to" | "from" | "on" | "in"

After an `f` that has no value (`words.KEY_ONLY`) the preposition may be left out: `read x`.
What is wrong is told with its column, what was found there, and what was expected.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from decimal import Decimal
from typing import Any, NoReturn

from harness.script.steps import (
    BOUNDS,
    DISK,
    MAX_NS,
    NS_PER_S,
    OTHERS,
    VERBS,
    Between,
    Call,
    Fault,
    Nodes,
    Step,
    StepError,
    Verb,
)
from harness.script.words import KEY_ONLY, PREPOSITIONS, RESERVED, VALUED, WORD

_NODE = re.compile(r"[a-z][a-z0-9-]*")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PROCESS = re.compile(r"\d{1,6}(?![\w.])")
_FOUND = re.compile(r"[^\s,>]+|[,>]")
_SPACE = re.compile(r"\s*")


def parse(line: str) -> Step:
    """Read one step.

    Raises:
        StepError: it is none; where in the line, and what was expected.
    """
    reader = _Reader(line)
    reader.word("at")
    at = reader.time()
    f = reader.match(WORD, "an operation such as write, or a fault such as cut")
    if f == "power":
        f += f" {reader.word('off')}"
    if f == "when":
        step: Step = reader.when(at)
    elif f == "isolate":
        step = Fault(at, "cut", links=(Between((reader.only("isolate"),), (OTHERS,)),))
    elif f == "disk":
        step = reader.disk(at)
    else:
        step = reader.fault(at, f) if f in VERBS else reader.call(at, f)
    reader.end()
    return step


class _Reader:
    """A line, and how far it has been read."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._at = 0

    # Tokens

    def match(self, pattern: re.Pattern[str], expected: str) -> str:
        """Take what the pattern matches here."""
        self._skip()
        found = pattern.match(self._line, self._at)
        if found is None:
            self.wrong(expected)
        self._at = found.end()
        return found[0]

    def word(self, *known: str) -> str:
        """Take one of these words."""
        if (found := self.maybe(*known)) is None:
            self.wrong(" or ".join(repr(word) for word in known))
        return found

    def maybe(self, *known: str) -> str | None:
        """Take one of these words, if one is here."""
        self._skip()
        found = WORD.match(self._line, self._at)
        if found is None or found[0] not in known:
            return None
        self._at = found.end()
        return found[0]

    def sign(self, sign: str) -> bool:
        """Take this sign, if it is here."""
        self._skip()
        if not self._line.startswith(sign, self._at):
            return False
        self._at += len(sign)
        return True

    def end(self) -> None:
        """Nothing may follow."""
        self._skip()
        if self._at < len(self._line):
            self.wrong("the end of the step")

    def wrong(self, expected: str) -> NoReturn:
        """Say what was expected here."""
        self._skip()
        found = _FOUND.match(self._line, self._at)
        what = repr(found[0][:40]) if found else "the end"
        raise StepError(f"column {self._at + 1}: expected {expected}, found {what}")

    def _skip(self) -> None:
        space = _SPACE.match(self._line, self._at)
        assert space is not None
        self._at = space.end()

    # Phrases

    def time(self) -> int:
        """Take a time, in ns."""
        self._skip()
        begin = self._at
        number = Decimal(self.match(_NUMBER, "a time such as 1.20"))
        unit = self.word("s", "ms")
        ns = number * (NS_PER_S if unit == "s" else NS_PER_S // 1000)
        if ns != int(ns) or ns >= MAX_NS:
            self._at = begin
            self.wrong("a time below 1,000,000 s, of whole nanoseconds")
        return int(ns)

    def call(self, at: int, f: str) -> Call:
        """Take the rest of an operation."""
        value: Any = None
        key: Any = None
        if f in VALUED or self.maybe("by") is None:
            preposition = None if f in VALUED else self.maybe(*PREPOSITIONS)
            if preposition is None:
                or_else = f", a preposition and a key, or 'by process'{_near(f)}"
                value = self.json("a value" if f in VALUED else f"a value{or_else}")
                preposition = self.maybe(*PREPOSITIONS)
            if preposition is not None:
                key = self.json("a key")
            elif f in KEY_ONLY:
                value, key = None, value
            if self.maybe("by") is None:
                self.wrong(f"'by process'{_near(f)}")
        self.word("process")
        process = int(self.match(_PROCESS, "a process' number"))
        node = self.node() if self.maybe("at") else None
        return Call(at, f, value, key, process, node)

    def fault(self, at: int, name: str) -> Fault:
        """Take the rest of a fault."""
        verb = VERBS[name]
        if verb.on == "nodes":
            return Fault(at, name, nodes=self.nodes(), settings=self.settings(verb))
        self._skip()
        if verb.optional and self._at == len(self._line):
            return Fault(at, name)
        links = [self.between()]
        while self.maybe("and"):
            links.append(self.between())
        return Fault(at, name, links=tuple(links), settings=self.settings(verb))

    def settings(self, verb: Verb) -> tuple[tuple[str, float], ...]:
        """Take numbers with their names."""
        found: dict[str, float] = {}
        while verb.settings and (name := self.maybe(*verb.settings)):
            found[name] = self.number(name)
        if verb.settings and not found:
            self.wrong(f"a number with its name, one of {', '.join(verb.settings)}")
        return tuple(found.items())

    def number(self, name: str) -> float:
        """Take the number that makes sense of this setting."""
        value = self.json("a number")
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.wrong(f"a number for {name}, not {value!r}, before this")
        least, most = BOUNDS[name]
        if not least <= value <= most:
            wanted = f"a number from {least:g} to {most:g} for {name}"
            self.wrong(f"{wanted}, not {value!r}, before this")
        return value

    def disk(self, at: int) -> Fault:
        """Take the rest of a fault of a disk."""
        nodes = self.nodes()
        kind = self.word(*DISK)
        return Fault(
            at, "disk", nodes, settings=((kind, self.number(kind) if kind == "slow" else True),)
        )

    def when(self, at: int) -> Fault:
        """Take the rest of a fault that lies in wait."""
        node = self.node()
        self.word("reaches")
        point = self.match(WORD, "a point of the target's code")
        self._skip()
        times = 1
        if (number := _PROCESS.match(self._line, self._at)) is not None:
            times, self._at = int(number[0]), number.end()
            self.word("times")
        deed = self.word("kill", "power")
        if deed == "power":
            deed += f" {self.word('off')}"
        self.word("it")
        settings = (("point", point), ("times", times), ("deed", deed))
        return Fault(at, "when", nodes=(node,), settings=settings)

    def between(self) -> Between:
        """Take one group of links."""
        src = self.nodes()
        both = not self.sign(">")
        if both and self.maybe("from") is None:
            self.wrong("'from' (both directions) or '>' (one)")
        return Between(src, self.nodes(), both)

    def nodes(self) -> Nodes:
        """Take nodes, with commas between them."""
        found = [self.node()]
        while self.sign(","):
            found.append(self.node())
        return tuple(found)

    def node(self) -> str:
        """Take a node's name."""
        return self.match(_NODE, "a node")

    def only(self, verb: str) -> str:
        """Take the one node of a verb that has no more."""
        found = self.node()
        self._skip()
        if self._line.startswith(",", self._at):
            self.wrong(f"the end of the step: {verb} takes one node, write a step for each")
        return found

    def json(self, expected: str) -> Any:
        """Take a JSON value or a plain word."""
        self._skip()
        word = WORD.match(self._line, self._at)
        if word and word[0] not in ("true", "false", "null"):
            if word[0] in RESERVED:
                self.wrong(expected)
            self._at = word.end()
            return word[0]
        try:
            value, end = _DECODER.raw_decode(self._line, self._at)
            json.dumps(value, ensure_ascii=False).encode()  # an escape may be half of a character
        except (ValueError, RecursionError):
            self.wrong(f"{expected} (JSON or a plain word)")
        self._at = end
        return value


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number


_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)


def _near(f: str) -> str:
    """A hint for somebody who meant a fault."""
    near = difflib.get_close_matches(f, [*VERBS, "isolate"], n=1, cutoff=0.7)
    return f" (or did you mean the fault {near[0]}?)" if near else ""
