"""The page, for runs of every kind of ending."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from harness.history.op import Op
from reports.page import Page
from tests.reports.runs import Tale, make_run, operation, results, story

VOID = {"meta", "link", "br", "img", "input", "hr"}
STALE = [
    operation(3, "write", 41, 100, 105),
    operation(7, "write", 57, 230, 236),
    operation(12, "write", 60, 231, None, "info"),
    operation(5, "read", 57, 240, 250),
    operation(0, "read", 41, 404, 405),
]


class Reader(HTMLParser):
    """Reads a page: its tags balance, its links, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data + " "

    @property
    def words(self) -> str:
        """The text with single spaces."""
        return " ".join(self.text.split())

    @property
    def links(self) -> list[str]:
        """Where the page's links go."""
        return [str(attrs["href"]) for tag, attrs in self.tags if tag == "a"]


def read_page(
    tmp_path: Path, history: list[Op] | None, said: dict[str, Any] | None
) -> tuple[str, Reader]:
    run = make_run(tmp_path, history, said)
    assert Page().write(run) == [run.page_file]
    source = run.page_file.read_text()
    reader = Reader()
    reader.feed(source)
    reader.close()
    assert reader.open == []
    for link in reader.links:
        assert (run.path / unquote(link)).is_file(), "every link leads to a file of the run"
    return source, reader


def banner(reader: Reader) -> str | None:
    return next(attrs["class"] for tag, attrs in reader.tags if tag == "section")


def test_a_valid_run(tmp_path: Path) -> None:
    _, page = read_page(tmp_path, story(), results(True))
    assert banner(page) == "banner valid"
    assert "Valid All 200 operations are linearizable, while 1 fault came and went." in page.words
    for told in ("raft 0.1.0", "local", "5: n1, n2, n3, n4, n5", "splitbrain run --seed 42"):
        assert told in page.words
    assert "read 95 2 3 100 95.0%" in page.words
    assert "partition halves n1 n2 | n3 n4 n5 5.00 9.00 40 yes" in page.words
    assert "counterexample" not in page.words


def test_an_invalid_run_shows_the_operations_that_prove_it(tmp_path: Path) -> None:
    reason = "process 0 read 41 after process 5 had read 57"
    said = results(False, reason, key="x", entry_states=[None, 40], counterexample=STALE)
    source, page = read_page(tmp_path, story(), said)
    assert banner(page) == "banner invalid"
    assert f"Invalid linearizable: {reason}" in page.words
    assert "The counterexample: key x" in page.words
    assert "null or 40" in page.words
    assert "12 – write x 60 info 231.000000 231 never –" in page.words
    assert source.count('class="marked"') == 1
    assert re.search(r'class="op ok marked">.*?▶ read 41<', source, re.DOTALL)
    assert page.words.count("(unexplained)") == 1


def test_an_unknown_run_says_why(tmp_path: Path) -> None:
    _, page = read_page(tmp_path, story(), results("unknown", "the budget of 60 s ran out"))
    assert banner(page) == "banner unknown"
    assert "Unknown linearizable: the budget of 60 s ran out" in page.words


def test_a_run_without_results_was_not_judged(tmp_path: Path) -> None:
    _, page = read_page(tmp_path, story(), None)
    assert banner(page) == "banner absent"
    assert "This run has no results.json: it ended before its history was judged." in page.words
    assert "0 of 6 probes" in page.words, "the faults come from the history"
    assert "Throughput" in page.words


@pytest.mark.parametrize("results_text", ["", "[]", '{"valid": tr'])
def test_results_that_are_none(tmp_path: Path, results_text: str) -> None:
    run = make_run(tmp_path, story(), None)
    run.results_file.write_text(results_text)
    Page().write(run)
    assert "The results can&#39;t be read" in run.page_file.read_text()


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"valid": False},
        {"valid": "maybe", "checks": [], "stats": 5, "nodes": 3, "started": 9},
        {"valid": False, "checks": {"linearizable": [1], "faults": {"faults": [{}, 4]}}},
        {"valid": False, "checks": {"linearizable": {"valid": False, "counterexample": [{}, 3]}}},
        {"valid": True, "checks": {"linearizable": {"valid": True, "ops": "many"}}},
    ],
)
def test_results_may_be_half_there(tmp_path: Path, said: dict[str, Any]) -> None:
    read_page(tmp_path, story(), said)


def test_a_run_without_a_history_says_so(tmp_path: Path) -> None:
    _, page = read_page(tmp_path, None, None)
    assert "There is no history: the run ended before its first operation." in page.words


def test_a_torn_history_is_shown_up_to_where_it_tore(tmp_path: Path) -> None:
    run = make_run(tmp_path, story(), None)
    whole = run.history_file.read_bytes()
    run.history_file.write_bytes(whole[:-30])
    Page().write(run)
    page = run.page_file.read_text()
    assert "1 operations were never answered" in " ".join(page.split())


def test_a_history_that_makes_no_sense_is_said_and_not_drawn(tmp_path: Path) -> None:
    tale = Tale()
    tale.tell(1, "ok", 1, "read", 5)
    _, page = read_page(tmp_path, tale.ops, results(True))
    assert "The history could not be read: op 0: process 1 completes read" in page.words


def test_only_the_nemesis_acted(tmp_path: Path) -> None:
    tale = Tale()
    tale.fault("kill", "one", 1.0, 2.0, "n1 (pid 7) exited with code -9")
    _, page = read_page(tmp_path, tale.ops, None)
    assert "No operations were recorded." in page.words
    assert "kill one n1 1.00 2.00 0 yes" in page.words


EVIL = "</style></svg><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\ud800\0"


def test_hostile_values_are_only_text(tmp_path: Path) -> None:
    tale = Tale()
    tale.done(1, "<script>alert(1)</script>", "<script>")
    tale.fault("<script>x", '"><script>', 1.5, 2, "<script>: <script>")
    tale.tell(3, "invoke", 9, "read", None, node="<script>")
    evil = EVIL.replace("\ud800", "")
    counterexample = [
        {**operation(0, evil, evil, 0, 1, '"><script>'), "key": evil, "process": evil},
        {**operation(1, "read", {evil: [evil]}, 0, 1), "key": [evil]},
    ]
    said = results(False, evil, key=evil, entry_states=[evil], counterexample=counterexample)
    said |= {"name": evil, "target": evil, "nodes": [evil], "command": evil, "started": evil}
    said["checks"] |= {evil: {"valid": False, "reason": evil, evil: evil, "list": [evil]}}
    said["checks"]["faults"]["faults"] = [dict.fromkeys(("fault", "where", "proof"), evil)]
    run = make_run(tmp_path, tale.ops, said)
    (run.node_folder("n1") / "<script>&'\" #?%.log").write_text("x")
    Page().write(run)
    source = run.page_file.read_text()
    reader = Reader()
    reader.feed(source)
    tags = [tag for tag, _ in reader.tags]
    assert "script" not in tags
    assert "img" not in tags
    assert not [name for _, attrs in reader.tags for name in attrs if name.startswith("on")]
    assert reader.open == []
    assert all((run.path / unquote(link)).is_file() for link in reader.links)


def test_a_lone_surrogate_does_not_stop_the_page(tmp_path: Path) -> None:
    run = make_run(tmp_path, story(), None)
    run.results_file.write_text('{"valid": false, "reason": "\\ud800"}')
    Page().write(run)
    assert "Invalid" in run.page_file.read_text()


def test_the_page_needs_no_network_and_no_script(tmp_path: Path) -> None:
    said = results(False, "stale", key="x", entry_states=[1], counterexample=STALE)
    source, page = read_page(tmp_path, story(), said)
    source = source.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "//" not in re.sub(r"\d+//\d+", "", source), "no address of any kind"
    assert "@import" not in source
    assert "url(" not in source
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in page.tags}


def test_the_picture_has_bands_where_the_faults_were(tmp_path: Path) -> None:
    source, _ = read_page(tmp_path, story(), None)
    bands = re.findall(r'<rect x="([\d.]+)" width="([\d.]+)"[^>]*class="band"', source)
    assert len(bands) == 2, "one behind each chart"
    end_s = 19.952
    for x, width in bands:
        begin = (float(x) - 56) / (990 - 56) * end_s
        assert begin == pytest.approx(5.001, abs=0.02)
        assert float(width) / (990 - 56) * end_s == pytest.approx(3.998, abs=0.02)


def test_a_hundred_thousand_operations_stay_a_small_page(tmp_path: Path) -> None:
    tale = Tale()
    for number in range(100_000):
        outcome = ("ok", "ok", "fail", "info")[number % 4]
        tale.done(number / 1000, f"f{number % 300}", number, outcome, process=number)  # type: ignore[arg-type]
    for second in range(0, 99, 2):
        value = {"where": "one"}
        for name in ("start-kill", "start-kill", "stop-kill", "stop-kill"):
            tale.ops.append(Op(0, second * 10**9, "info", "nemesis", name, value))
    tale.ops.sort(key=lambda op: op.time)
    history = [
        Op(at, op.time, op.type, op.process, op.f, op.value) for at, op in enumerate(tale.ops)
    ]
    many = [operation(at, "write", "y" * 500, at, None, "info") for at in range(5_000)]
    said = results(False, "z" * 100_000, key="x", entry_states=["w" * 99] * 999)
    said["checks"]["linearizable"]["counterexample"] = many
    begun = time.monotonic()
    source, page = read_page(tmp_path, history, said)
    assert len(source) < 1_500_000
    assert "Of the 50,000 ok operations only a regular sample is drawn" in page.words
    assert "The first 200 are listed" in page.words
    assert time.monotonic() - begun < 30


def test_importing_the_page_is_cheap() -> None:
    loaded = "import sys, reports.page; print(sorted({'pandas', 'matplotlib'} & set(sys.modules)))"
    command = [sys.executable, "-c", loaded]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
