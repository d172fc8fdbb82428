"""What the tests of determinism run in processes of their own: the same trials, told in hashes.

`python -m tests.determinism 50 [backwards]` prints a line a seed: the seed, and the hashes of all
that its trial left behind. Backwards, and with no garbage collected on the way: what one trial
leaves in the process must not show in the next.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from harness import plugins
from harness.places import places_of
from harness.spec import Cadence, TestSpec, TimeLimits, node_names
from harness.trial import Trial, run_trial

TIME_LIMIT_S = 2.0


def every_nemesis(seed: int, nodes: int, target: Any) -> list[str]:
    """Each that the sim world can make, each at the next of its places for the next seed."""
    can = plugins.load("world", "sim").faults
    found = []
    for name in plugins.names("nemesis"):
        nemesis = plugins.load("nemesis", name)
        places = [place for place, least in places_of(nemesis, target).items() if nodes >= least]
        if nemesis.needs <= can and places:
            found.append(f"{name}:{places[seed % len(places)]}")
    return found


def spec_of(seed: int, **changed: Any) -> TestSpec:
    """A short test with everything in it; tests differ in more than the seed."""
    nodes = 5 if seed % 10 == 4 else 3
    target = "raft" if "bugs" in changed else ("raft", "paxos", "chubby")[seed % 3]
    offers = plugins.load("target", target).offers
    workloads = [
        name for name in plugins.names("workload") if plugins.load("workload", name).needs in offers
    ]
    workload = workloads[seed % len(workloads)]
    faults = every_nemesis(seed, nodes, plugins.load("target", target))
    spec = TestSpec(
        name="determinism",
        target=target,
        world="sim",
        nodes=node_names(nodes),
        workload=workload,
        nemesis=faults,
        seed=seed,
        time_limit=TIME_LIMIT_S,
        concurrency=nodes,
        rate=30.0,
        ops_per_key=30,
        cadence=Cadence.fitting(TIME_LIMIT_S, len(faults)),
        limits=TimeLimits(operation_s=0.5),
    )
    return msgspec.structs.replace(spec, **changed)


def history(trial: Trial) -> bytes:
    """A trial's history as a run's folder has it."""
    return b"".join(msgspec.json.encode(op) + b"\n" for op in trial.ops)


def timeless(results: Any) -> Any:
    """Results without what a stopwatch measured."""
    if isinstance(results, Mapping):
        return {k: timeless(v) for k, v in results.items() if k != "elapsed_s"}
    return [timeless(each) for each in results] if isinstance(results, list) else results


def told(trial: Trial) -> str:
    """One line that is the same for the same trial."""
    logs = sha256()
    for name, log in trial.logs.items():
        logs.update(b"%s %d\n%s" % (name.encode(), len(log), log))
    results = [trial.valid, trial.reason, timeless(trial.checks), list(trial.invariants)]
    rest = [sorted(trial.features), trial.simulated_s, trial.events]
    words = {
        "history": sha256(history(trial)),
        "logs": logs,
        "results": sha256(json.dumps(results).encode()),
        "rest": sha256(json.dumps(rest).encode()),
    }
    hashes = " ".join(f"{word} {digest.hexdigest()}" for word, digest in words.items())
    return f"{trial.spec.seed} {hashes} {len(trial.ops)} ops {trial.valid}"


def main(seeds: int, *, backwards: bool) -> None:
    """Print a line a seed."""
    order = range(seeds)
    if backwards:
        gc.disable()
        order = order[::-1]
    for seed in order:
        print(told(run_trial(spec_of(seed))), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), backwards=sys.argv[2:] == ["backwards"])
