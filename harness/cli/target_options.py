"""`--option NAME=VALUE`: what a person sets of a target, which alone knows what there is to set."""

from __future__ import annotations

from collections.abc import Iterable

import click

from harness.spec import SpecError

target_options = click.option(
    "--option",
    "options",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set an option of the target (repeatable).",
)
"""The option of a command; its parameter `options` is for `read_options`."""


def read_options(texts: Iterable[str]) -> dict[str, str]:
    """The options by name, values as they stand.

    Raises:
        SpecError: one is not NAME=VALUE, or there twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise SpecError(f"--option {text!r} is not NAME=VALUE")
        if name in found:
            raise SpecError(f"--option {name} is there twice: {found[name]!r} and {value!r}")
        found[name] = value
    return found
