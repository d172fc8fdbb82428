"""The whole of one test, resolved: what `test.toml` holds and a replay needs.

A field's comment is its unit; where a value is given by hand on the command line, its flag is the
field's name with dashes.
"""

from __future__ import annotations

import re
import shlex
from typing import Any

import msgspec

from harness.plugins import require
from harness.session import Limits

MAX_NODES = 99
MAX_OVERLAP = 9
_ROUNDING = 1e-9
LEAST = 0.001
"""Seconds, or operations a second: what is less is as good as nothing, or never ends."""

MOST = 1_000_000
"""Every number of a test is below."""


class SpecError(ValueError):
    """The test asks for something that can't be; one line says what, and what would do."""


class OptionError(SpecError):
    """An option of the target that there is not, or that can't have that value."""


class Cadence(msgspec.Struct, frozen=True):
    """When faults strike: quiet, then a fault, and again, as often as fits the time limit.

    `overlap` says how many faults of different kinds may be in force at once.
    """

    quiet_s: float
    fault_s: float
    overlap: int = 1

    @staticmethod
    def fitting(time_limit_s: float, nemeses: int = 1) -> Cadence:
        """3 s quiet and 5 s of fault; less in shorter runs, so that every nemesis strikes once."""
        scale = min(1.0, time_limit_s / (10 * max(1, nemeses)))
        return Cadence(3.0 * scale, 5.0 * scale)

    @property
    def slot_s(self) -> float:
        """Seconds from the beginning of one fault's time to the next one's."""
        return self.quiet_s + self.fault_s

    def rounds(self, time_limit_s: float) -> int:
        """How many faults fit, one after the other; at least one. Those that just fit do: 2.4 s are
        three times 0.8 s, although a computer divides otherwise.
        """
        return max(1, int(time_limit_s / self.slot_s + _ROUNDING))


class TimeLimits(msgspec.Struct, frozen=True):
    """Seconds that each phase may take before the run gives up on it with a message."""

    set_up_s: float = 1800.0  # an image may have to be built
    start_s: float = 60.0
    open_client_s: float = 2.0
    operation_s: float = 1.0
    nemesis_action_s: float = 60.0  # recovery is one, too
    recovery_s: float = 30.0
    tear_down_s: float = 60.0
    check_s: float = 120.0

    def interpreter(self, patience_s: float = 0.0) -> Limits:
        """The interpreter's share of these; faults may lie in wait for so many seconds more."""
        return Limits(self.open_client_s, self.operation_s, self.nemesis_action_s + patience_s)


class TestSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One test."""

    __test__ = False  # not something for pytest to collect

    name: str
    target: str
    version: str | None = None
    world: str
    nodes: list[str]
    workload: str
    nemesis: list[str]
    seed: int
    time_limit: float  # seconds of the main phase
    concurrency: int  # client threads
    rate: float  # invocations a second, over all threads
    ops_per_key: int
    bugs: list[str] = []
    stop_on_violation: bool = False
    cadence: Cadence
    limits: TimeLimits = TimeLimits()
    options: dict[str, Any] = {}  # for the world and the target, by name
    steps: list[str] = []  # a script (`harness.script`), instead of chance
    command: str = ""  # what repeats this test

    def check(self) -> None:
        """Raise SpecError for numbers that make no test."""
        if self.steps and self.nemesis:
            nemeses = ", ".join(self.nemesis)
            raise SpecError(f"a script's faults stand in its steps: no nemesis ({nemeses}) beside")
        if not 1 <= len(self.nodes) <= MAX_NODES:
            raise SpecError(f"{len(self.nodes)} nodes: give 1 to {MAX_NODES}")
        if len(set(self.nodes)) != len(self.nodes):
            raise SpecError(f"nodes {', '.join(self.nodes)}: a name is there twice")
        for node in self.nodes:
            if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", node):
                raise SpecError(
                    f"node name {node!r}: use a lower-case letter, then letters, digits and dashes"
                )
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", self.name) or self.name == "latest":
            raise SpecError(f"name {self.name!r}: use letters, digits, dots, dashes, not 'latest'")
        for what, count in (("concurrency", self.concurrency), ("ops-per-key", self.ops_per_key)):
            if not 1 <= count < MOST:
                raise SpecError(f"--{what} {count}: give a whole number from 1, and below {MOST:,}")
        if not 1 <= (overlap := self.cadence.overlap) <= MAX_OVERLAP:
            raise SpecError(f"--nemesis-overlap {overlap}: give a whole number, 1 to {MAX_OVERLAP}")
        for what, value in (
            ("time-limit", self.time_limit),
            ("rate", self.rate),
            ("client-timeout", self.limits.operation_s),
            ("nemesis-interval", self.cadence.fault_s),
            ("nemesis-quiet", self.cadence.quiet_s),
        ):
            if not LEAST <= value < MOST:
                raise SpecError(f"--{what} {value:g}: give at least {LEAST:g}, and below {MOST:,}")
        for what, value in msgspec.structs.asdict(self.limits).items():
            if not 0 < value < MOST:
                raise SpecError(
                    f"limits.{what} {value:g}: give seconds above 0, and below {MOST:,}"
                )


def node_names(count: int) -> list[str]:
    """`n1 … nCOUNT`."""
    return [f"n{number}" for number in range(1, count + 1)]


def concurrency(text: str, nodes: int) -> int:
    """Read `10` or `2n` (two for each node).

    Raises:
        SpecError: it is neither.
    """
    match = re.fullmatch(r"(\d{1,6})(n?)", text)
    if match is None or int(match[1]) == 0:
        raise SpecError(f"--concurrency {text!r}: give a number such as 10, or 2n for two a node")
    return int(match[1]) * (nodes if match[2] else 1)


def with_command(spec: TestSpec) -> TestSpec:
    """Add the command line that repeats this very test."""
    words = ["splitbrain", "run"]
    version = f"@{spec.version}" if spec.version else ""
    for flag, value in (
        ("target", spec.target + version),
        ("world", spec.world),
        ("workload", spec.workload),
        ("nemesis", ",".join(spec.nemesis) or "none"),
        ("nodes", ",".join(spec.nodes)),
        ("time-limit", _exact(spec.time_limit)),
        ("concurrency", str(spec.concurrency)),
        ("rate", _exact(spec.rate)),
        ("ops-per-key", str(spec.ops_per_key)),
        ("client-timeout", _exact(spec.limits.operation_s)),
        ("nemesis-interval", _exact(spec.cadence.fault_s)),
        ("nemesis-quiet", _exact(spec.cadence.quiet_s)),
        *((("nemesis-overlap", str(spec.cadence.overlap)),) if spec.cadence.overlap > 1 else ()),
        *(("bug", bug) for bug in spec.bugs),
        *(("option", f"{name}={_said(value)}") for name, value in spec.options.items()),
        ("seed", str(spec.seed)),
        ("name", spec.name),
    ):
        words += [f"--{flag}", value]
    if spec.stop_on_violation:
        words.append("--stop-on-violation")
    return msgspec.structs.replace(spec, command=shlex.join(words))


def _exact(number: float) -> str:
    """A number's shortest text that is read as the same number: any other is another test."""
    short = f"{number:g}"
    return short if float(short) == number else repr(number)


def _said(value: Any) -> str:
    """An option as it is said on the command line."""
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def nemesis_place(text: str) -> tuple[str, str | None]:
    """Split `partition:halves` into a nemesis and the place it is bound to (None: anywhere)."""
    name, colon, place = text.partition(":")
    return name, place if colon else None


def require_place(nemesis: str, place: str, places: dict[str, int], nodes: int) -> None:
    """Raise unless the nemesis can strike there.

    Raises:
        UnknownName: no such place.
        SpecError: there are too few nodes for it.
    """
    require(f"place for {nemesis}", place, places)
    if nodes < places[place]:
        raise SpecError(f"{nemesis}:{place} needs at least {places[place]} nodes, not {nodes}")
