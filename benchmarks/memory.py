"""What a million writes leave behind: `python -m benchmarks.memory [STORE …]`.

Three nodes on loopback, first of `raft`, then of `paxos`, each a process with a directory of its
own, and clients at the leader that write one key each over and over: so the state stays as large as
it is, and whatever grows with the number of writes is a leak, in memory or on the disk. Snapshots
are taken as usual.

While the writes go on, every node's resident memory and the size of its directory are looked at
twice a second. A line for every tenth of the writes has the largest of each; the last line says how
the last tenth compares with the second (the first is warming up).
"""

from __future__ import annotations

import argparse
import asyncio
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter

from benchmarks.store_speed.bundled import Cluster, bundled
from benchmarks.store_speed.load import Operation

STORES = ("raft", "paxos")
TENTHS = 10
LOOK_EVERY_S = 0.5
MIB = 1 << 20
GROWN = (1.1, 1.5)
"""More than so many times what it was in the second tenth is no noise: of memory, and of a journal,
which is seen at its longest only by chance.
"""

Sizes = dict[str, tuple[float, float]]
"""By node: MiB in memory, and on the disk."""


def look(pids: Mapping[str, int], home: Path) -> Sizes:
    """What each node takes now."""
    return {node: (_memory(pid) / 1024, _disk(home / node) / MIB) for node, pid in pids.items()}


def _memory(pid: int) -> int:
    """Resident KiB, as `ps` says on every system."""
    said = subprocess.run(
        ["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True
    )
    return int(said.stdout)


def _disk(directory: Path) -> int:
    """Bytes of all files; one that is being replaced may vanish under our eyes."""
    size = 0
    for path in directory.iterdir():
        try:
            size += path.stat().st_size
        except FileNotFoundError:
            continue
    return size


class Writing:
    """Clients that write until so many writes were acknowledged."""

    def __init__(self, writes: int) -> None:
        self.writes = writes
        self.acknowledged = 0

    async def drive(self, write: Operation) -> None:
        """One client: its next write follows the answer to the last."""
        number = 0
        while self.acknowledged < self.writes:
            await write(number)
            number += 1
            self.acknowledged += 1


async def watch(writing: Writing, cluster: Cluster, home: Path) -> list[Sizes]:
    """The largest sizes in each tenth, printed as they come."""
    began = perf_counter()
    tenths: list[Sizes] = []
    while len(tenths) < TENTHS:
        end = writing.writes * (len(tenths) + 1) // TENTHS
        largest: Sizes = {}
        while not largest or writing.acknowledged < end:
            now = await asyncio.to_thread(look, cluster.pids, home)
            for node, sizes in now.items():
                before = largest.get(node, sizes)
                largest[node] = (max(before[0], sizes[0]), max(before[1], sizes[1]))
            await asyncio.sleep(LOOK_EVERY_S)
        tenths.append(largest)
        row = "   ".join(f"{memory:6.1f} {disk:6.2f}" for memory, disk in largest.values())
        print(f"  {end:9,} {perf_counter() - began:6.0f} s   {row}", flush=True)
    return tenths


def compare(tenths: Sequence[Sizes]) -> bool:
    """Print how the last tenth compares with the second; whether all stayed flat."""
    flat, words = True, []
    for node, (memory, disk) in tenths[-1].items():
        before_memory, before_disk = tenths[1][node]
        ratios = memory / before_memory, disk / before_disk
        flat = flat and all(ratio <= most for ratio, most in zip(ratios, GROWN, strict=True))
        words.append(f"{ratios[0]:6.2f} {ratios[1]:6.2f}")
    print(f"  last tenth to second   {'   '.join(words)}   {'flat' if flat else 'GROWN'}")
    return flat


async def measure(protocol: str, writes: int, clients: int, home: Path) -> bool:
    """One store; whether it stayed flat."""
    print(f"{protocol}: {clients} clients; MiB in memory and on the disk, of n1, n2, n3")
    writing = Writing(writes)
    async with bundled(protocol, home) as cluster:
        operations = await cluster.operations("write", clients)
        async with asyncio.TaskGroup() as group:
            for operation in operations:
                group.create_task(writing.drive(operation))
            tenths = await watch(writing, cluster, home)
    return compare(tenths)


def main() -> int:
    """Print a table for each store; 1 if one of them grew."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("protocols", nargs="*", default=STORES, metavar="STORE")
    parser.add_argument("--writes", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=128)
    parser.add_argument("--dir", type=Path, default=Path(), help="where the disk is [here]")
    own = parser.parse_args()
    for protocol in own.protocols:
        if protocol not in STORES:
            parser.error(f"{protocol!r} is none of {', '.join(STORES)}")
    flat = True
    for protocol in own.protocols:
        with tempfile.TemporaryDirectory(dir=own.dir) as home:
            flat = asyncio.run(measure(protocol, own.writes, own.clients, Path(home))) and flat
    return 0 if flat else 1


if __name__ == "__main__":
    raise SystemExit(main())
