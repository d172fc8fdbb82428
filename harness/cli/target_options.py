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
    """The options by name, values as they stand; of two of a name the last.

    Raises:
        SpecError: one is not NAME=VALUE.
    """
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise SpecError(f"--option {text!r} is not NAME=VALUE")
        found[name] = value
    return found
