"""More is spent on the mixes that still show something new, and no mix is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from msgspec import structs

from harness.campaign.bandit import Bandit
from harness.campaign.explore import INTERRUPTED, Until, explore
from harness.campaign.mix import Mix
from harness.campaign.outcome import Outcome
from harness.campaign.pool import Lost
from harness.campaign.summary import Summary
from harness.spec import Cadence, TestSpec, node_names

BASE = TestSpec(
    name="made-up",
    target="raft",
    world="sim",
    nodes=node_names(3),
    workload="register",
    nemesis=[],
    seed=1,
    time_limit=5.0,
    concurrency=6,
    rate=100.0,
    ops_per_key=100,
    cadence=Cadence.fitting(5.0),
)
Run = Callable[[TestSpec], Outcome | Lost]


class Here:
    """Runs each test at once, in this process."""

    def __init__(self, run: Run, free: int = 1) -> None:
        self._run = run
        self._room = free
        self._done: list[tuple[int, Outcome | Lost]] = []
        self._tickets = 0

    @property
    def free(self) -> int:
        return self._room - len(self._done)

    @property
    def busy(self) -> int:
        return len(self._done)

    def submit(self, task: TestSpec) -> int:
        self._tickets += 1
        self._done.append((self._tickets, self._run(task)))
        return self._tickets

    def collect(self, timeout_s: float) -> list[tuple[int, Outcome | Lost]]:
        done, self._done = self._done, []
        return done


def mixes(count: int) -> list[Mix]:
    """Mixes that are told apart by their rate."""
    made = Mix(
        nemesis=(),
        quiet_s=1,
        fault_s=1,
        nodes=3,
        concurrency=6,
        rate=1.0,
        client_timeout_s=1,
        time_limit_s=5,
    )
    return [structs.replace(made, rate=float(number + 1)) for number in range(count)]


def outcome(spec: TestSpec, **more: object) -> Outcome:
    """A valid test of one CPU second."""
    said = {"verdict": "valid", "cpu_s": 1.0, **more}
    return Outcome(spec=spec, **said)  # type: ignore[arg-type]


def worlds_of(sizes: list[int], cost: list[float]) -> Run:
    """Mix i reaches 10 of `sizes[i]` states that no other mix reaches, the rare ones rarely."""

    def run(spec: TestSpec) -> Outcome:
        mix = round(spec.rate) - 1
        rng = Random(spec.seed)
        drawn = (int(sizes[mix] * rng.random() ** 2) for _ in range(10))
        states = frozenset(mix * 1_000_000 + state for state in drawn)
        return outcome(spec, features=states, cpu_s=cost[mix])

    return run


def spend(run: Run, count: int, cpu_s: float, floor: float, seed: int = 1) -> Summary:
    """Explore for so many CPU seconds."""
    return explore(
        structs.replace(BASE, seed=seed),
        seeds=range(seed * 1_000_000, (seed + 1) * 1_000_000),
        mixes=mixes(count),
        trials=Here(run),
        until=Until(cpu_s=cpu_s),
        floor=floor,
    )


def test_it_reaches_far_more_states_than_an_even_choice() -> None:
    """Of twelve mixes two are rich, one of these dear, and the others are soon exhausted."""
    run = worlds_of([10_000, 10_000, *[30] * 10], [1.0, 4.0, *[1.0] * 10])
    for seed in range(5):
        led = spend(run, 12, 400.0, floor=0.2, seed=seed)
        even = spend(run, 12, 400.0, floor=1.0, seed=seed)
        assert led.features > 1.8 * even.features
        shares = [tally.cpu_s / led.cpu_s for tally in led.mixes]
        assert max(shares) == shares[0] > 0.4


def test_it_is_no_worse_than_an_even_choice_where_all_mixes_are_alike() -> None:
    run = worlds_of([3_000] * 12, [1.0] * 12)
    for seed in range(5):
        led = spend(run, 12, 400.0, floor=0.2, seed=seed)
        even = spend(run, 12, 400.0, floor=1.0, seed=seed)
        assert led.features > 0.97 * even.features


def test_it_turns_to_another_mix_when_the_best_is_exhausted() -> None:
    """The first shows a lot at first, and then nothing; the second a little, for ever."""

    def run(spec: TestSpec) -> Outcome:
        if spec.rate == 1.0:
            return outcome(spec, features=frozenset(range((spec.seed % 50) * 20 % 1000, 1000)))
        return outcome(spec, features=frozenset([spec.seed, -spec.seed]))

    summary = spend(run, 2, 400.0, floor=0.1)
    assert summary.mixes[1].tests > 0.8 * summary.tests


def test_no_mix_starves() -> None:
    """Each is tried once before any is tried twice, and goes on getting its part of the floor."""
    bandit = Bandit(10, Random(1), floor=0.3)
    tried = [0] * 10
    for number in range(1000):
        arm = bandit.choose()
        tried[arm] += 1
        bandit.learn(arm, 100 if arm == 3 else 0, 1.0)
        if number == 9:
            assert tried == [1] * 10
    assert min(tried) >= 30
    assert tried[3] > 600


def test_it_ends_at_the_last_seed_and_counts_everything() -> None:
    """A test that is lost is one that failed, and the end of nothing."""

    def run(spec: TestSpec) -> Outcome | Lost:
        if spec.seed == 3:
            return Lost("RuntimeError: no")
        if spec.seed == 5:
            return outcome(spec, verdict="invalid", kinds=("linearizable",), reason="stale")
        if spec.seed == 6:
            return outcome(spec, invariants=("election safety: two",), kinds=("election safety",))
        if spec.seed == 8:
            return outcome(spec, verdict="unknown", reason="no proof")
        return outcome(spec, ops=100, features=frozenset([spec.seed]))

    told: list[int] = []
    summary = explore(
        BASE,
        seeds=range(10),
        mixes=mixes(3),
        trials=Here(run, free=2),
        on_result=lambda outcome, summary: told.append(outcome.spec.seed),
    )
    assert sorted(told) == list(range(10))
    assert summary.ended == "the last seed"
    assert summary.verdicts == {"valid": 7, "invalid": 1, "unknown": 1, "failed": 1}
    assert summary.kinds == {"linearizable": 1, "election safety": 1}
    assert [each.spec.seed for each in summary.caught] == [5, 6]
    assert [(each.spec.seed, each.reason) for each in summary.unknown] == [(8, "no proof")]
    assert [(each.spec.seed, each.reason) for each in summary.failed] == [(3, "RuntimeError: no")]
    assert sum(tally.tests for tally in summary.mixes) == summary.tests == 10
    assert summary.features == 6
    assert summary.ops == 600


def test_it_ends_early_when_it_is_told_to() -> None:
    def run(spec: TestSpec) -> Outcome:
        return outcome(spec, verdict="invalid" if spec.seed % 10 == 9 else "valid")

    def ended(until: Until) -> tuple[int, str]:
        summary = explore(BASE, seeds=range(1000), mixes=mixes(3), trials=Here(run), until=until)
        return summary.tests, summary.ended

    assert ended(Until(caught=2)) == (20, "2 failing seeds")
    assert ended(Until(cpu_s=33)) == (33, "the budget of 33 CPU s")
    assert ended(Until(said=lambda: True)) == (0, INTERRUPTED)
    assert ended(Until(wall_s=0.0))[1] == "the budget of 0 s"


def test_each_test_is_made_from_its_mix_and_its_seed_alone() -> None:
    """Whatever the exploration chose: the spec, and the command, hold all of it."""
    specs: list[TestSpec] = []

    def run(spec: TestSpec) -> Outcome:
        specs.append(spec)
        return outcome(spec)

    explore(BASE, seeds=range(20), mixes=mixes(3), trials=Here(run))
    for spec in specs:
        assert spec in [mix.applied(BASE, spec.seed) for mix in mixes(3)]
        assert f"--seed {spec.seed} " in spec.command
        assert f"--rate {spec.rate:g} " in spec.command
