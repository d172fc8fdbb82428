"""`splitbrain score`, as a person runs it, and its page."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from msgspec import structs

from harness import plugins
from harness.cli.main import run as splitbrain
from harness.score.score import CleanScore, Score
from harness.score.search import Found
from harness.score.write import draw_score, new_folder, write_score
from reports import score_page
from tests.end_to_end.command import started
from tests.score.test_score import BUG, catch, found, scored


def test_a_bug_is_caught_and_the_catch_can_be_seen_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.run.draw", lambda folder: [])  # the run's reports take longest
    few = ["--searches", "1", "--clean-seeds", "1", "--workers", "2", "--out", str(tmp_path)]
    assert splitbrain(["score", "--bug", "follower_local_read", "--json", *few]) == 0
    score = json.loads(capsys.readouterr().out)
    folder = tmp_path / "score-raft" / "latest"
    assert json.loads((folder / "score.json").read_text()) == score
    (bug,) = score["bugs"]
    assert bug["by"] == "verdict"
    assert score["clean"]["found"]["tests"] == 1
    assert (folder / "score.html").read_text().count("follower_local_read") > 2
    again = bug["catch"]["command"].split()[1:]
    assert splitbrain([*again, "--out", str(tmp_path)]) == 1
    assert "INVALID" in capsys.readouterr().out


def test_bad_input_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert splitbrain(["score", "--bug", "follower_locl_read", "--out", str(tmp_path)]) == 254
    assert capsys.readouterr().err.count("\n") == 1
    assert not list(tmp_path.iterdir())


LONG = ("score", "--bug", "no_client_dedup", "--searches", "50", "--workers", "1")


def begun(score: subprocess.Popen[str], file: Path) -> dict[str, Any]:
    """What is written of a score as soon as one of its tests has ended."""
    deadline = time.monotonic() + 60
    while not file.exists() or not _tests(written := json.loads(file.read_text())):
        assert score.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert isinstance(written, dict)
    return written


def _tests(score: dict[str, Any]) -> int:
    return sum(search["tests"] for bug in score["bugs"] for search in bug["searches"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_it_with_all_that_was_found(number: int, tmp_path: Path) -> None:
    """SIGTERM lost hours of it; SIGINT is not heard behind `nohup … &`."""
    file = tmp_path / "score-raft" / "latest" / "score.json"
    with started(*LONG, "--out", str(tmp_path)) as score:
        begun(score, file)
        score.send_signal(number)
        out, err = score.communicate(timeout=30)
    assert (score.returncode, err) == (1, "")
    assert "interrupted: the rest was not searched" in out
    assert json.loads(file.read_text())["ended"] == "interrupted"
    assert "broken off: interrupted" in file.with_suffix(".html").read_text()


def test_a_score_that_is_killed_leaves_what_it_had_found(tmp_path: Path) -> None:
    """It was written at the end only."""
    file = tmp_path / "score-raft" / "latest" / "score.json"
    with started(*LONG, "--out", str(tmp_path)) as score:
        written = begun(score, file)
        score.kill()
    assert (written["good"], written["ended"]) == (False, "unfinished")
    assert _tests(json.loads(file.read_text())) >= _tests(written)


def page(score: Score, out: Path) -> tuple[str, ElementTree.Element]:
    """The page and the picture of a score."""
    folder = new_folder(out, "raft")
    write_score(folder, score)
    assert draw_score(folder) == []
    text = (folder / "score.html").read_text()
    return text, ElementTree.fromstring((folder / "score.svg").read_text())


def words(picture: ElementTree.Element) -> list[str]:
    """All texts in a picture."""
    return [text.text or "" for text in picture.iter() if text.tag.endswith("text")]


def test_the_page_shows_each_bug_and_draws_each_search(tmp_path: Path) -> None:
    text, picture = page(scored(found(30), found(10), found(None)), tmp_path)
    assert "1 of 1 bugs caught" in text
    assert BUG.flag in words(picture)
    assert "30 s" in words(picture), "the median search's"
    circles = [part for part in picture.iter() if part.tag.endswith("circle")]
    crosses = [part for part in picture.iter() if part.tag.endswith("path")]
    assert (len(circles), len(crosses)) == (2 + 1, 1)


def test_the_page_of_a_bad_score_says_what_is_bad(tmp_path: Path) -> None:
    clean = CleanScore(wanted=2000, found=Found(tests=2000, failed=1), reported=[catch(5)])
    text, picture = page(scored(found(None), clean=clean), tmp_path)
    assert "0 of 1 bugs caught" in text
    assert "Reported with all bugs off" in text
    assert "run 5" in text
    assert "not caught" in words(picture)


def test_a_page_can_be_drawn_of_no_catch_and_of_anything_that_a_store_says(tmp_path: Path) -> None:
    nothing = scored(finished=False)
    page(structs.replace(nothing, bugs=[]), tmp_path)
    page(nothing, tmp_path)
    evil = catch(3)
    evil = structs.replace(evil, reason="<script>alert(1)</script>\udcff", nemesis=["<b>"])
    score = scored(Found(verdict=evil, tests=1))
    text, picture = page(score, tmp_path)
    assert "<script>" not in text
    assert "<b>" in words(picture)


def test_the_picture_has_room_for_long_words_and_its_own_colours_in_any_page(
    tmp_path: Path,
) -> None:
    """The longest names overlapped the next column, and the page's rules for text won."""
    long = structs.replace(catch(3e6), nemesis=["partition", "kill", "pause", "packet", "disk"])
    _, picture = page(scored(Found(verdict=long, tests=1)), tmp_path)
    assert "partition kill pause packet and 1 more" in words(picture)
    assert "2,000,000" in words(picture), "the axis"
    targets = [plugins.load("target", name) for name in plugins.names("target")]
    flags = [bug.flag for target in targets for bug in target.bugs]
    wide = 8.8  # units that a bold letter of 14 px takes
    assert score_page.NAME_X + wide * max(map(len, flags)) < score_page.BY_X
    longest = max(map(len, score_page.WORDS.values()))
    assert score_page.BY_X + wide * longest < score_page.BAR_X
    texts = [part for part in picture.iter() if part.tag.endswith("text")]
    assert all("fill:#" in text.attrib["style"] for text in texts)


def test_what_is_not_finished_was_not_in_vain(tmp_path: Path) -> None:
    _, picture = page(scored(found(None), finished=False), tmp_path)
    assert any(word.endswith("so far") for word in words(picture))
