"""The test that a `splitbrain run` command line stands for."""

from __future__ import annotations

import shlex
from inspect import signature

from harness.cli.run_command import command, resolve
from harness.spec import TestSpec


def spec_of(line: str) -> TestSpec:
    """Read the line as the command does."""
    words = shlex.split(line)
    assert words[:2] == ["splitbrain", "run"]
    options = command.make_context("run", words[2:]).params
    return resolve(**{name: options[name] for name in signature(resolve).parameters})
