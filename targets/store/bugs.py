"""Mistakes that are the same in every store that keeps a log: around the core, not in it."""

from __future__ import annotations

from dataclasses import dataclass

from targets.store.flags import Flags


@dataclass(frozen=True)
class StoreBugs(Flags):
    """Which of them a node makes; a protocol's own come after these."""

    no_client_dedup: bool = False
    snapshot_drops_sessions: bool = False
    log_not_fsynced: bool = False
    wal_tail_lost: bool = False
    wal_cut_on_corrupt_middle: bool = False


NO_STORE_BUGS = StoreBugs()
