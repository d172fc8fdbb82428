"""Writes and reads a second, side by side: `python -m benchmarks.store_speed [SYSTEM …]`.

Three nodes on loopback, 16-byte values, every write synced before it is acknowledged, all clients
at the leader, each with one operation under way. A round measures every system in turn, so that
what else the machine does meets all of them; the table has each one's median of the rounds, and
its ratio to etcd's.

Systems: `raft` and `paxos` (the bundled stores), `etcd` (Debian: `apt-get install etcd-server`;
`pip install grpcio`), `pysyncobj` (`pip install pysyncobj`, patched to sync). What is not
installed is left out, with a line that says so.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path
from statistics import median

from benchmarks.store_speed.bundled import bundled
from benchmarks.store_speed.etcd import etcd
from benchmarks.store_speed.load import Measured, closed_loop
from benchmarks.store_speed.pysyncobj import pysyncobj

SYSTEMS = ("raft", "paxos", "etcd", "pysyncobj")
WARM_UP = 1.0


def missing(system: str) -> str | None:
    """What this machine lacks for it."""
    if system == "etcd":
        if shutil.which("etcd") is None:
            return "no etcd here: apt-get install etcd-server"
        if find_spec("grpc") is None:
            return "no grpc here: pip install grpcio"
    if system == "pysyncobj" and find_spec("pysyncobj") is None:
        return "no pysyncobj here: pip install pysyncobj"
    return None


async def measure(system: str, kind: str, clients: int, seconds: float, home: Path) -> Measured:
    """One system, one kind of operation."""
    async with etcd(home) if system == "etcd" else bundled(system, home) as cluster:
        if kind == "read":
            written = await cluster.operations("write", clients)
            await asyncio.gather(*(write(0) for write in written))
        operations = await cluster.operations(kind, clients)
        return await closed_loop(operations, WARM_UP, seconds)


def one(system: str, kind: str, clients: int, seconds: float, root: Path) -> Measured | None:
    """The same in a fresh directory; None where the system has nothing of the kind."""
    home = Path(tempfile.mkdtemp(dir=root))
    if system == "pysyncobj":
        return pysyncobj(home, clients, seconds) if kind == "write" else None
    return asyncio.run(measure(system, kind, clients, seconds, home))


def middle(rounds: list[Measured]) -> Measured:
    """The median of each figure."""
    return Measured(*(median(figures) for figures in zip(*rounds, strict=True)))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("systems", nargs="*", default=SYSTEMS, metavar="SYSTEM")
    parser.add_argument("--clients", type=int, nargs="+", default=[16, 128])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dir", type=Path, default=Path(), help="where the disk is [here]")
    own = parser.parse_args()
    systems = []
    for system in own.systems:
        if system not in SYSTEMS:
            parser.error(f"{system!r} is none of {', '.join(SYSTEMS)}")
        why = missing(system)
        if why is None:
            systems.append(system)
        else:
            print(f"{system} is left out: {why}")
    with tempfile.TemporaryDirectory(dir=own.dir) as root:
        for kind in ("write", "read"):
            for clients in own.clients:
                table(systems, kind, clients, own.seconds, own.rounds, Path(root))


def table(
    systems: list[str], kind: str, clients: int, seconds: float, rounds: int, root: Path
) -> None:
    """The rows of one kind and one number of clients."""
    found: dict[str, list[Measured]] = {}
    for _ in range(rounds):
        for system in systems:
            result = one(system, kind, clients, seconds, root)
            if result is not None:
                found.setdefault(system, []).append(result)
    print(f"{kind}s, {clients} clients, median of {rounds} rounds of {seconds:g} s")
    peer = middle(found["etcd"]).rate if "etcd" in found else None
    for system, results in found.items():
        row = middle(results)
        ratio = f"  {row.rate / peer:5.2f} of etcd's" if peer else ""
        print(f"  {system:10} {row}{ratio}", flush=True)


if __name__ == "__main__":
    main()
