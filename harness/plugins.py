"""What a user names is found here: targets, worlds, workloads, … registered as entry points.

The built-in ones are registered in `pyproject.toml` exactly as anybody else's are.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import cache
from importlib.metadata import EntryPoints, entry_points
from typing import Any

KINDS = {
    "target": "splitbrain.targets",
    "world": "splitbrain.worlds",
    "workload": "splitbrain.workloads",
    "nemesis": "splitbrain.nemeses",
    "model": "splitbrain.models",
    "report": "splitbrain.reports",
    "score report": "splitbrain.score_reports",
    "command": "splitbrain.commands",
}
"""Kinds of plugins, each with its group of entry points."""


class UnknownName(ValueError):
    """There is no plugin, bug or place of that name; the message lists those there are."""


def names(kind: str) -> list[str]:
    """Return the names of all plugins of a kind, sorted."""
    return sorted({entry.name for entry in _entries(kind)})


def load(kind: str, name: str) -> Any:
    """Import a plugin.

    Raises:
        UnknownName: there is none of that name.
        ImportError: it is registered, but can't be imported.
    """
    require(kind, name, names(kind))
    return next(entry for entry in _entries(kind) if entry.name == name).load()


@cache
def _entries(kind: str) -> EntryPoints:
    """All plugins of a kind; what is installed does not change while the program runs."""
    return entry_points(group=KINDS[kind])


def model(text: str) -> Any:
    """Make the model of a name, with a number where it takes one: `semaphore:3`.

    Raises:
        UnknownName: there is none of that name, or it takes no such number.
    """
    name, colon, number = text.partition(":")
    found = load("model", name)
    if not colon:
        return found()
    try:
        return found(int(number))
    except TypeError:
        raise UnknownName(f"no model {text!r}: {name} takes no number") from None
    except ValueError as error:
        raise UnknownName(f"no model {text!r}: {error}") from None


def require(what: str, name: str, known: Iterable[str]) -> None:
    """Raise UnknownName, with the nearest of the known names, unless `name` is one of them."""
    among = sorted(known)
    if name in among:
        return
    near = difflib.get_close_matches(name, among, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UnknownName(f"no {what} {name!r}{hint} (there are: {', '.join(among) or 'none'})")
