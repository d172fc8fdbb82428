"""PySyncObj with a journal that is synced; this module is also the program of a node.

As it comes, its journal is a mapped file that nobody syncs. Here it is synced before any message
that follows a new entry leaves, once for all entries since the last: neither the leader nor a
follower then acknowledges what its disk does not have. Its batching is off, because it collects
entries for a tenth of a second, which makes it slower here.

Its clients live in the leader's own process and pay for no connection, which is how it is used.
Reads are of the local copy and promise nothing, so they are not measured.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

from benchmarks.store_speed.load import Measured, measured
from benchmarks.store_speed.processes import NODES, free_ports, running

VALUE = "v" * 16


def sync_before_sending() -> None:
    """Patch it so."""
    from pysyncobj import journal, transport

    dirty: set[Any] = set()
    add = journal.FileJournal.add
    send = transport.TCPTransport.send

    def noted(self: Any, *entry: Any) -> None:
        add(self, *entry)
        dirty.add(self)

    def synced(self: Any, *message: Any) -> Any:
        while dirty:
            dirty.pop()._FileJournal__journalFile.flush()
        return send(self, *message)

    journal.FileJournal.add = noted
    transport.TCPTransport.send = synced


def node(own: str, others: Sequence[str], file: str, clients: int, seconds: float) -> None:
    """Run a node; the leader also drives it, and prints what it measured as JSON."""
    from pysyncobj import SyncObj, SyncObjConf, replicated

    sync_before_sending()

    class Store(SyncObj):  # type: ignore[misc]
        def __init__(self) -> None:
            conf = SyncObjConf(journalFile=file, appendEntriesUseBatch=False, autoTick=False)
            super().__init__(own, list(others), conf)
            self.values: dict[str, str] = {}

        @replicated  # type: ignore[untyped-decorator]
        def write(self, key: str, value: str) -> None:
            self.values[key] = value

    store = Store()
    while not store.isReady():
        store.doTick(0.01)
    latencies: list[float] = []
    begin = perf_counter() + 1
    end = begin + seconds

    def again(key: str) -> None:
        sent = perf_counter()

        def answered(_result: Any, _error: Any) -> None:
            now = perf_counter()
            if begin <= now < end:
                latencies.append(now - sent)
            again(key)

        store.write(key, VALUE, callback=answered)

    if store._getLeader() == store.selfNode:
        for number in range(clients):
            again(f"k{number}")
    while perf_counter() < end:
        store.doTick(0.001)
    if latencies:
        print(json.dumps(measured(latencies, seconds)), flush=True)
    while True:
        store.doTick(0.01)


def pysyncobj(home: Path, clients: int, seconds: float) -> Measured:
    """Writes of three nodes."""
    addresses = [f"127.0.0.1:{port}" for port in free_ports(3)]
    commands: Mapping[str, Sequence[str]] = {
        name: [
            sys.executable,
            *("-m", "benchmarks.store_speed.pysyncobj", addresses[index]),
            ",".join(address for address in addresses if address != addresses[index]),
            *(str(home / f"{name}.journal"), str(clients), str(seconds)),
        ]
        for index, name in enumerate(NODES)
    }
    with running(commands, home):
        until = perf_counter() + seconds + 30
        while perf_counter() < until:
            sleep(0.2)
            for name in NODES:
                for line in (home / f"{name}.log").read_text().splitlines():
                    if line.startswith("["):
                        return Measured(*json.loads(line))
    raise TimeoutError(f"PySyncObj elected no leader; see {home}")


if __name__ == "__main__":
    _, own_, others_, file_, clients_, seconds_ = sys.argv
    node(own_, others_.split(","), file_, int(clients_), float(seconds_))
