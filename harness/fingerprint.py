"""Which code decided what happened in a test, so that a replay can tell whether it still does.

A simulated test is determined by its spec, by the sources of the harness and of the plugins it
names, and by the minor version of Python (`random.sample` and others have changed between those).
The fingerprint holds a hash for each package of sources::

    [made_by]
    splitbrain = "0.1.0"
    python = "cpython 3.11"
    [made_by.code]                  what replay compares, a package at a time
    harness = "1f0c3e5a…"
    targets = "9b07d41c…"
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from harness.assembly import Parts

_DIGITS = 16


def fingerprint(parts: Parts) -> dict[str, Any]:
    """The fingerprint of what makes a test of these parts what it is."""
    plugins = [parts.world_class, type(parts.target), type(parts.workload)]
    plugins += [type(parts.workload.model), *map(type, parts.nemeses.values())]
    packages = {"harness", *(plugin.__module__.partition(".")[0] for plugin in plugins)}
    return {
        "splitbrain": version("splitbrain"),
        "python": f"{sys.implementation.name} {sys.version_info.major}.{sys.version_info.minor}",
        "code": {package: _sources(package) for package in sorted(packages)},
    }


def changes(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> list[str]:
    """What differs between two fingerprints, a sentence each; `before`: None where none was kept.

    The release is not compared: what it stands for is in the hashes.
    """
    if before is None:
        return ["the run does not say which code made it"]
    found = []
    if before.get("python") != now["python"]:
        found.append(f"the run was made with {before.get('python')}, and this is {now['python']}")
    old, new = before.get("code", {}), now["code"]
    changed = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    if changed:
        found.append(f"the code of {', '.join(changed)} has changed since the run")
    return found


@cache
def _sources(package: str) -> str:
    """The hash of a package's sources: their paths in it, and their bytes."""
    digest = sha256()
    for name, file in _files(package):
        data = file.read_bytes()
        digest.update(b"%s %d\n" % (name.encode(), len(data)))
        digest.update(data)
    return digest.hexdigest()[:_DIGITS]


def _files(package: str) -> Iterable[tuple[str, Path]]:
    spec = find_spec(package)
    if spec is None:
        return []
    if spec.submodule_search_locations is None:  # a module by itself
        return [(package, Path(str(spec.origin)))]
    return sorted(
        (file.relative_to(folder).as_posix(), file)
        for folder in spec.submodule_search_locations
        for file in Path(folder).rglob("*.py")
    )
