"""Mistakes that can be made with locks and sessions, switchable, off by default.

Each is a guarded line or a few where the correct rule stands; two are in the client
(`targets.chubby_client`). Where it happened and what shows it is told on the harness' side
(`targets.chubby_bugs`).
"""

from __future__ import annotations

from dataclasses import dataclass

from targets.store.flags import Flags


@dataclass(frozen=True)
class Bugs(Flags):
    """Which mistakes are made."""

    no_fencing: bool = False
    grant_to_expired_waiter: bool = False
    stale_unlock_releases_newer: bool = False
    client_ignores_expiry: bool = False
    server_reaps_live_session: bool = False
    deposed_leader_expires: bool = False
    lock_delay_zero: bool = False
    ephemeral_survives: bool = False
    ephemeral_made_persistent: bool = False
    session_silently_replaced: bool = False
    lock_generation_reset: bool = False
    cas_ignores_generation: bool = False


NO_BUGS = Bugs()
