"""Large work is spared the collector of cyclic garbage, and everybody else gets it back."""

from __future__ import annotations

import gc

import pytest

from harness.history.garbage import without_collections


@without_collections()
def at_work(wrong: bool = False) -> bool:
    """Whether the collector runs meanwhile."""
    if wrong:
        raise ValueError
    return gc.isenabled()


def test_it_is_off_meanwhile_and_on_again_afterwards() -> None:
    assert not at_work()
    assert gc.isenabled()
    with pytest.raises(ValueError):
        at_work(wrong=True)
    assert gc.isenabled()


def test_whoever_had_turned_it_off_finds_it_off() -> None:
    gc.disable()
    try:
        assert not at_work()
        assert not gc.isenabled()
    finally:
        gc.enable()
