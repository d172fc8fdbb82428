"""Plugins that are no use, or share a name: told with their package, in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.command import Said, plugin, splitbrain

COUNTER = """
    from harness.model import INCONSISTENT, UNKNOWN, Model

    class Plugin(Model):
        name = "mine"
        fs = frozenset({"FS"})
        reads = frozenset({"read"})

        def initial(self):
            return 0

        def step(self, state, f, value, result):
            if f == "read":
                return state if result in (UNKNOWN, state) else INCONSISTENT
            return state + value
"""


def history(tmp_path: Path, f: str, value: object, result: object) -> str:
    """A file with a history of one operation."""
    path = tmp_path / "h.jsonl"
    path.write_text(
        f'{{"index":0,"time":0,"type":"invoke","process":0,"f":"{f}","value":{value}}}\n'
        f'{{"index":1,"time":1,"type":"ok","process":0,"f":"{f}","value":{result}}}\n'
    )
    return str(path)


def one_line(said: Said) -> str:
    assert said.out == ""
    (line,) = said.err.splitlines()
    return line


def test_of_two_packages_with_one_name_neither_is_taken(tmp_path: Path) -> None:
    """A plugin with the name of a built-in model replaced it, and nobody was told."""
    env = plugin(tmp_path, "models", "unique-ids", COUNTER.replace("FS", "generate"))
    path = history(tmp_path, "generate", "null", 1)
    for asked in (["--model", "unique-ids"], []):
        said = splitbrain("check", path, *asked, env=env)
        assert said.code == 254
        line = one_line(said)
        assert "model 'unique-ids' is in 2 packages: " in line
        assert "plugin_unique_ids (plugin_unique_ids:Plugin)" in line
        assert "splitbrain (harness.model.unique_ids:" in line
    assert splitbrain("check", history(tmp_path, "write", 1, 1), env=env).code == 0
    listed = splitbrain("list", "models", env=env)
    assert listed.code == 0
    assert "model 'unique-ids' is in 2 packages" in listed.out


def test_what_does_not_load_is_passed_over_unless_it_is_asked_for(tmp_path: Path) -> None:
    """It broke every guess: exit 255, a mistake in splitbrain or a plugin."""
    env = plugin(tmp_path, "models", "gone", "import nowhere_at_all")
    path = history(tmp_path, "write", 1, 1)
    why = (
        "model 'gone' of the package plugin_gone (plugin_gone:Plugin) does not load: "
        "ModuleNotFoundError: No module named 'nowhere_at_all'"
    )
    said = splitbrain("check", path, env=env)
    assert said.code == 0
    assert said.err.splitlines() == [
        f"passed over: {why}",
        "model register, which fits the operations",
    ]
    said = splitbrain("check", path, "--model", "gone", env=env)
    assert said.code == 254
    assert one_line(said) == f"splitbrain: {why}"
    shown = splitbrain("check", path, "--model", "gone", env={**env, "SPLITBRAIN_DEBUG": "1"})
    assert "Traceback" in shown.err
    listed = splitbrain("list", env=env)
    assert listed.code == 0
    assert why in listed.out


@pytest.mark.parametrize(
    ("broken", "by", "why"),
    [
        ("fs = frozenset", "knows = frozenset", "is no whole model: it has no fs"),
        ('frozenset({"FS"})', '["FS"]', "its fs are no frozenset of strings"),
        ("def step", "def stpe", "is no whole model: it has no step"),
        ("def initial", "def first", "is no whole model: it has no initial"),
        ("(Model)", "", "no misfit_result, and is not derived from harness.model.Model"),
        ("def initial(self)", "def __init__(self, size)", "can't be made: TypeError: "),
    ],
)
def test_what_is_no_whole_model_is_told_as_the_mistake_of_its_package(
    broken: str, by: str, why: str, tmp_path: Path
) -> None:
    """Without a step of its own it would have found every history valid."""
    assert broken in COUNTER
    env = plugin(tmp_path, "models", "mine", COUNTER.replace(broken, by))
    path = history(tmp_path, "write", 1, 1)
    said = splitbrain("check", path, "--model", "mine", env=env)
    assert said.code == 254
    assert "model 'mine' of the package plugin_mine (plugin_mine:Plugin) " in one_line(said)
    assert why in said.err
    said = splitbrain("check", path, env=env)
    assert said.code == 0
    assert said.err.startswith("passed over: model 'mine' of the package plugin_mine")
