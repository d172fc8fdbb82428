"""`splitbrain list`: what there is to name."""

from __future__ import annotations

import re
import sys
from inspect import cleandoc
from typing import Any

import click
from rich.markup import escape

from harness import plugins
from harness.cli.console import Console
from harness.cli.printable import printable
from harness.places import usual_places

_SHOWN = {
    "targets": "target",
    "worlds": "world",
    "workloads": "workload",
    "nemeses": "nemesis",
    "models": "model",
    "reports": "report",
}


@click.command(name="list")
@click.argument("what", required=False)
def command(what: str | None) -> None:
    """List targets, worlds, workloads, nemeses, models, reports and bugs; or only one of these."""
    if what is not None:
        plugins.require("list of", what, [*_SHOWN, "bugs"])
    console = Console()
    for title, kind in _SHOWN.items():
        if what in (None, title):
            console.print(f"[bold]{title}[/]", highlight=False, soft_wrap=True)
            names = plugins.names(kind)
            width = max(map(len, names), default=0)
            for name in names:
                about = escape(_about(kind, name))
                console.print(f"  {name:<{width}}  {about}", highlight=False, soft_wrap=True)
    if what in (None, "bugs"):
        _list_bugs(console)


def _about(kind: str, name: str) -> str:
    """How the plugin's documentation begins, and what it can do."""
    try:
        found = plugins.load(kind, name)
    except plugins.BadPlugin as error:
        return printable(" ".join(str(error).split()))
    about = beginning(found.__doc__) or beginning(_module_doc(found))
    if kind == "nemesis":
        about += f" At: {_places(found)}."
        about += f" Needs: {', '.join(sorted(found.needs))}." if found.needs else ""
    if kind == "target":
        about += f" In: {', '.join(sorted(found.worlds))}."
    if kind == "world":
        about += f" Can: {', '.join(sorted(found.faults))}."
    return about


def _places(nemesis_class: Any) -> str:
    if hasattr(nemesis_class, "places_in"):
        return "places that the target gives"
    usual = usual_places(nemesis_class, None, nodes=sys.maxsize)
    others = [place for place in nemesis_class.places if place not in usual]
    return ", ".join(usual) + (f"; only when named: {', '.join(others)}" if others else "")


def beginning(text: str | None) -> str:
    """The first line, and on to the end of the sentence that it ends in."""
    paragraph = cleandoc(text or "").partition("\n\n")[0]
    line = paragraph.partition("\n")[0]
    if line.startswith("See `"):
        return ""
    end = re.compile(r"[.!?](?=\s|$)").search(paragraph, max(0, len(line) - 1))
    return " ".join(paragraph[: end.end() if end else None].split())


def _module_doc(found: object) -> str | None:
    return sys.modules[str(getattr(found, "__module__", __name__))].__doc__


def _list_bugs(console: Console) -> None:
    for target in plugins.names("target"):
        try:
            bugs = plugins.load("target", target).bugs
        except plugins.BadPlugin:  # `list targets` says what is wrong
            continue
        if not bugs:
            continue
        console.print(f"[bold]bugs of {target}[/] (--bug NAME)", highlight=False, soft_wrap=True)
        width = max(len(bug.flag) for bug in bugs)
        for bug in bugs:
            shows = f"workload {bug.workload}, nemesis {', '.join(bug.faults) or 'none'}"
            console.print(
                f"  {bug.flag:<{width}}  {escape(bug.breaks)}", highlight=False, soft_wrap=True
            )
            where = f"{bug.anomaly}; shown by {shows}; happened in {bug.citation}"
            console.print(f"  {'':<{width}}  {escape(where)}", highlight=False, soft_wrap=True)
            if bug.equivalence:
                console.print(
                    f"  {'':<{width}}  can't show: {escape(bug.equivalence)}",
                    highlight=False,
                    soft_wrap=True,
                )
