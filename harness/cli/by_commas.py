"""Lists on the command line: words by commas, none of which may be missing."""

from __future__ import annotations

from harness.spec import SpecError


def by_commas(flag: str, text: str, expected: str) -> list[str]:
    """The words of a list.

    Raises:
        SpecError: there is none, or there is nothing before, after or between two commas.
    """
    words = [word.strip() for word in text.split(",")]
    if not any(words):
        raise SpecError(f"--{flag} {text!r}: {expected}")
    if not all(words):
        raise SpecError(f"--{flag} {text!r}: there is nothing at one of its commas")
    return words
