"""`splitbrain list` says of each thing a whole sentence."""

from __future__ import annotations

from typing import Any

import pytest

from harness.cli.list_command import beginning
from harness.cli.main import run


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Read and write.", "Read and write."),
        ("Add. Adding again\n    does nothing.", "Add. Adding again does nothing."),
        ("Two lines.\nNot this one.", "Two lines."),
        ("A line\n    that ends later. Not this.\n\n    Nor this.", "A line that ends later."),
        ("A heading\n\nAnd the text.", "A heading"),
        ("", ""),
        (None, ""),
        ("See `Model`.", ""),
    ],
)  # fmt: skip
def test_a_first_line_goes_on_to_the_end_of_its_sentence(text: str | None, expected: str) -> None:
    assert beginning(text) == expected


@pytest.mark.parametrize("what", ["targets", "worlds", "workloads", "nemeses", "models", "reports"])
def test_nothing_is_cut_within_a_sentence(what: str, capsys: Any) -> None:
    """Long ones ended where their first line did, and long names pushed theirs aside."""
    assert run(["list", what]) == 0
    title, *lines = capsys.readouterr().out.splitlines()
    assert title == what
    assert all(line.endswith(".") for line in lines)
    assert _columns(lines) == 1


def test_the_bugs_of_a_store_are_in_columns(capsys: Any) -> None:
    assert run(["list", "bugs"]) == 0
    for part in capsys.readouterr().out.split("bugs of ")[1:]:
        assert _columns(part.splitlines()[1:]) == 1


def _columns(lines: list[str]) -> int:
    """At how many places the text after the names begins."""
    return len({len(line) - len(line[2:].partition(" ")[2].lstrip()) for line in lines})
