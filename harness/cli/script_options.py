"""`splitbrain run SCRIPT.toml`: what the command line may say beside the script."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click
import msgspec

from harness.assembly import assemble
from harness.cli.target_options import read_options
from harness.plugins import UnknownName
from harness.script.file import place, read_script
from harness.spec import SpecError, TestSpec

_OVERRIDES = ("target", "world", "workload", "client_timeout", "bugs", "options", "seed", "name")
_FLAGS = ("stop_on_violation",)


def resolve_script(path: Path, ctx: click.Context) -> TestSpec:
    """Read a script, with what was said on the command line instead of its own.

    Raises:
        SpecError: it is no script, or an option goes with no script.
    """
    given = {
        name: value
        for name, value in ctx.params.items()
        if name not in ("script", "out", "leave_db_running", "as_json")
        and ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
    }
    flags = {str(param.name): param.opts[0] for param in ctx.command.params}
    for name in given:
        if name not in (*_OVERRIDES, *_FLAGS):
            raise SpecError(
                f"{flags[name]} goes with no script: {path} says what happens, and when"
            )
    spec = _changed(read_script(path), given)
    try:
        assemble(spec)
    except (SpecError, UnknownName) as error:
        where, field = place(path, spec, error)
        if field in given:  # said on the command line, and not by the script
            raise
        raise SpecError(f"{where}{error}") from None
    return _with_command(spec, path, given, flags)


def _changed(spec: TestSpec, given: dict[str, Any]) -> TestSpec:
    changes = dict(given)
    if "target" in changes:
        name, at, version = changes["target"].partition("@")
        changes |= {"target": name, "version": version if at else None}
    if "bugs" in changes:
        changes["bugs"] = list(changes["bugs"])
    if "options" in changes:
        changes["options"] = {**spec.options, **read_options(changes["options"])}
    if "client_timeout" in changes:
        operation_s = changes.pop("client_timeout")
        changes["limits"] = msgspec.structs.replace(spec.limits, operation_s=operation_s)
    return msgspec.structs.replace(spec, **changes)


def _with_command(
    spec: TestSpec, path: Path, given: dict[str, Any], flags: dict[str, str]
) -> TestSpec:
    """Add the command line that repeats this very test."""
    words = ["splitbrain", "run", str(path)]
    for name, value in given.items():
        for each in value if isinstance(value, tuple) else (value,):
            words += [flags[name]] if each is True else [flags[name], str(each)]
    return msgspec.structs.replace(spec, command=shlex.join(words))
