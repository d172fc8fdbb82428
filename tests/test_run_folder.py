"""A run's folder: made once, found again, never half written."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from harness.history.op import Op
from harness.run_folder import NotARun, RunFolder

MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678_901, tzinfo=UTC)


def test_a_folder_is_named_for_its_start_in_utc(tmp_path: Path) -> None:
    elsewhere = MOMENT.astimezone(timezone(timedelta(hours=9)))
    assert RunFolder.create(tmp_path, "raft", elsewhere).path == (
        tmp_path / "raft" / "20260102T030405.678Z"
    )


def test_runs_of_the_same_millisecond_get_their_own_folders(tmp_path: Path) -> None:
    paths = [RunFolder.create(tmp_path, "raft", MOMENT).path for _ in range(3)]
    assert len(set(paths)) == 3
    assert sorted(paths) == paths, "the later run must sort later"


def test_latest_follows_the_newest_run_with_relative_links(tmp_path: Path) -> None:
    RunFolder.create(tmp_path, "raft", MOMENT)
    paxos = RunFolder.create(tmp_path, "paxos", MOMENT + timedelta(seconds=1))
    assert (tmp_path / "latest").readlink() == Path("paxos/20260102T030406.678Z")
    assert (tmp_path / "raft" / "latest").readlink() == Path("20260102T030405.678Z")
    moved = tmp_path.rename(tmp_path.with_name("moved"))
    assert (moved / "latest").resolve().name == paxos.path.name


def test_a_link_left_dangling_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to("gone")
    run = RunFolder.create(tmp_path, "raft", MOMENT)
    assert (tmp_path / "latest").resolve() == run.path.resolve()


@pytest.mark.parametrize("where", ["latest", "raft/latest"])
def test_something_real_in_the_way_is_an_error_and_stays(tmp_path: Path, where: str) -> None:
    precious = tmp_path / where / "precious"
    precious.mkdir(parents=True)
    with pytest.raises(FileExistsError, match="in the way"):
        RunFolder.create(tmp_path, "raft", MOMENT)
    assert precious.is_dir()
    assert not list(tmp_path.glob("raft/2*")), "no folder of a run that never began"


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\\b", "a\0b", "latest"])
def test_a_name_must_be_one_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="can't be the name"):
        RunFolder.create(tmp_path, name, MOMENT)


def test_a_start_needs_a_time_zone(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="time zone"):
        RunFolder.create(tmp_path, "raft", MOMENT.replace(tzinfo=None))


def test_open_takes_the_folder_or_a_link_to_it(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "raft", MOMENT)
    run.write_spec({"seed": 1})
    assert RunFolder.open(run.path).path == run.path.resolve()
    opened = RunFolder.open(tmp_path / "latest")
    RunFolder.create(tmp_path, "raft", MOMENT)
    assert opened.spec() == {"seed": 1}, "a later run must not move under an opened one"


def test_open_says_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to("gone")
    (tmp_path / "file").touch()
    (tmp_path / "empty").mkdir()
    for name, why in [
        ("nothing", "no such folder"),
        ("dangling", "points to gone"),
        ("file", "it is a file"),
        ("empty", r"no test\.toml and no history\.jsonl"),
    ]:
        with pytest.raises(NotARun, match=f"{name} is not a run: .*{why}"):
            RunFolder.open(tmp_path / name)


def test_a_spec_comes_back_without_what_was_none(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "raft", MOMENT)
    run.write_spec({"seed": 7, "version": None, "nodes": ("n1", "n2"), "limits": {"a": None}})
    assert run.spec() == {"seed": 7, "nodes": ["n1", "n2"], "limits": {}}


def test_a_spec_that_is_not_toml_is_named(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "raft", MOMENT)
    run.spec_file.write_text("seed = ")
    with pytest.raises(NotARun, match=r"test\.toml is not TOML"):
        run.spec()
    run.spec_file.unlink()
    with pytest.raises(NotARun, match=r"has no test\.toml"):
        run.spec()


def test_results_are_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "raft", MOMENT)
    run.write_results({"valid": True, "target": "ключ"})
    with pytest.raises(TypeError):
        run.write_results({"valid": object()})
    assert run.results() == {"valid": True, "target": "ключ"}
    assert os.listdir(run.path) == ["results.json"]  # noqa: PTH208 - hidden ones count too


@pytest.mark.parametrize("text", ['{"valid":', "[]", "\ud800".encode("utf-8", "surrogatepass")])
def test_results_that_are_none_are_named(tmp_path: Path, text: str | bytes) -> None:
    run = RunFolder.create(tmp_path, "raft", MOMENT)
    with pytest.raises(NotARun, match=r"has no results\.json"):
        run.results()
    run.results_file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(NotARun, match=r"results\.json"):
        run.results()


def test_the_history_is_read_from_its_file(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "raft", MOMENT)
    line = {"index": 0, "time": 5, "type": "invoke", "process": 1, "f": "read", "value": None}
    run.history_file.write_text(json.dumps(line) + "\n" + '{"index": 1, "ti')
    assert run.history() == [Op(0, 5, "invoke", 1, "read", None)]


def test_a_node_has_its_own_folder(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    assert run.node_folder("n1") == tmp_path / "n1"
