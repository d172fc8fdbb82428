"""Text from a history or a store, made harmless for a terminal."""

from __future__ import annotations


def printable(text: str) -> str:
    r"""Escape what a terminal would act on, e.g. `\x1b[2J`; line breaks stay."""
    return "".join(
        char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode()
        for char in text
    )
