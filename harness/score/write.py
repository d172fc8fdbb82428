"""Where a score is kept, and how it is drawn.

::

    runs/score-raft/20260102T030405.678Z/
      score.json                 everything, see docs/simulation.md; anew every few seconds
      score.html, score.svg      for people, made from score.json alone

Pages are plugins of their own kind (`splitbrain.score_reports`): the harness draws nothing.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Protocol

from harness import plugins
from harness.run_folder import LATEST, make_unique, point, timestamp, write_whole
from harness.score.score import Score

SCORE_FILE = "score.json"

log = logging.getLogger(__name__)


class ScoreReport(Protocol):
    """Something to look at, made from a score's folder alone."""

    name: ClassVar[str]

    def write(self, folder: Path) -> list[Path]:
        """Write the report into the folder and return the paths of its files."""


def new_folder(out: Path, target: str) -> Path:
    """Make the folder of a score, and point `latest` beside it at it.

    Raises:
        OSError: it can't be made.
    """
    parent = out / f"score-{target}"
    folder = make_unique(parent, timestamp(datetime.now(UTC)))
    point(parent / LATEST, folder.name)
    return folder


def write_score(folder: Path, score: Score) -> None:
    """Write it, over what was written of it before."""
    text = json.dumps(score.to_json(), indent=2, ensure_ascii=False) + "\n"
    # A lone surrogate has no encoding, but an escape that is just what JSON has for it.
    write_whole(folder / SCORE_FILE, text.encode(errors="backslashreplace"))


def draw_score(folder: Path) -> list[str]:
    """Draw what is written; returns a line for each report that failed, which changes nothing."""
    failed = []
    for name in plugins.names("score report"):
        try:
            plugins.load("score report", name)().write(folder)
        except Exception as error:
            log.exception("score report %s failed", name)
            failed.append(f"score report {name} failed: {type(error).__name__}: {error}")
    return failed
