"""What a person may set of a node, by name: the same names on its command line
(`--snapshot-entries`) and among the options of a target (`snapshot_entries`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

from targets.store.chubby.lease import LEASE, LOCK_DELAY, believed
from targets.store.compaction import SNAPSHOT_ENTRIES
from targets.store.replicated import Reads
from targets.store.timing import Timing


@dataclass(frozen=True)
class Settings:
    """Args:
    election_min, election_max, heartbeat: seconds; see `targets.store.timing`.
    reads: how a leader serves them: `index` or `lease`.
    check_quorum: whether a leader that hears no majority steps down.
    snapshot_entries: the least number of slots between two snapshots.
    session_lease, lock_delay: seconds; of the lock service (`targets.store.chubby.lease`).
    initial: the first voters; empty: all nodes. The others are at hand, to be added.
    """

    election_min: float = Timing.election_min
    election_max: float = Timing.election_max
    heartbeat: float = Timing.heartbeat
    reads: Reads = "index"
    check_quorum: bool = True
    snapshot_entries: int = SNAPSHOT_ENTRIES
    session_lease: float = LEASE
    lock_delay: float = LOCK_DELAY
    initial: Sequence[str] = ()

    @property
    def timing(self) -> Timing:
        """The first three."""
        return Timing(self.election_min, self.election_max, self.heartbeat)


def known() -> tuple[str, ...]:
    """The names of all settings."""
    return tuple(setting.name for setting in fields(Settings))


def settings(given: Mapping[str, Any]) -> Settings:
    """Make settings of what was given, texts or values.

    Raises:
        ValueError: names the setting that is unknown or can't have that value, and what it can.
    """
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in _READ:
            near = get_close_matches(name, known(), n=1, cutoff=0.0)[0]
            raise ValueError(
                f"unknown option {name!r}: did you mean {near!r}? known: {', '.join(known())}"
            )
        values[name] = _READ[name](name, value)
    found = Settings(**values)
    if not 0 < found.heartbeat < found.election_min < found.election_max:
        raise ValueError("0 < heartbeat < election_min < election_max must hold")
    if believed(found.session_lease) <= 0 or found.lock_delay < 0:
        raise ValueError("session_lease is too short for any client, or lock_delay below 0")
    return found


def arguments(given: Mapping[str, Any]) -> list[str]:
    """The same settings for a node's command line."""
    found = []
    for name, value in given.items():
        text = ",".join(value) if isinstance(value, list | tuple) else str(value).lower()
        found += [f"--{name.replace('_', '-')}", text]
    return found


def _seconds(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is a number of seconds, not {value!r}") from None


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
    names = value.split(",") if isinstance(value, str) else list(value)
    if not all(isinstance(one, str) and one for one in names):
        raise ValueError(f"{name} is a list of nodes, not {value!r}")
    return tuple(names)


_READ: Mapping[str, Callable[[str, Any], Any]] = {
    "election_min": _seconds,
    "election_max": _seconds,
    "heartbeat": _seconds,
    "reads": _reads,
    "check_quorum": _switch,
    "snapshot_entries": _count,
    "session_lease": _seconds,
    "lock_delay": _seconds,
    "initial": _names,
}
