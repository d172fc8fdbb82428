"""The name space: a tree of small files and directories, read and written as a whole (§2.3).

Every file has two numbers that never go back, not even over a deletion: `instance` is greater than
that of any earlier file of the same name, and `generation` rises with every write. A write may name
the generation that it wants to replace; 0 stands for "there is no such file". An ephemeral file
belongs to a session and goes with it (§2.3: an indicator that a client is alive).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from targets.store.chubby.bugs import Bugs
from targets.store.chubby.events import Events
from targets.store.machine.machine import Result
from targets.store.machine.values import canonical

LONGEST = 256 * 1024
"""Of a file's contents as text (§2.3)."""

ROOT = "/"


@dataclass
class File:
    """`owner` is the session of an ephemeral file; `children` is None unless a directory."""

    contents: Any
    instance: int
    generation: int
    owner: int | None = None
    children: dict[str, None] | None = None


class Files:
    """The tree; `number` gives a greater number each time."""

    def __init__(self, number: Callable[[], int], events: Events, bugs: Bugs) -> None:
        self._number = number
        self._events = events
        self._bugs = bugs
        self._files: dict[str, File] = {ROOT: File(None, 0, 0, None, {})}

    def get(self, path: str) -> File | None:
        """The file or directory at this path."""
        return self._files.get(path)

    def create(self, path: str, contents: Any, owner: int | None, directory: bool) -> Result:
        """Make a file, or fail where one is or no directory is above it."""
        if path in self._files:
            return {"fail": f"{path} exists"}
        parent, name = _split(path)
        above = self._files.get(parent)
        if above is None or above.children is None:
            return {"fail": f"{parent} is no directory"}
        if self._bugs.ephemeral_made_persistent:
            owner = None
        number = self._number()
        self._files[path] = File(contents, number, number, owner, {} if directory else None)
        above.children[name] = None
        self._events.publish("children", parent, name)
        return {"ok": number}

    def write(self, path: str, contents: Any, generation: int | None) -> Result:
        """Replace the contents, of that generation only if one is named; or make the file."""
        file = self._files.get(path)
        found = 0 if file is None else file.generation
        if self._bugs.cas_ignores_generation:
            generation = None
        if generation not in (None, found):
            return {"fail": f"{path} is of generation {found}, not {generation}"}
        if file is None:
            return self.create(path, contents, None, False)
        if file.children is not None:
            return {"fail": f"{path} is a directory"}
        file.contents, file.generation = contents, self._number()
        self._events.publish("modified", path, file.generation)
        return {"ok": file.generation}

    def delete(self, path: str) -> Result:
        """Take a file away, or a directory that is empty."""
        file = self._files.get(path)
        if file is None or path == ROOT:
            return {"fail": f"there is no {path} to delete"}
        if file.children:
            return {"fail": f"{path} is not empty"}
        parent, name = _split(path)
        del self._files[path]
        above = self._files[parent]
        assert above.children is not None
        above.children.pop(name)
        self._events.publish("deleted", path)
        self._events.publish("children", parent, name)
        return {"ok": file.instance}

    def owned(self, session: int) -> list[str]:
        """The ephemeral files of a session."""
        return [path for path, file in self._files.items() if file.owner == session]

    def read(self, path: str) -> Result:
        """Contents and generation; null and 0 where no file is."""
        file = self._files.get(path)
        return {"ok": [None, 0] if file is None else [file.contents, file.generation]}

    def list(self, path: str) -> Result:
        """The names in a directory, in the order they were made; none where none is."""
        file = self._files.get(path)
        return {"ok": list(file.children or ()) if file is not None else []}

    def dump(self) -> Any:
        """As JSON values."""
        return [
            [path, f.contents, f.instance, f.generation, f.owner, f.children]
            for path, f in self._files.items()
        ]

    def load(self, state: Any) -> None:
        """Take a dumped state in place of the own one."""
        self._files = {path: File(*fields) for path, *fields in state}


def wrong_path(path: Any) -> str | None:
    """What is wrong with a path, None when nothing is."""
    if not isinstance(path, str) or not path.startswith(ROOT) or len(path) > 1024:
        return "a path is a text that begins with /, of at most 1024 characters"
    if path != ROOT and "" in path[1:].split(ROOT):
        return f"{path!r}: a name between two / is empty"
    return None


def wrong_contents(contents: Any) -> str | None:
    """What is wrong with a file's contents, None when nothing is."""
    if len(canonical(contents)) > LONGEST:
        return f"a file holds at most {LONGEST} characters"
    return None


def _split(path: str) -> tuple[str, str]:
    parent, _, name = path.rpartition(ROOT)
    return parent or ROOT, name
