"""Every file of a run, for the page's list: what it holds, and a relative link that works."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from harness.run_folder import RunFolder

MOST_FILES = 300

CONTENTS = {
    "history.jsonl": "every invocation and completion, and every fault, a line each",
    "results.json": "the verdicts with their evidence",
    "test.toml": "the whole test: what the command above says, resolved",
    "splitbrain.log": "what splitbrain itself did and said",
    "latency-raw": "plot: each operation's latency",
    "latency-quantiles": "plot: latency over time",
    "rate": "plot: throughput over time",
}


@dataclass(frozen=True)
class File:
    """A line of the list."""

    name: str
    href: str
    what: str
    size: str


def listed(run: RunFolder) -> tuple[list[File], int]:
    """The run's files, its own first and then the nodes', and how many more there are."""
    found = sorted(
        (path.relative_to(run.path) for path in run.path.rglob("*") if _shown(run, path)),
        key=lambda path: (len(path.parts) > 1, path.parts),
    )
    return [_file(run, path) for path in found[:MOST_FILES]], max(len(found) - MOST_FILES, 0)


def _shown(run: RunFolder, path: Path) -> bool:
    """Hidden files are ones that are being written; the page need not list itself."""
    return path.is_file() and path != run.page_file and not path.name.startswith(".")


def _file(run: RunFolder, path: Path) -> File:
    what = CONTENTS.get(path.name) or CONTENTS.get(path.stem, "")
    if not what and len(path.parts) > 1:
        what = f"from node {path.parts[0]}"
    size = (run.path / path).stat().st_size
    # "./" keeps a name with a colon from being read as an address with a scheme.
    return File(path.as_posix(), "./" + quote(path.as_posix(), errors="replace"), what, _size(size))


def _size(count: float) -> str:
    if count < 1000:
        return f"{count:.0f} B"
    for unit in ("kB", "MB", "GB", "TB"):
        count /= 1000
        if count < 1000 or unit == "TB":
            break
    return f"{count:.3g} {unit}"
