"""`--option NAME=VALUE`: part of the test, so of the command that repeats it, too."""

from __future__ import annotations

import inspect
import shlex
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.cli import run_command, script_options, suite_command
from harness.cli.target_options import read_options
from harness.spec import SpecError, TestSpec, with_command

GIVEN = ["--option", "reads=lease", "--option", "initial=n1,n2", "--option", "heartbeat=0.05"]
OPTIONS = {"reads": "lease", "initial": "n1,n2", "heartbeat": "0.05"}


def resolved(*args: str) -> TestSpec:
    """The test of a command line of `run`."""
    with run_command.command.make_context("run", list(args)) as ctx:
        ours = ("script", "out", "leave_db_running", "as_json")
        given = {name: value for name, value in ctx.params.items() if name not in ours}
        script = ctx.params["script"]
        if script is None:
            return run_command.resolve(**given)
        return script_options.resolve_script(script, ctx)


def test_the_command_that_repeats_a_test_has_its_options() -> None:
    spec = resolved("--world", "sim", "--nodes", "3", *GIVEN)
    assert spec.options == OPTIONS
    assert resolved(*shlex.split(spec.command)[2:]) == spec


def test_options_of_a_file_are_said_as_one_would_say_them() -> None:
    spec = resolved("--world", "sim", "--nodes", "3", "--seed", "1", "--name", "x")
    options: dict[str, Any] = {"initial": ["n1", "n2"], "check_quorum": False, "heartbeat": 0.05}
    command = with_command(msgspec.structs.replace(spec, options=options)).command
    for said in ("initial=n1,n2", "check_quorum=false", "heartbeat=0.05"):
        assert f"--option {said}" in command


def test_a_script_s_options_are_overridden_one_by_one(tmp_path: Path) -> None:
    script = tmp_path / "s.toml"
    head = 'world = "sim"\nnodes = 3\noptions = {reads = "lease", heartbeat = 0.05}\n'
    script.write_text(f'{head}steps = ["at 0 s read x by process 0"]\n')
    spec = resolved(str(script), "--option", "reads=index")
    assert spec.options == {"reads": "index", "heartbeat": 0.05}
    assert spec.command == f"splitbrain run {script} --option reads=index"


def test_each_test_of_a_suite_has_them() -> None:
    with suite_command.command.make_context("suite", GIVEN) as ctx:
        asked = inspect.signature(suite_command.resolve).parameters
        base, _ = suite_command.resolve(**{name: ctx.params[name] for name in asked})
    assert base.options == OPTIONS


@pytest.mark.parametrize("text", ["", "x", "=1"])
def test_what_is_none_is_refused(text: str) -> None:
    with pytest.raises(SpecError, match="is not NAME=VALUE"):
        read_options([text])


def test_a_value_may_have_an_equals_sign_or_be_empty() -> None:
    assert read_options(["a=b=c", "d="]) == {"a": "b=c", "d": ""}
