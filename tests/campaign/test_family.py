"""The mixes of a suite: a spread over all that the world can break, each a test that can be."""

from __future__ import annotations

from collections import Counter

import pytest
from msgspec import structs

from harness import plugins
from harness.assembly import assemble
from harness.campaign.family import Ranges, family
from harness.campaign.mix import mix_of
from harness.places import makeable
from harness.plugins import UnknownName
from harness.spec import SpecError
from tests.campaign.commands import spec_of
from tests.campaign.test_explore import BASE


def test_every_mix_is_a_test_and_no_two_are_alike() -> None:
    made = family(BASE, count=40)
    assert len(set(made)) == 40
    for mix in made:
        spec = mix.applied(BASE, 7)
        assemble(spec)
        assert mix_of(spec) == mix


def test_every_fault_and_every_value_is_dealt() -> None:
    """Whatever nemeses there are: none of them is named here."""
    ranges = Ranges()
    made = family(BASE, count=60, ranges=ranges)
    usual = makeable(plugins.load("world", "sim"), plugins.load("target", "raft"), 5)
    anywhere = {text for mix in made for text in mix.nemesis if ":" not in text}
    assert anywhere == set(usual)
    bound = {text for mix in made for text in mix.nemesis if ":" in text}
    assert {text.partition(":")[0] for text in bound} == set(usual)
    for field, values in (
        ("nodes", ranges.nodes),
        ("rate", ranges.rate),
        ("time_limit_s", ranges.time_limit_s),
        ("client_timeout_s", ranges.client_timeout_s),
    ):
        counts = Counter(getattr(mix, field) for mix in made)
        assert set(counts) == set(values)
        assert min(counts.values()) > 60 / len(values) / 2


def test_a_mix_says_how_many_of_its_faults_can_be_in_force_at_once() -> None:
    """Kill and pause take turns whatever is dealt; clocks go wrong beside either."""

    def dealt(*nemeses: str) -> set[int]:
        made = family(BASE, count=40, ranges=Ranges(overlap=(1, 2, 3)), nemeses=nemeses)
        return {mix.overlap for mix in made if len(mix.nemesis) == len(nemeses)}

    assert dealt("kill", "pause") == {1}
    assert dealt("kill", "clock") == {1, 2}


def test_the_same_seed_makes_the_same_family_and_another_seed_another() -> None:
    assert family(BASE, count=10) == family(BASE, count=10)
    assert family(BASE, count=10) != family(structs.replace(BASE, seed=2), count=10)


def test_faults_that_are_named_are_all_there_are() -> None:
    made = family(BASE, count=8, nemeses=["kill", "partition:halves"])
    assert {text for mix in made for text in mix.nemesis if "partition" in text} == {
        "partition:halves"
    }
    assert all(text.startswith(("kill", "partition:")) for mix in made for text in mix.nemesis)
    assert all(mix.nemesis == () for mix in family(BASE, count=3, nemeses=[]))


def test_what_can_not_be_is_refused_as_the_run_command_does() -> None:
    for nemeses, error in ((["kil"], UnknownName), (["kill:nowhere"], UnknownName)):
        with pytest.raises(error):
            family(BASE, count=3, nemeses=nemeses)
    with pytest.raises(SpecError, match="at least"):
        family(BASE, count=3, nemeses=["partition:bridge"], ranges=Ranges(nodes=(2,)))
    with pytest.raises(SpecError, match="time-limit"):
        family(BASE, count=3, ranges=Ranges(time_limit_s=(-1.0,)))


def test_the_command_of_a_test_is_read_as_that_very_test() -> None:
    """To the last digit: any other number would be another test."""
    ranges = Ranges(quiet_s=(1 / 3,), rate=(123.4567891,), time_limit_s=(10 / 3,))
    for mix in family(BASE, count=4, ranges=ranges):
        spec = mix.applied(structs.replace(BASE, bugs=["leader_local_read"]), 12345678901)
        assert spec_of(spec.command) == spec
