"""A script as a file: a test's fields, of which most may be left out, and its `steps`.

::

    target = "raft"                          # what may be left out is as in `splitbrain run`
    bugs = ["leader_local_read"]
    world = "sim"
    nodes = 3                                # or their names
    steps = [
        "at 0.50 s cut leader from others",
        "at 1.50 s write 1 to x by process 1 at follower1",
        "at 2.50 s read x by process 0 at leader",
    ]

A run's `test.toml` of a script is one, too.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from harness.run_folder import write_whole
from harness.script.plan import Plan, read_plan
from harness.script.steps import NS_PER_S, StepError
from harness.spec import Cadence, OptionError, SpecError, TestSpec, node_names

DEFAULTS: dict[str, Any] = {
    "target": "raft",
    "world": "local",
    "workload": "register",
    "nodes": 5,
    "seed": 0,
    "rate": 200.0,
    "ops_per_key": 100,
}
"""What a script need not say. Its name is its file's; time and clients are what its steps take."""

_NAMES = ("bugs", "workload", "world", "target")
"""Fields that name something, the most particular first."""

_ALSO = {"model", "made_by"}
"""What a run's `test.toml` says beside the test."""


def read_script(path: Path) -> TestSpec:
    """Read a script.

    Raises:
        SpecError: it can't be read, or is none: file and line, what was found, what was expected.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        head = tomllib.loads(text)
    except OSError as error:
        raise SpecError(f"{path}: no script can be read there: {error.strerror}") from None
    except ValueError as error:  # no UTF-8, or no TOML: both say where
        raise SpecError(f"{path}: not TOML: {error}") from None
    known = {*TestSpec.__struct_fields__, *_ALSO}
    for name in head:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise SpecError(f"{path}{_line(text, name)}: there is no {name!r} in a test{hint}")
    if not head.get("steps"):
        raise SpecError(f"{path}{_line(text, 'steps')}: it has no steps, so it is no script")
    try:
        return _whole(head, path.stem)
    except msgspec.ValidationError as error:
        field = re.search(r"`\$\.(\w+)", str(error))
        where = _line(text, field[1]) if field else ""
        raise SpecError(f"{path}{where}: {error}") from None
    except StepError as error:
        raise SpecError(f"{path}{_step_line(text, head['steps'], error.number)}: {error}") from None
    except SpecError as error:
        raise SpecError(f"{path}{_line(text, 'nodes')}: {error}") from None


def place(path: Path, spec: TestSpec, error: ValueError) -> tuple[str, str]:
    """Where in a script the mistake stands because of which its test can't be.

    Returns:
        File and line, as `s.toml, line 3: `, and the field of its head, "" where there is none.
    """
    text = path.read_bytes().decode("utf-8-sig")
    if isinstance(error, StepError):
        return f"{path}{_step_line(text, spec.steps, error.number)}: ", ""
    if isinstance(error, OptionError):
        return f"{path}{_line(text, 'options')}: ", "options"
    for field in _NAMES:
        named = getattr(spec, field)
        for name in named if isinstance(named, list) else [named]:
            if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", str(error)):
                return f"{path}{_line(text, field)}: ", field
    return f"{path}: ", ""


def _whole(head: Mapping[str, Any], name: str) -> TestSpec:
    """The test, with what was left out."""
    full = {"name": re.sub(r"[^A-Za-z0-9._-]", "-", name), **DEFAULTS, **head}
    full = {key: value for key, value in full.items() if key not in _ALSO}
    if isinstance(full["nodes"], int):
        if not 1 <= full["nodes"] <= 99:
            raise SpecError(f"{full['nodes']} nodes: give 1 to 99")
        full["nodes"] = node_names(full["nodes"])
    full.setdefault("nemesis", [])
    full.setdefault("time_limit", 1.0)
    full.setdefault("concurrency", 1)
    full.setdefault("cadence", msgspec.to_builtins(Cadence.fitting(float(full["time_limit"]))))
    spec = msgspec.convert(full, TestSpec)
    return fitted(spec, read_plan(spec.steps, spec.nodes))


def fitted(spec: TestSpec, plan: Plan) -> TestSpec:
    """The test with as much time and as many clients as its steps take."""
    return msgspec.structs.replace(
        spec, concurrency=len(plan.homes), time_limit=max(plan.last / NS_PER_S, 0.1)
    )


def write_script(path: Path, spec: TestSpec, note: str = "") -> None:
    """Write a script that says only what a reader must know; `note` goes before it as a comment."""
    write_whole(path, script_text(spec, note).encode())


def script_text(spec: TestSpec, note: str = "") -> str:
    """The text of a script; see `write_script`."""
    plain = msgspec.to_builtins(spec)
    usual = msgspec.to_builtins(_whole({"steps": []}, spec.name))
    said = {
        name: value
        for name, value in plain.items()
        if name in _ALWAYS or (value != usual[name] and value is not None and name not in _NEVER)
    }
    if spec.nodes == node_names(len(spec.nodes)):
        said["nodes"] = len(spec.nodes)
    if "limits" in said:
        common = usual["limits"]
        said["limits"] = {k: v for k, v in said["limits"].items() if v != common[k]}
    lines = [f"# {line}".rstrip() for line in note.splitlines()]
    lines += [_assigned(name, value) for name, value in said.items() if not _is_table(value)]
    lines += ["steps = [", *(f"    {_quoted(step)}," for step in spec.steps), "]"]
    for name, value in said.items():
        if _is_table(value):
            lines += ["", tomli_w.dumps({name: value}).rstrip()]
    return "\n".join(lines) + "\n"


_ALWAYS = ("target", "world", "workload", "seed", "nodes")
_NEVER = ("name", "steps", "concurrency", "time_limit", "cadence", "command")
"""What its file and its steps say, or what no script has."""


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _assigned(name: str, value: Any) -> str:
    """One line of the head, lists on it as well."""
    if isinstance(value, list):
        return f"{name} = [{', '.join(_quoted(str(each)) for each in value)}]"
    return tomli_w.dumps({name: value}).strip()


def _quoted(step: str) -> str:
    """A TOML string: a literal one where the step has quotes of its own."""
    if '"' in step and "'" not in step and step.isprintable():
        return f"'{step}'"
    return tomli_w.dumps({"x": step}).partition("=")[2].strip()


def _line(text: str, name: str) -> str:
    """`, line N` where a field of the head stands."""
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(rf"\s*\[*\"?{re.escape(name)}\b", line):
            return f", line {number}"
    return ""


def _step_line(text: str, steps: list[str], number: int) -> str:
    """`, line N` where a step stands: TOML's reader keeps no lines, so its text is looked for."""
    if not 1 <= number <= len(steps):
        return ""
    nth = steps[: number - 1].count(steps[number - 1])
    for at, line in enumerate(text.splitlines(), 1):
        if any(quoted in line for quoted in _quotings(steps[number - 1])):
            if not nth:
                return f", line {at}"
            nth -= 1
    return ""


def _quotings(step: str) -> set[str]:
    return {f"'{step}'", tomli_w.dumps({"x": step}).partition("=")[2].strip()}
