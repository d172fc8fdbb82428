"""All searches for all bugs on one pool, the same on any number of workers."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs, to_builtins

from harness import plugins
from harness.campaign.outcome import Outcome
from harness.campaign.pool import Lost
from harness.places import places_of
from harness.plugins import UnknownName
from harness.score.aim import AIMED, OF, RANGES, Aim, missing_faults
from harness.score.measure import Measurement, Settings
from harness.score.score import Score
from harness.spec import SpecError, TestSpec, nemesis_place
from tests.score.rows import BASE, Trials, outcome

SETTINGS = Settings(budget_cpu_s=30.0, searches=3, clean_seeds=20)
BUGS = ("leader_local_read", "no_client_dedup")


def store(spec: TestSpec) -> Outcome:
    """One bug is easily caught, the other seldom, and then mostly by an invariant only."""
    if "leader_local_read" in spec.bugs and spec.seed % 4 == 0:
        return outcome(spec, "invalid")
    if "no_client_dedup" in spec.bugs and spec.seed % 8 == 0:
        return outcome(spec, "valid", invariants=("once: twice",))
    return outcome(spec)


def measured(trials: Trials, bugs: tuple[str, ...] = BUGS) -> Score:
    """A whole measurement."""
    measurement = Measurement(BASE, SETTINGS, bugs)
    measurement.run(trials)
    return measurement.score()


def test_the_same_score_on_any_number_of_workers_in_whatever_order_tests_end() -> None:
    one = measured(Trials(store))
    assert [bug.by for bug in one.bugs] == ["verdict", "invariant"]
    assert one.clean is not None
    assert one.clean.good
    assert one.exit_code == 0
    for workers, seed in ((2, 1), (7, 2)):
        many = measured(Trials(store, workers, seed))
        assert to_builtins(many) == to_builtins(one)


def test_no_two_tests_are_the_same_and_each_has_its_bug_or_none() -> None:
    trials = Trials(outcome)
    score = measured(trials)
    assert [bug.by for bug in score.bugs] == ["missed", "missed"]
    assert len({spec.seed for spec in trials.specs}) == len(trials.specs) == 2 * 3 * 30 + 20
    flags = {tuple(spec.bugs) for spec in trials.specs}
    assert flags == {(), ("leader_local_read",), ("no_client_dedup",)}
    assert score.exit_code == 1


def test_what_the_store_without_a_bug_is_reported_for_is_kept() -> None:
    def alarm(spec: TestSpec) -> Outcome:
        return store(spec) if spec.bugs or spec.seed % 2 else outcome(spec, "invalid")

    score = measured(Trials(alarm))
    assert score.clean is not None
    assert score.clean.found.tests == 20
    assert score.clean.reported
    assert all("--bug" not in catch.command for catch in score.clean.reported)
    assert score.exit_code == 1


def test_tests_that_are_lost_end_the_measurement_and_are_told() -> None:
    score = measured(Trials(lambda spec: Lost("its worker ended")))
    assert [bug.by for bug in score.bugs] == ["failed", "failed"]
    assert score.exit_code == 255
    assert score.bugs[0].searches[0].failed_reason == "its worker ended"
    assert score.clean is not None
    assert not score.clean.good


def test_a_measurement_says_whether_it_came_to_its_end() -> None:
    measurement = Measurement(BASE, SETTINGS, BUGS)
    assert measurement.score().ended == "unfinished"
    measurement.run(Trials(store), said=lambda: measurement.sweep.found.tests > 3)
    score = measurement.score()
    assert (score.ended, score.exit_code) == ("interrupted", 1)
    assert score.clean is not None
    assert score.clean.found.tests == 4
    assert measured(Trials(store)).ended == "to the end"


def test_a_search_is_aimed_first_at_what_the_bug_declares() -> None:
    mix = Aim(BASE).row(1, ["kill", "no-such-fault"])
    mixes = [mix(number) for number in range(30)]
    aimed = [mix for number, mix in enumerate(mixes) if number % OF < AIMED]
    others = [mix for number, mix in enumerate(mixes) if number % OF >= AIMED]
    assert {text.partition(":")[0] for mix in aimed for text in mix.nemesis} == {"kill"}
    assert all(mix.nemesis for mix in aimed)
    assert len(set(aimed)) > 10
    assert {mix.nodes for mix in aimed} == set(RANGES.nodes)
    assert len({text.partition(":")[0] for mix in others for text in mix.nemesis}) > 2


def test_a_bug_that_needs_no_fault_is_aimed_at_without_any() -> None:
    mix = Aim(BASE).row(1, [])
    assert [mix(number).nemesis for number in range(AIMED)] == [()] * AIMED
    assert len({mix(number) for number in range(9)}) > 5


def test_searches_for_one_bug_differ_in_their_conditions_and_not_only_in_their_seeds() -> None:
    aim = Aim(BASE)
    first, second = aim.row(1, ["kill"]), aim.row(2, ["kill"])
    assert [first(number) for number in range(9)] != [second(number) for number in range(9)]
    assert aim.row(1, ["kill"])(0) is first(0), "made once"


def test_all_of_several_faults_strike_in_an_aimed_test() -> None:
    mix = Aim(BASE).row(1, ["kill", "pause"])
    for number in range(AIMED):
        names = [text.partition(":")[0] for text in mix(number).nemesis]
        assert names == ["kill", "pause"]


@pytest.mark.parametrize(
    ("changed", "bugs", "error", "message"),
    [
        ({}, ["no_such_bug"], UnknownName, "no bug of raft 'no_such_bug'"),
        ({"world": "local"}, [], SpecError, "no simulation"),
        ({"target": "rift"}, [], UnknownName, "did you mean raft"),
        ({"settings": {"budget_cpu_s": 0.0}}, [], SpecError, "--budget 0"),
        ({"settings": {"searches": 0}}, [], SpecError, "--searches 0"),
        ({"settings": {"clean_seeds": -1}}, [], SpecError, "--clean-seeds -1"),
    ],
)
def test_what_can_not_be_measured_is_said_before_anything_starts(
    changed: dict[str, Any], bugs: list[str], error: type[Exception], message: str
) -> None:
    settings = structs.replace(SETTINGS, **changed.pop("settings", {}))
    with pytest.raises(error, match=message):
        Measurement(structs.replace(BASE, **changed), settings, bugs)


def test_what_a_bug_spares_strikes_only_as_far_as_it_is_declared() -> None:
    """The same row without it has it somewhere."""
    for spared, strikes in (((), True), (("clock",), False)):
        mix = Aim(BASE).row(1, ["clock:drift.slight"], spared)
        mixes = [mix(number) for number in range(60)]
        aimed = [mix for number, mix in enumerate(mixes) if number % OF < AIMED]
        others = [mix for number, mix in enumerate(mixes) if number % OF >= AIMED]
        assert {text for mix in aimed for text in mix.nemesis} == {"clock:drift.slight"}
        found = {text.partition(":")[0] for mix in others for text in mix.nemesis}
        assert ("clock" in found) == strikes
        assert "kill" in found


def test_the_sweep_has_the_options_of_the_bugs_in_whose_place_it_is() -> None:
    """What was given counts more."""
    bugs = ("leader_local_read", "no_client_dedup")
    declared = {bug.flag: bug.options for bug in plugins.load("target", "raft").bugs}
    assert declared["leader_local_read"]
    assert not declared["no_client_dedup"]
    for given in ({}, {"check_quorum": True}):
        trials = Trials(outcome)
        Measurement(structs.replace(BASE, options=given), SETTINGS, bugs).run(trials)
        clean = [spec for spec in trials.specs if not spec.bugs]
        assert len(clean) == 20
        assert [spec.options for spec in clean[:2]] == [
            {**declared["leader_local_read"], **given},
            given,
        ]


def test_every_bug_of_every_target_declares_a_workload_and_faults_that_there_are() -> None:
    for name in plugins.names("target"):
        target = plugins.load("target", name)
        for bug in target.bugs:
            assert bug.workload in plugins.names("workload")
            for fault in bug.faults:
                nemesis, place = nemesis_place(fault)
                places = places_of(plugins.load("nemesis", nemesis), target)
                assert place is None or place in places
            assert set(bug.spares) <= set(plugins.names("nemesis"))


def test_a_fault_may_be_declared_with_its_place() -> None:
    declared = ["crash:granted-vote", "crash:no-such-point", "no-such-fault"]
    assert missing_faults(BASE, declared) == declared[1:]
    for number in range(AIMED):
        assert Aim(BASE).row(1, declared)(number).nemesis == ("crash:granted-vote",)
