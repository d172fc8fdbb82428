"""A model by its name, with a number where it takes one."""

from __future__ import annotations

import pytest

from harness import plugins
from harness.plugins import UnknownName


def test_a_number_goes_to_the_model() -> None:
    assert plugins.model("semaphore:3").permits == 3
    assert plugins.model("semaphore:3").name == "semaphore:3"
    assert plugins.model("semaphore").permits == 1


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("stack:2", "stack takes no number"),
        ("bank:3", "bank takes no number"),
        ("semaphore:0", "at least one permit"),
        ("semaphore:x", "invalid literal"),
        ("semaphor:2", "did you mean semaphore"),
    ],
)
def test_what_is_no_model_is_said(text: str, why: str) -> None:
    with pytest.raises(UnknownName, match=why):
        plugins.model(text)
