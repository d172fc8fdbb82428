"""What a user names is found here: targets, worlds, workloads, … registered as entry points.

The built-in ones are registered in `pyproject.toml` exactly as anybody else's are. A name belongs
to one package: of two plugins of one name and kind neither is taken, for nobody could tell which
one has spoken. What is wrong with a plugin is told with the package that it is from.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Set
from functools import cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.model import Model

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


class BadPlugin(ValueError):
    """It is registered, but is no use; the message names it, its package, and what is wrong."""


def names(kind: str) -> list[str]:
    """Return the names of all plugins of a kind, sorted."""
    return sorted({entry.name for entry in _entries(kind)})


def load(kind: str, name: str) -> Any:
    """Import a plugin.

    Raises:
        UnknownName: there is none of that name.
        BadPlugin: it can't be imported, or is in two packages.
    """
    return _loaded(kind, _only(kind, name))


def _only(kind: str, name: str) -> EntryPoint:
    require(kind, name, names(kind))
    found = [entry for entry in _entries(kind) if entry.name == name]
    if len(found) > 1:
        where = " and ".join(f"{_package(entry)} ({entry.value})" for entry in found)
        raise BadPlugin(
            f"{kind} {name!r} is in {len(found)} packages: {where}; give one of them another name, "
            "or uninstall its package"
        )
    return found[0]


def _loaded(kind: str, entry: EntryPoint) -> Any:
    try:
        return entry.load()
    except Exception as error:
        raise _bad(kind, entry, f"does not load: {type(error).__name__}: {error}") from error


def _bad(kind: str, entry: EntryPoint, what: str) -> BadPlugin:
    return BadPlugin(
        f"{kind} {entry.name!r} of the package {_package(entry)} ({entry.value}) {what}"
    )


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else "that nobody knows"


@cache
def _entries(kind: str) -> EntryPoints:
    """All plugins of a kind; what is installed does not change while the program runs."""
    return entry_points(group=KINDS[kind])


def model(text: str) -> Any:
    """Make the model of a name, with a number where it takes one: `semaphore:3`.

    Raises:
        UnknownName: there is none of that name, or it takes no such number.
        BadPlugin: it is in two packages, or is no model.
    """
    name, colon, number = text.partition(":")
    entry = _only("model", name)
    if not colon:
        return _made(entry)
    found = _loaded("model", entry)
    try:
        return _whole(entry, found(int(number)))
    except TypeError:
        raise UnknownName(f"no model {text!r}: {name} takes no number") from None
    except ValueError as error:
        raise UnknownName(f"no model {text!r}: {error}") from None


def models(passed_over: Callable[[str], None]) -> Iterator[tuple[str, Model]]:
    """Every model that is installed, with its name; of a name that is in two packages, both.

    Args:
        passed_over: told, for each that is no use, what is wrong with it.
    """
    for entry in sorted(_entries("model"), key=lambda entry: entry.name):
        try:
            yield entry.name, _made(entry)
        except BadPlugin as error:
            passed_over(str(error))


def _made(entry: EntryPoint) -> Model:
    found = _loaded("model", entry)
    try:
        made = found()
    except Exception as error:
        what = f"can't be made: {type(error).__name__}: {error}"
        raise _bad("model", entry, what) from error
    return _whole(entry, made)


def _whole(entry: EntryPoint, model: Model) -> Model:
    """Refuse what lacks a part of a model: without a step of its own anything would fit."""
    from harness.model import Model

    own = type(model)
    parts = [*Model.__annotations__, *(name for name in vars(Model) if name[0] != "_")]
    lacks = [name for name in dict.fromkeys(parts) if not hasattr(model, name)]
    if Model in own.__mro__:
        lacks += ["initial"] if own.initial is Model.initial else []
        lacks += ["step"] if own.step is Model.step and own.steps is Model.steps else []
    if lacks:
        of = "" if Model in own.__mro__ else ", and is not derived from harness.model.Model"
        raise _bad("model", entry, f"is no whole model: it has no {', no '.join(lacks)}{of}")
    if not isinstance(model.fs, Set) or not all(isinstance(f, str) for f in model.fs):
        raise _bad("model", entry, "is no whole model: its fs are no frozenset of strings")
    return model


def require(what: str, name: str, known: Iterable[str]) -> None:
    """Raise UnknownName, with the nearest of the known names, unless `name` is one of them."""
    among = sorted(known)
    if name in among:
        return
    near = difflib.get_close_matches(name, among, n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise UnknownName(f"no {what} {name!r}{hint} (there are: {', '.join(among) or 'none'})")
