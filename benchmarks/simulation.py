"""How fast simulated tests are: `python -m benchmarks.simulation [ROW …]`.

- `time`: simulated seconds for each CPU second, for five nodes of the bundled Raft store and five
  clients under all faults that the world can make, at several loads.
- `messages`: frames a second that the simulated network carries between nodes that only answer,
  beside a loop over a plain heap that does nothing else, which is the ceiling.
- `tests`: complete tests a second on two workers: three nodes, 20 s, 1,000 operations, judged.
- `mixes`: new kinds of states for each CPU second when the mixes are chosen by what they still
  show, beside an even choice.

Seconds are those of the processor, summed over all processes, so that a busy machine changes less.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from pathlib import Path
from random import Random
from statistics import median
from time import monotonic, process_time
from typing import Any

from msgspec import structs

from harness import plugins
from harness.campaign.explore import Until, explore
from harness.campaign.family import Ranges, family
from harness.campaign.mix import mix_of
from harness.campaign.outcome import outcome_of
from harness.campaign.pool import Pool
from harness.env import Env
from harness.places import makeable
from harness.spec import Cadence, TestSpec, node_names
from harness.trial import run_trial
from harness.worlds.sim.loop import SimLoop
from harness.worlds.sim.world import SimWorld
from harness.worlds.world import WorldSpec

WORKERS = 2


def spec(nodes: int, clients: int, rate: float, time_limit: float, faults: bool = True) -> TestSpec:
    """A test of the bundled Raft store, with every fault of the world or none."""
    world, target = plugins.load("world", "sim"), plugins.load("target", "raft")
    nemesis = list(makeable(world, target, nodes)) if faults else []
    return TestSpec(
        name="benchmark",
        target="raft",
        world="sim",
        nodes=node_names(nodes),
        workload="register",
        nemesis=nemesis,
        seed=1,
        time_limit=time_limit,
        concurrency=clients,
        rate=rate,
        ops_per_key=100,
        cadence=Cadence.fitting(time_limit, len(nemesis)),
    )


def measure_time(seeds: int) -> None:
    """Simulated seconds for each CPU second."""
    print("time: five nodes, five clients, all faults; 40 simulated seconds a test")
    for rate in (20.0, 50.0, 100.0, 200.0):
        found = []
        for seed in range(seeds):
            trial = run_trial(structs.replace(spec(5, 5, rate, 40.0), seed=seed))
            ops = sum(op.type == "invoke" and isinstance(op.process, int) for op in trial.ops)
            found.append(
                (
                    trial.simulated_s / trial.cpu_s,
                    ops / trial.simulated_s,
                    trial.events / trial.cpu_s,
                )
            )
        speed, ops_s, events_s = (median(each) for each in zip(*found, strict=True))
        print(
            f"  {speed:7.1f} simulated s a CPU s, at {ops_s:5.1f} operations a simulated s "
            f"({events_s:,.0f} events a CPU s)"
        )


def measure_messages(messages: int) -> None:
    """What the loop can do at most, and what the network leaves of it."""
    heap, network = _plain_heap(messages), _network(messages)
    print("messages: each is answered by another, 100 of them under way")
    print(f"  {heap:12,.0f} a CPU s  a plain heap of tuples")
    print(f"  {network:12,.0f} a CPU s  frames between five simulated nodes")


def _plain_heap(messages: int) -> float:
    rng = Random(1)
    heap: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
    random = rng.random

    def answer(due: float, number: int) -> None:
        heappush(heap, (due + random(), number, answer, ()))

    for number in range(100):
        answer(0.0, number)
    begin = process_time()
    for number in range(100, 100 + messages):
        due, _, call, _ = heappop(heap)
        call(due, number)
    return messages / (process_time() - begin)


def _network(messages: int) -> float:
    names = tuple(node_names(5))
    left = [messages]

    def echo(env: Env, log: Callable[[str], None]) -> None:
        def on_frame(sender: str, frame: bytes) -> None:
            left[0] -= 1
            if left[0] > 0:
                env.send(sender, frame)

        env.receive(on_frame)
        for peer in names:
            if peer != env.name:
                for _ in range(5):
                    env.after(0.1, partial(env.send, peer, b"sixteen bytes ..."))

    async def run() -> float:
        world = SimWorld(WorldSpec(run_id="benchmark", nodes=names, ports={}, folder=Path()))
        await world.set_up()
        for node in world.nodes.values():
            await node.start(["echo"], main=echo)
        begin = process_time()
        while left[0] > 0:
            await asyncio.sleep(1.0)
        took = process_time() - begin
        await world.tear_down()
        return messages / took

    with asyncio.Runner(loop_factory=SimLoop) as runner:
        return runner.run(run())


def measure_tests(tests: int) -> None:
    """Complete tests a second, the check included."""
    print(
        f"tests: three nodes, 20 s, 1,000 operations, all faults; {tests} tests, {WORKERS} workers"
    )
    base = spec(3, 6, 55.0, 20.0)  # faults and recovery take from the rate
    with Pool(outcome_of, WORKERS) as pool:
        explore(base, seeds=range(1000, 1000 + WORKERS), mixes=[mix_of(base)], trials=pool)
        begin, own = monotonic(), process_time()
        summary = explore(base, seeds=range(tests), mixes=[mix_of(base)], trials=pool)
        wall, own = monotonic() - begin, process_time() - own
    each = summary.cpu_s / summary.tests
    print(f"  {summary.tests / wall:6.2f} a second on this machine as it is now")
    print(f"  {WORKERS / each:6.2f} a second if {WORKERS} cores are free: {each:.3f} CPU s each")
    print(f"  {own / summary.tests * 1e3:6.2f} CPU ms a test for the campaign itself")
    print(
        f"  verdicts: {dict(summary.verdicts)}, {summary.ops / summary.tests:,.0f} operations each"
    )


def measure_mixes(cpu_s: float, searches: int) -> None:
    """New kinds of states, by what they still show and evenly; short tests, so that many fit."""
    print(f"mixes: kinds of states reached in {cpu_s:g} CPU s, by what is new / evenly")
    base = spec(5, 10, 100.0, 8.0)
    ranges = Ranges(time_limit_s=(2.0, 4.0, 8.0), rate=(20.0, 50.0, 100.0))
    ratios = []
    with Pool(outcome_of, WORKERS) as pool:
        for search in range(searches):
            found = []
            for floor in (0.2, 1.0):
                here = structs.replace(base, seed=search)
                summary = explore(
                    here,
                    seeds=range(search * 100_000, (search + 1) * 100_000),
                    mixes=family(here, count=24, ranges=ranges),
                    trials=pool,
                    until=Until(cpu_s=cpu_s),
                    floor=floor,
                )
                found.append(summary)
            led, even = found
            yields = [each.features / each.cpu_s for each in found]
            ratios.append(yields[0] / yields[1])
            print(
                f"  {led.features:6,} / {even.features:6,}   {yields[0]:6.1f} / {yields[1]:6.1f} "
                f"a CPU s   ratio {ratios[-1]:.2f}   ({led.tests} / {even.tests} tests)"
            )
    print(f"  median ratio {median(ratios):.2f}")


def main() -> None:
    """Print the rows that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    rows = ("time", "messages", "tests", "mixes")
    parser.add_argument("rows", nargs="*", metavar="ROW", help=", ".join(rows))
    parser.add_argument("--seeds", type=int, default=5, help="tests for each line of `time`")
    parser.add_argument("--messages", type=int, default=500_000)
    parser.add_argument("--tests", type=int, default=40)
    parser.add_argument("--cpu", type=float, default=60.0, help="seconds for each of the mixes")
    parser.add_argument("--searches", type=int, default=3, help="of the mixes")
    own = parser.parse_args()
    if unknown := set(own.rows) - set(rows):
        parser.error(f"no row {', '.join(sorted(unknown))}: there are {', '.join(rows)}")
    for row in own.rows or rows:
        if row == "time":
            measure_time(own.seeds)
        elif row == "messages":
            measure_messages(own.messages)
        elif row == "tests":
            measure_tests(own.tests)
        else:
            measure_mixes(own.cpu, own.searches)


if __name__ == "__main__":
    main()
