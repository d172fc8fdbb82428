"""What a person may set of a node, by name: the same names on its command line
(`--snapshot-entries`) and among the options of a target (`snapshot_entries`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

from targets.store.chubby.lease import LEASE, LEAST_LEASE, LOCK_DELAY
from targets.store.compaction import SNAPSHOT_ENTRIES
from targets.store.replicated import BATCH_ENTRIES, ReadsBy
from targets.store.timing import Timing


@dataclass(frozen=True)
class Settings:
    """Args:
    election_min, election_max, heartbeat: seconds; see `targets.store.timing`.
    reads: how a leader serves them: `index` or `lease`.
    check_quorum: whether a leader that hears no majority steps down.
    snapshot_entries: the least number of slots between two snapshots.
    batch_entries: the most entries (slots) in one message.
    session_lease, lock_delay: seconds; of the lock service alone (`targets.store.chubby.lease`).
    initial: the first voters; empty: all nodes. The others are at hand, to be added.
    """

    election_min: float = Timing.election_min
    election_max: float = Timing.election_max
    heartbeat: float = Timing.heartbeat
    reads: ReadsBy = "index"
    check_quorum: bool = True
    snapshot_entries: int = SNAPSHOT_ENTRIES
    batch_entries: int = BATCH_ENTRIES
    session_lease: float = LEASE
    lock_delay: float = LOCK_DELAY
    initial: Sequence[str] = ()

    @property
    def timing(self) -> Timing:
        """The first three."""
        return Timing(self.election_min, self.election_max, self.heartbeat)


LOCK_SERVICE = "chubby"
OF_LOCKS = ("session_lease", "lock_delay")
"""What only the lock service has."""


def known(protocol: str = LOCK_SERVICE) -> tuple[str, ...]:
    """The names of a protocol's settings; of all there are, by default."""
    names = (setting.name for setting in fields(Settings))
    return tuple(name for name in names if protocol == LOCK_SERVICE or name not in OF_LOCKS)


def settings(given: Mapping[str, Any], protocol: str) -> Settings:
    """Make a protocol's settings of what was given, texts or values.

    Raises:
        ValueError: names the setting that is unknown or can't have that value, and what it can.
    """
    values: dict[str, Any] = {}
    names = known(protocol)
    for name, value in given.items():
        if name not in names:
            near = get_close_matches(name, names, n=1, cutoff=0.0)[0]
            hint = f"{LOCK_SERVICE} has it;" if name in OF_LOCKS else f"did you mean {near!r}?"
            raise ValueError(f"unknown option {name!r}: {hint} known: {', '.join(names)}")
        values[name] = _READ[name](name, value)
    found = Settings(**values)
    if not 0 < found.heartbeat < found.election_min < found.election_max:
        raise ValueError(
            "0 < heartbeat < election_min < election_max must hold, and they are "
            f"{found.heartbeat:g}, {found.election_min:g} and {found.election_max:g}"
        )
    if not found.session_lease > LEAST_LEASE:
        raise ValueError(
            f"session_lease is {found.session_lease:g}: it must be above {LEAST_LEASE:g} seconds, "
            "or no client could count on it"
        )
    if found.lock_delay < 0:
        raise ValueError(f"lock_delay is {found.lock_delay:g}: it must be at least 0 seconds")
    return found


def must_suit(found: Settings, nodes: Collection[str]) -> None:
    """Hold the settings against the nodes there are.

    Raises:
        ValueError: they name a node that there is not.
    """
    for name in found.initial:
        if name not in nodes:
            raise ValueError(f"initial: there is no node {name!r}; there are {', '.join(nodes)}")


def arguments(given: Mapping[str, Any]) -> list[str]:
    """The same settings for a node's command line."""
    found = []
    for name, value in given.items():
        text = ",".join(value) if isinstance(value, list | tuple) else str(value).lower()
        found += [f"--{name.replace('_', '-')}", text]
    return found


def _seconds(name: str, value: Any) -> float:
    try:
        seconds = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        seconds = math.nan
    if not math.isfinite(seconds):
        raise ValueError(f"{name} is a number of seconds, not {value!r}")
    return seconds


def _reads(name: str, value: Any) -> Any:
    if value not in ("index", "lease"):
        raise ValueError(f"{name} is index or lease, not {value!r}")
    return value


def _switch(name: str, value: Any) -> bool:
    if str(value).lower() not in ("true", "false"):
        raise ValueError(f"{name} is true or false, not {value!r}")
    return str(value).lower() == "true"


def _count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not str(value).isdigit() or int(value) < 1:
        raise ValueError(f"{name} is a whole number from 1, not {value!r}")
    return int(value)


def _names(name: str, value: Any) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(n, str) and n for n in names):
        raise ValueError(f"{name} is a list of nodes, such as n1,n2, not {value!r}")
    if not names:
        raise ValueError(f"{name} is empty: give a node at least, or leave it out for all")
    if len(set(names)) < len(names):
        raise ValueError(f"{name} has a node twice: {', '.join(names)}")
    return tuple(names)


_READ: Mapping[str, Callable[[str, Any], Any]] = {
    "election_min": _seconds,
    "election_max": _seconds,
    "heartbeat": _seconds,
    "reads": _reads,
    "check_quorum": _switch,
    "snapshot_entries": _count,
    "batch_entries": _count,
    "session_lease": _seconds,
    "lock_delay": _seconds,
    "initial": _names,
}
