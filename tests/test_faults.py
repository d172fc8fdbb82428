"""Faults: when they strike, what is recorded of them, and what a run without proof is worth."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from signal import SIGSTOP, Signals
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest

from harness.checks.faults import judge_faults
from harness.fault_schedule import lanes, schedule
from harness.faults import Faults
from harness.history import Op, pair
from harness.history.faults import RECOVER, faults
from harness.nemesis import NoEffect
from harness.proof import Proof
from harness.spec import Cadence
from harness.target import Target
from harness.worlds.world import ProcessStatus, World, WorldError
from nemesis.partition import Partition
from nemesis.pause import Pause
from tests.generator.simulate import simulate

QUICK = Cadence(quiet_s=1, fault_s=2)
S = 1_000_000_000


def planned(places: Mapping[str, Sequence[str]], time_limit: float, seed: int = 0) -> list[Op]:
    """The nemesis' ops of a schedule whose actions take no time."""
    generator = schedule(places, QUICK, time_limit, Random(seed))
    history = simulate(generator, nemesis=True, took_ns=lambda step: 0)
    return [op for op in history if op.type == "invoke"]


def test_faults_fit_the_time_limit_and_each_is_healed() -> None:
    ops = planned({"kill": ["one"]}, 10)
    assert [(op.time // S, op.f) for op in ops] == [
        (1, "start-kill"), (3, "stop-kill"),
        (4, "start-kill"), (6, "stop-kill"),
        (7, "start-kill"), (9, "stop-kill"),
    ]  # fmt: skip


def test_several_nemeses_take_turns() -> None:
    ops = planned({"kill": ["one"], "partition": ["halves"]}, 12)
    assert [op.f for op in ops if op.f.startswith("start-")] == [
        "start-kill", "start-partition", "start-kill", "start-partition",
    ]  # fmt: skip


def test_the_place_that_shows_most_is_struck_first_and_none_twice_before_all() -> None:
    places = ["primaries", "halves", "one", "bridge"]
    for seed in range(20):
        struck = [
            op.value["where"]
            for op in planned({"partition": places}, 24, seed)
            if op.f.startswith("start-")
        ]
        assert len(struck) == 8
        assert struck[0] == "primaries"
        assert set(struck[:4]) == set(struck[4:]) == set(places)


def overlapping(time_limit: float, took_ns: int = 0) -> list[Op]:
    """Those of two lanes: kill and pause, and membership beside them."""
    places = {"kill": ["one"], "pause": ["one"], "membership": ["one"]}
    shared_out = [["kill", "pause"], ["membership"]]
    generator = schedule(places, QUICK, time_limit, Random(0), shared_out)
    history = simulate(generator, threads=["nemesis", "nemesis 2"], took_ns=lambda step: took_ns)
    return [op for op in history if op.type == "invoke"]


def test_faults_of_different_lanes_are_in_force_at_once() -> None:
    """The second lane begins half a slot later."""
    ops = overlapping(14)
    assert [(op.time / S, op.f) for op in ops] == [
        (1, "start-kill"), (2.5, "start-membership"), (3, "stop-kill"),
        (4, "start-pause"), (4.5, "stop-membership"), (5.5, "start-membership"),
        (6, "stop-pause"), (7, "start-kill"), (7.5, "stop-membership"),
        (8.5, "start-membership"), (9, "stop-kill"), (10, "start-pause"),
        (10.5, "stop-membership"), (11.5, "start-membership"), (12, "stop-pause"),
        (13.5, "stop-membership"),
    ]  # fmt: skip


def test_a_lane_does_not_wait_for_the_other_ones_slow_fault() -> None:
    """Each takes 2.5 s to inject and to heal, lasts 1 s at least, and makes the next one late; one
    whose slot is half over is left out, as the second lane's second one (it would end at 8.5 s).
    """
    assert [(op.time / S, op.f) for op in overlapping(8, took_ns=2_500_000_000)] == [
        (1, "start-kill"), (2.5, "start-membership"), (4.5, "stop-kill"), (6, "stop-membership"),
    ]  # fmt: skip


def test_a_slow_fault_costs_slots_and_nobodys_turn() -> None:
    """Each membership takes 4 s to begin and to end, and makes the next slot or two late."""
    places = {"kill": ["one"], "membership": ["one"], "packet": ["loss"]}
    generator = schedule(places, QUICK, 40, Random(0))
    slow_ns = 4_000_000_000
    history = simulate(
        generator, nemesis=True, took_ns=lambda step: slow_ns if "membership" in step.f else 0
    )
    begun = [op.f for op in history if op.type == "invoke" and op.f.startswith("start-")]
    assert begun == [f"start-{name}" for name in ("kill", "membership", "packet")] * 2 + [
        "start-kill",
        "start-membership",
    ]


def test_kinds_that_would_undo_each_other_share_a_lane() -> None:
    """A killed server can't be paused, and one heal of links heals all."""
    needs = {
        "kill": frozenset({"kill"}),
        "pause": frozenset({"pause"}),
        "partition": frozenset({"cut"}),
        "transfer": frozenset({"cut"}),
        "clock": frozenset({"clock"}),
        "membership": frozenset[str](),
    }
    both = frozenset({"kill", "cut"})
    assert lanes(needs, 1) == [sorted(needs)]
    assert lanes(needs, 2) == [["clock", "kill", "pause"], ["membership", "partition", "transfer"]]
    assert lanes(needs, 9) == [
        ["kill", "pause"], ["partition", "transfer"], ["clock"], ["membership"],
    ]  # fmt: skip
    assert lanes(needs | {"crash": both}, 9) == [
        ["crash", "kill", "partition", "pause", "transfer"], ["clock"], ["membership"],
    ]  # fmt: skip
    assert lanes({}, 2) == []


def test_faults_that_just_fit_do() -> None:
    assert Cadence(0.3, 0.5).rounds(2.4) == 3
    assert Cadence(0.3, 0.5).rounds(2.39) == 2


def test_each_kind_of_each_lane_strikes_if_they_just_fit() -> None:
    """10 s less 0.1 s, which the second lane could begin later, are three slots of 3.3 s; to a
    computer they are a little less.
    """
    cadence = Cadence(0.3, 3.0, 2)
    shared_out = [["clock", "kill"], ["disk", "membership", "packet"]]
    places = {name: ["one"] for lane in shared_out for name in lane}
    generator = schedule(places, cadence, 10.0, Random(0), shared_out)
    history = simulate(generator, threads=["nemesis", "nemesis 2"])
    assert {op.f for op in history if op.f.startswith("start-")} == {
        f"start-{name}" for name in places
    }


def test_no_nemesis_plans_nothing() -> None:
    assert planned({}, 20) == []
    nothing = schedule({}, QUICK, 20, Random(0), shared_out=[])
    assert simulate(nothing, nemesis=True) == []


def test_the_default_cadence_fits_short_runs_too() -> None:
    assert Cadence.fitting(20) == Cadence(3, 5)
    assert Cadence.fitting(20).rounds(20) == 2
    for seconds in (0.5, 2, 5, 8, 10, 60):
        cadence = Cadence.fitting(seconds)
        assert cadence.rounds(seconds) >= 1
        assert (cadence.quiet_s + cadence.fault_s) * cadence.rounds(seconds) <= seconds


class FakeNemesis:
    """Does what the test says, and counts."""

    name: ClassVar[str] = "fake"
    needs: ClassVar[frozenset[str]] = frozenset()
    places: ClassVar[Mapping[str, int]] = {"one": 1}

    def __init__(self, inject: Proof | Exception, heal: Proof | Exception) -> None:
        self._answers = {"inject": inject, "heal": heal}
        self.calls: Counter[str] = Counter()

    def _answer(self, what: str) -> Proof:
        self.calls[what] += 1
        answer = self._answers[what]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def inject(self, world: World, target: Target, where: str) -> Proof:
        return self._answer("inject")

    async def heal(self) -> Proof:
        return self._answer("heal")


def carried_out(nemesis: FakeNemesis, *fs: str) -> list[Any]:
    """The recorded values of these actions; then everything is healed."""

    async def recover() -> Proof:
        return Proof(True, "all served")

    async def run() -> list[Any]:
        world, target = cast(World, None), cast(Target, None)
        runner = Faults({"fake": nemesis}, world, target, recover, heal_limit_s=0.2)
        values = [await runner.perform(f, {"where": "one"}) for f in fs]
        await runner.heal_all()
        return values

    return asyncio.run(run())


def test_the_proofs_are_what_is_recorded() -> None:
    nemesis = FakeNemesis(Proof(True, "n1: gone"), Proof(False, "n1 was back by itself"))
    assert carried_out(nemesis, "start-fake", "stop-fake", RECOVER) == [
        {"where": "one", "effective": True, "detail": "n1: gone"},
        {"where": "one", "effective": False, "detail": "n1 was back by itself"},
        {"effective": True, "detail": "all served"},
    ]
    assert nemesis.calls == {"inject": 1, "heal": 1}


def test_a_fault_that_can_not_be_aimed_is_recorded_as_not_effective() -> None:
    nemesis = FakeNemesis(NoEffect("no node leads"), Proof(True, ""))
    (value,) = carried_out(nemesis, "start-fake")
    assert value == {"where": "one", "effective": False, "detail": "no node leads"}


def test_what_is_still_in_force_when_a_run_is_cut_short_is_healed() -> None:
    nemesis = FakeNemesis(Proof(True, ""), Proof(True, ""))
    carried_out(nemesis, "start-fake")
    assert nemesis.calls["heal"] == 1


def test_a_heal_that_failed_is_tried_again_in_the_end() -> None:
    """A cluster must not be left broken, whatever becomes of the verdict."""
    nemesis = FakeNemesis(Proof(True, ""), RuntimeError("lost the connection"))
    with pytest.raises(RuntimeError):
        carried_out(nemesis, "start-fake", "stop-fake")

    async def scene() -> None:
        async def recover() -> Proof:
            return Proof(True, "")

        world, target = cast(World, None), cast(Target, None)
        runner = Faults({"fake": nemesis}, world, target, recover, heal_limit_s=0.2)
        await runner.perform("start-fake", {"where": "one"})
        with pytest.raises(RuntimeError):
            await runner.perform("stop-fake", {"where": "one"})
        before = nemesis.calls["heal"]
        await runner.heal_all()
        assert nemesis.calls["heal"] == before + 1

    asyncio.run(scene())


def test_a_heal_that_hangs_does_not_hang_the_end() -> None:
    class Hangs(FakeNemesis):
        async def heal(self) -> Proof:
            await asyncio.sleep(60)
            return Proof(True, "")

    carried_out(Hangs(Proof(True, ""), Proof(True, "")), "start-fake")


def test_the_same_seed_plans_the_same_faults_and_another_one_others() -> None:
    places = {"partition": ["primaries", "halves", "one", "bridge"], "kill": ["one", "all"]}
    assert planned(places, 40, seed=1) == planned(places, 40, seed=1)
    assert len({str(planned(places, 40, seed)) for seed in range(5)}) > 1


def test_every_nemesis_strikes_in_a_default_run() -> None:
    for nemeses in (1, 2, 3, 5):
        for seconds in (5, 20, 60):
            assert Cadence.fitting(seconds, nemeses).rounds(seconds) >= nemeses


class ShakyNode:
    """A node whose process can be signalled, and whose first look after the pause fails."""

    def __init__(self) -> None:
        self.state = "running"
        self.fails = 0

    async def process(self) -> ProcessStatus:
        if self.fails:
            self.fails -= 1
            raise WorldError("the line is down")
        return ProcessStatus(cast(Any, self.state), 7)

    async def signal(self, number: Signals) -> None:
        self.state = "paused" if number == SIGSTOP else "running"


def test_a_pause_that_could_not_be_undone_at_first_is_undone_later() -> None:
    async def scene() -> None:
        nodes = {name: ShakyNode() for name in ("n1", "n2", "n3")}
        world = cast(World, SimpleNamespace(nodes=nodes))
        pause = Pause(Random(1))
        await pause.inject(world, cast(Target, None), "all")
        nodes["n1"].fails = 1
        with pytest.raises(WorldError):
            await pause.heal()
        await pause.heal()
        assert {node.state for node in nodes.values()} == {"running"}

    asyncio.run(scene())


def test_a_cut_that_failed_half_way_is_healed() -> None:
    cuts: list[Any] = []

    async def cut(links: Any) -> None:
        cuts.append(links)
        if links:
            raise WorldError("one node did not answer")

    async def open_again(links: Any) -> Proof:
        return Proof(True, "")

    async def observe(node: Any) -> Any:
        raise ConnectionError

    async def scene() -> None:
        nodes = dict.fromkeys(("n1", "n2", "n3"))
        faults: frozenset[str] = frozenset()
        world = cast(
            World, SimpleNamespace(nodes=nodes, cut=cut, prove_open=open_again, faults=faults)
        )
        partition = Partition(Random(1))
        target = cast(Target, SimpleNamespace(observe=observe))
        with pytest.raises(WorldError):
            await partition.inject(world, target, "halves")
        await partition.heal()
        assert cuts[-1] == []

    asyncio.run(scene())


# What a run is worth without proof ------------------------------------------------------------

GOOD = {"where": "one", "effective": True, "detail": "n1: pid 7 exited"}
HEALED = {"where": "one", "effective": True, "detail": "n1: runs again"}


def history_of(*nemesis: tuple[int, str, Any, str | None], client_at: int | None = 2) -> list[Op]:
    """A history of nemesis ops `(second, f, value, error)` and one read of 10 ms."""
    timed: list[tuple[float, dict[str, Any]]] = [
        (at, {"type": "info", "process": "nemesis", "f": f, "value": value, "error": error})
        for at, f, value, error in nemesis
    ]
    if client_at is not None:
        for moment, kind in ((client_at, "invoke"), (client_at + 0.01, "ok")):
            timed.append((moment, {"type": kind, "process": 0, "f": "read", "value": None}))
    timed.sort(key=lambda item: item[0])
    return [Op(index=i, time=round(moment * S), **rest) for i, (moment, rest) in enumerate(timed)]


START = [(1, "start-kill", {"where": "one"}, None), (1, "start-kill", GOOD, None)]
STOP = [(4, "stop-kill", {"where": "one"}, None), (5, "stop-kill", HEALED, None)]


def judged(history: list[Op], expected: Sequence[str] = ("kill",)) -> tuple[Any, str | None]:
    finding = judge_faults(history, pair(history), expected)
    return finding.valid, finding.reason


def test_a_fault_with_both_proofs_and_operations_under_way_is_good() -> None:
    history = history_of(*START, *STOP)
    assert judged(history) == (True, None)
    (fault,) = faults(history)
    assert (fault.begin_s, fault.end_s, fault.hit, fault.effective) == (1.0, 4.0, "n1", True)


@pytest.mark.parametrize(
    ("history", "reason"),
    [
        (
            history_of(START[0], (1, "start-kill", {**GOOD, "effective": False}, None), *STOP),
            "is not proven to have taken effect: n1: pid 7 exited",
        ),
        (
            history_of(START[0], (1, "start-kill", None, "took longer than 30 s"), *STOP),
            "is not proven to have taken effect: took longer than 30 s",
        ),
        (history_of(START[0]), "is not proven to have taken effect: it did not finish"),
        (history_of(START[0], START[0], *STOP), "taken effect: nothing was recorded"),
        (history_of(*START), "is not proven to have held and been undone: it was not healed"),
        (
            history_of(*START, STOP[0], (5, "stop-kill", {**HEALED, "effective": False}, None)),
            "is not proven to have held and been undone: n1: runs again",
        ),
        (history_of(*START, *STOP, client_at=None), "overlapped no operation"),
        (history_of(*START, *STOP, client_at=8), "overlapped no operation"),
        (history_of(), "kill never struck"),
        (
            history_of(
                *START, *STOP, (6, "recover", {"effective": False, "detail": "n2 hangs"}, None)
            ),
            "the cluster did not recover: n2 hangs",
        ),
    ],
)
def test_anything_less_makes_the_verdict_unknown(history: list[Op], reason: str) -> None:
    valid, why = judged(history)
    assert valid == "unknown"
    assert why is not None
    assert reason in why


def other(*times: int) -> list[tuple[int, str, Any, str | None]]:
    """A proven partition that was begun, in force, healing, and healed at these seconds."""
    good = {"where": "halves", "effective": True, "detail": "as it should"}
    names = ["start-partition"] * 2 + ["stop-partition"] * 2
    return [(at, f, good, None) for at, f in zip(times, names, strict=True)]


FAILED = [(11, "start-kill", {"where": "one"}, None),
          (12, "start-kill", {**GOOD, "effective": False}, None),
          (14, "stop-kill", {"where": "one"}, None), (15, "stop-kill", HEALED, None)]  # fmt: skip


NO_OTHER = [
    (at, f, {**value, "effective": False}, error) for at, f, value, error in other(10, 11, 13, 14)
]
"""One that is not proven to have taken effect."""


def test_a_fault_that_another_one_stood_in_the_way_of_is_excused() -> None:
    """The first kill is proven; the second one is not, and a partition was in force beside it."""
    both = {"expected": ("kill", "partition")}
    partition = other(1, 2, 12, 13)
    assert judged(history_of(*START, *STOP, *partition, *FAILED), **both) == (True, None)


@pytest.mark.parametrize(
    "history",
    [
        pytest.param(history_of(*START, *STOP, *other(1, 2, 9, 10), *FAILED), id="not at once"),
        pytest.param(history_of(*other(1, 2, 12, 13), *FAILED), id="no kill was proven"),
        pytest.param(
            history_of(*START, *STOP, *other(6, 7, 8, 9), *NO_OTHER, *FAILED),
            id="the other one was not in force",
        ),
    ],
)
def test_nothing_else_excuses_it(history: list[Op]) -> None:
    valid, why = judged(history, ("kill", "partition"))
    assert valid == "unknown"
    assert why is not None
    assert "kill (one) at 12.0 s is not proven to have taken effect" in why


def test_proofs_together_are_as_good_as_the_worst_and_it_is_told_first() -> None:
    together = Proof.every([Proof(True, "n1 gone"), Proof(False, "n2 still there")])
    assert together == Proof(False, "n2 still there; n1 gone")
    assert not Proof.every([]).effective
