"""Every mistake of the lock service, caught: the same story keeps a promise without it and breaks
it with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from harness import plugins
from harness.client import DidNotHappen
from targets.chubby import ChubbyTarget
from targets.chubby_bugs import CHUBBY_BUGS
from targets.chubby_client import LockClient
from targets.chubby_session import Lines
from targets.store.chubby.bugs import NO_BUGS, Bugs
from targets.store.chubby.lease import LEASE
from targets.store.chubby.state import expire
from tests.store.chubby.service import Connection, Service
from tests.store.chubby.test_master import Office
from tests.worlds.sim.loops import run

LOCK, EX = "/lock", "exclusive"

both = pytest.mark.parametrize("on", [False, True])


def bugs(flag: str, on: bool) -> Bugs:
    return Bugs.named([flag]) if on else NO_BUGS


def on_one_connection(story: Coroutine[Any, Any, None]) -> None:
    """Run a client's story; its tasks end with it."""

    async def main() -> None:
        async with asyncio.timeout(60):
            await story
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0)

    run(main())


@both
def test_no_fencing(on: bool) -> None:
    """A write that was long on its way is refused once another holds the lock (§2.4)."""
    service = Service(bugs("no_fencing", on))
    one, two, plain = service.session(), service.session(), service.session(leased=False)
    first, _ = service.done(one, "acquire", LOCK, EX, True)
    second, _ = service.done(two, "acquire", LOCK, EX, True)
    service.expire(one)
    service.undelay()
    service.done(two, "write", LOCK, "new", None, [LOCK, EX, second])
    service.do(plain, "write", LOCK, "late", None, [LOCK, EX, first])
    assert service.ask("read", LOCK)[0] == ("late" if on else "new")


@both
def test_grant_to_expired_waiter(on: bool) -> None:
    """A place in the queue is worth nothing once its session has ended.

    The client waits in vain and keeps its place. Its session expires; the client has a new one when
    it asks again. The lock is another's by then.
    """
    service = Service()

    async def story() -> None:
        client = LockClient(Lines(Connection(service)), bugs=bugs("grant_to_expired_waiter", on))
        holder = service.session()
        held, _ = service.done(holder, "acquire", "/5", EX, True)
        with pytest.raises(DidNotHappen, match="kept"):
            await client.call("acquire", 5, None)
        service.expire(service.ask("lock", "/5")[1][0][1])
        other = service.session()
        token, _ = service.done(other, "acquire", "/5", EX, True)
        service.done(holder, "release", "/5", held)
        assert service.ask("lock", "/5")[0] == [[token, other, EX]]
        await asyncio.sleep(1.0)
        if on:
            assert await client.call("acquire", 5, None) < token
            assert await client.call("check", 5, None)
        else:
            with pytest.raises(DidNotHappen, match="others hold it"):
                await client.call("acquire", 5, None)
        await client.close()

    on_one_connection(story())


@both
def test_stale_unlock_releases_newer(on: bool) -> None:
    """A release that comes late, or again, must not free the next holder's lock."""
    service = Service(bugs("stale_unlock_releases_newer", on))
    one, two, three = (service.session() for _ in range(3))
    first, _ = service.done(one, "acquire", LOCK, EX, True)
    second, _ = service.done(two, "acquire", LOCK, EX, True)
    third, _ = service.done(three, "acquire", LOCK, EX, True)
    service.done(one, "release", LOCK, first)
    assert service.done(one, "release", LOCK, first) == on
    assert service.ask("lock", LOCK)[0][0][0] == (third if on else second)


@both
def test_client_ignores_expiry(on: bool) -> None:
    """A client that hears nothing must stop believing by its own clock (§2.8, jeopardy)."""
    service = Service()

    async def story() -> None:
        connection = Connection(service)
        client = LockClient(Lines(connection), bugs=bugs("client_ignores_expiry", on))
        await client.call("acquire", 5, None)
        await client.call("check", 5, None)
        connection.cut = True
        await asyncio.sleep(LEASE)
        if on:
            await client.call("check", 5, None)
        else:
            with pytest.raises(DidNotHappen, match="lease"):
                await client.call("check", 5, None)
        await client.close()

    on_one_connection(story())


@both
def test_server_reaps_live_session(on: bool) -> None:
    """A new master does not know when each session was last heard: all get a full lease (§2.9)."""
    office = Office(bugs("server_reaps_live_session", on))
    session = office.service.session()
    office.service.done(session, "create", "/member", None, "ephemeral")
    office.master.leads(True)
    office.clock.pass_by(0.2)
    assert office.service.ask("list", "/") == ([] if on else ["member"])


@both
def test_deposed_leader_expires(on: bool) -> None:
    """A master that was deposed and does not know it must not change what it holds.

    Nobody takes its proposals any more; the sessions are kept alive elsewhere.
    """
    office = Office(bugs("deposed_leader_expires", on))
    session = office.service.session()
    office.master.leads(True)
    office.deposed = True
    office.clock.pass_by(10.0)
    assert office.alive == ([] if on else [session])
    assert office.proposed == ([] if on else [expire(session)])


@both
def test_lock_delay_zero(on: bool) -> None:
    """A write of the old holder may be under way to something that checks no sequencers (§2.4)."""
    service = Service(bugs("lock_delay_zero", on))
    one, two = service.session(), service.session()
    first, _ = service.done(one, "acquire", LOCK, EX, True)
    second, _ = service.done(two, "acquire", LOCK, EX, True)
    service.expire(one)
    assert service.ask("lock", LOCK)[0] == ([[second, two, EX]] if on else [[first, None, EX]])


@both
def test_ephemeral_survives(on: bool) -> None:
    """The files of a session that expired go, as those of one that ended (§2.3)."""
    service = Service(bugs("ephemeral_survives", on))
    ended, expired = service.session(), service.session()
    service.done(ended, "create", "/ended", None, "ephemeral")
    service.done(expired, "create", "/expired", None, "ephemeral")
    service.done(ended, "end")
    service.expire(expired)
    assert service.ask("list", "/") == (["expired"] if on else [])


@both
def test_ephemeral_made_persistent(on: bool) -> None:
    service = Service(bugs("ephemeral_made_persistent", on))
    session = service.session()
    service.done(session, "create", "/member", None, "ephemeral")
    service.done(session, "end")
    assert service.ask("list", "/") == (["member"] if on else [])


@both
def test_session_silently_replaced(on: bool) -> None:
    """A client whose session expired must be told: its locks and files are gone."""
    service = Service(bugs("session_silently_replaced", on))
    session = service.session()
    service.done(session, "create", "/member", None, "ephemeral")
    service.expire(session)
    assert service.ask("list", "/") == []
    found = service.state.query(["keepalive", session, 0])
    assert ("ok" in found, "expired" in found) == (on, not on)
    assert ("ok" in service.do(session, "acquire", LOCK, EX, True)) == on


@both
def test_lock_generation_reset(on: bool) -> None:
    """A generation is given once, snapshots or not: else an old sequencer fits a new holder."""
    service = Service(bugs("lock_generation_reset", on))
    session = service.session()
    old, _ = service.done(session, "acquire", LOCK, EX, True)
    service.done(session, "release", LOCK, old)
    service.restart()
    new, _ = service.done(session, "acquire", LOCK, EX, True)
    assert (new > old) != on


@both
def test_cas_ignores_generation(on: bool) -> None:
    """Of two that change the same generation only one may win."""
    service = Service(bugs("cas_ignores_generation", on))
    one, two = service.session(leased=False), service.session(leased=False)
    generation = service.done(one, "write", "/f", 0, None, None)
    service.done(one, "write", "/f", 1, generation, None)
    assert ("ok" in service.do(two, "write", "/f", 2, generation, None)) == on
    assert service.ask("read", "/f")[0] == (2 if on else 1)


def test_every_flag_is_described() -> None:
    assert tuple(bug.flag for bug in CHUBBY_BUGS) == Bugs.known()
    needs = {plugins.load("workload", bug.workload).needs for bug in CHUBBY_BUGS}
    assert needs <= set(ChubbyTarget.offers)
