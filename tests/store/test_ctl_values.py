"""Keys and values of `store ctl`: JSON or a plain word, and never something else than was meant."""

from __future__ import annotations

from typing import Any

import pytest

from harness.spec import SpecError
from targets.by_hand.ctl_command import _json


@pytest.mark.parametrize(
    ("text", "value"),
    [("7", 7), ("[1, 2]", [1, 2]), ('"7"', "7"), ("null", None), ("word", "word"), ("a/b", "a/b")],
)
def test_json_is_json_and_a_plain_word_is_a_string(text: str, value: Any) -> None:
    assert _json(text) == value


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("NaN", "'NaN' is neither JSON nor a plain word"),
        ("[1,2", "neither"),
        ("[Infinity]", "neither"),
        ("9" * 5000, "neither"),
        ("[" * 99_999, "neither"),
        ('"\\ud800"', "no UTF-8 text"),
        ("\udcff", "no UTF-8 text"),
    ],
    ids=["NaN", "torn", "Infinity", "5,000 digits", "deep", "half a character", "bytes"],
)
def test_what_began_as_json_and_is_none_is_refused(text: str, why: str) -> None:
    with pytest.raises(SpecError, match=why):
        _json(text)
