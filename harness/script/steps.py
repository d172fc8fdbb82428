"""What one line of a script says: a client's operation, or something that breaks or is mended.

Nodes are named as they are, or by the part they play when the script begins (`leader`,
`follower1`, …), because nobody can know which of three containers will lead; `others` are all that
the line does not name, `all` are all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

from harness.spec import SpecError

NS_PER_S = 1_000_000_000
MAX_NS = 1_000_000 * NS_PER_S

OTHERS, ALL, LEADER = "others", "all", "leader"
FOLLOWER = re.compile(r"follower([1-9]\d?)")
"""`follower1` is the first node, in the cluster's order, that does not lead; and so on."""

Nodes: TypeAlias = tuple[str, ...]


class StepError(SpecError):
    """A line that is no step, or makes no sense where it stands.

    Args:
        number: which line, from 1; 0 where whoever knows that has yet to add it.
        word: what in the line is wrong, where the message does not say the column itself.
    """

    def __init__(self, message: str, number: int = 0, word: str = "") -> None:
        super().__init__(message)
        self.number = number
        self.word = word


def is_part(name: str) -> bool:
    """Whether this names a node by the part it plays."""
    return name == LEADER or FOLLOWER.fullmatch(name) is not None


@dataclass(frozen=True)
class Between:
    """Links: all from `src` to `dst`, and with `both` also those back."""

    src: Nodes
    dst: Nodes
    both: bool = True


@dataclass(frozen=True)
class Call:
    """A client's operation. `at` is in ns since the script began; `node` is where the process'
    client is, None for the node that a process of this number has by default.
    """

    at: int
    f: str
    value: Any
    key: Any
    process: int
    node: str | None = None


@dataclass(frozen=True)
class Fault:
    """Something that breaks, or is mended: `verb` is one of `VERBS`.

    Args:
        at: ns since the script began.
        verb: what is done.
        nodes: to whom, for verbs of nodes.
        links: to what, for verbs of links.
        settings: what comes after that, by name, in the order it was written.
    """

    at: int
    verb: str
    nodes: Nodes = ()
    links: tuple[Between, ...] = ()
    settings: tuple[tuple[str, Any], ...] = ()


Step: TypeAlias = Call | Fault


@dataclass(frozen=True)
class Verb:
    """How a verb is written, and what it means for a fault's life.

    Args:
        on: `nodes` or `links`; with `optional` it may be left out.
        needs: what the world must be able to do, of `World.faults`; "" is nothing.
        mends: verbs whose faults it ends; empty for one that breaks something.
        settings: names of numbers that may follow, at least one of which must.
        of: what of a node it is a fault of; two of the same can't be in force at once.
    """

    on: str
    needs: str = ""
    mends: tuple[str, ...] = ()
    optional: bool = False
    settings: tuple[str, ...] = ()
    of: str = "process"


BOUNDS = {
    "loss": (0.0, 1.0),
    "duplicate": (0.0, 1.0),
    "reorder": (0.0, 1.0),
    "reorder_s": (0.0, 60.0),
    "delay_s": (0.0, 60.0),
    "bytes_per_s": (0.0, 1e12),
    "reset": (0.0, 1.0),
    "rate": (0.01, 100.0),
    "jump": (-1e6, 1e6),
    "slow": (10.0, 1000.0),
}
"""The least and the most that makes sense of each number of a fault."""

HEALTHY = {"rate": 1.0, "jump": 0.0}
"""What these numbers are of a clock that is right."""

LEAST_CHANGE = {"rate": 0.005, "jump": 0.02}
"""By how much a wrong one must differ from that: twice as far as a right one may seem to be off."""

WEATHER = ("loss", "duplicate", "reorder", "reorder_s", "delay_s", "bytes_per_s", "reset")
"""The fields of `harness.worlds.world.Weather`."""

DISK = ("full", "slow", "lie", "flip", "rot")
"""What may be wrong with a disk; `slow` has a number."""

VERBS: dict[str, Verb] = {
    "cut": Verb("links", "cut"),
    "heal": Verb("links", "cut", ("cut",), optional=True),
    "kill": Verb("nodes", "kill"),
    "stop": Verb("nodes", "kill"),
    "power off": Verb("nodes", "power"),
    "when": Verb("nodes", "points"),
    "start": Verb("nodes", "kill", ("kill", "stop", "power off", "when")),
    "pause": Verb("nodes", "pause"),
    "resume": Verb("nodes", "pause", ("pause",)),
    "weather": Verb("links", "weather", settings=WEATHER),
    "calm": Verb("links", "weather", ("weather",), optional=True),
    "clock": Verb("nodes", "clock", settings=("jump", "rate"), of="clock"),
    "resync": Verb("nodes", "clock", ("clock",), of="clock"),
    "disk": Verb("nodes", "disk", of="disk"),
    "repair": Verb("nodes", "disk", ("disk",), of="disk"),
}
"""What a world can't make (`World.faults`) it refuses before anything starts."""
