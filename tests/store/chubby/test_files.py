"""Files, directories, ephemeral files and events."""

from __future__ import annotations

from typing import Any

import pytest

from targets.store.chubby.events import KEPT
from targets.store.chubby.files import LONGEST
from targets.store.chubby.machine import Chubby
from targets.store.machine.machine import BadRequest
from tests.store.chubby.service import Service


def test_a_write_may_name_the_generation_that_it_replaces() -> None:
    service = Service()
    session = service.session(leased=False)
    assert service.ask("read", "/f") == [None, 0]
    first = service.done(session, "write", "/f", "a", 0, None)
    assert service.do(session, "write", "/f", "b", 0, None) == {
        "fail": f"/f is of generation {first}, not 0"
    }
    second = service.done(session, "write", "/f", "b", first, None)
    third = service.done(session, "write", "/f", "c", None, None)
    assert first < second < third
    assert service.ask("read", "/f") == ["c", third]


def test_generations_do_not_go_back_over_a_deletion() -> None:
    """Else a cas could take the new file for the old one."""
    service = Service()
    session = service.session(leased=False)
    old = service.done(session, "write", "/f", 1, None, None)
    service.done(session, "delete", "/f")
    assert service.done(session, "create", "/f", 1, "file") > old


def test_directories() -> None:
    service = Service()
    session = service.session(leased=False)
    assert "fail" in service.do(session, "create", "/d/a", 1, "file")
    service.done(session, "create", "/d", None, "directory")
    for name in ("b", "a"):
        service.done(session, "create", f"/d/{name}", 1, "file")
    assert "fail" in service.do(session, "create", "/d/a", 1, "file")
    assert "fail" in service.do(session, "create", "/d/a/x", 1, "file")
    assert service.ask("list", "/d") == ["b", "a"]
    assert "fail" in service.do(session, "delete", "/d")
    assert "fail" in service.do(session, "write", "/d", 1, None, None)
    for path in ("/d/a", "/d/b", "/d"):
        service.done(session, "delete", path)
    assert service.ask("list", "/") == []
    assert "fail" in service.do(session, "delete", "/")


@pytest.mark.parametrize("expires", [False, True])
def test_ephemeral_files_go_with_their_session(expires: bool) -> None:
    service = Service()
    one, two = service.session(), service.session()
    service.done(one, "create", "/one", None, "ephemeral")
    service.done(two, "create", "/two", None, "ephemeral")
    service.done(one, "create", "/stays", None, "file")
    service.restart()
    if expires:
        service.expire(one)
    else:
        service.done(one, "end")
    assert service.ask("list", "/") == ["two", "stays"]
    assert "fail" in service.do(one, "create", "/again", None, "ephemeral")


def test_the_end_of_a_session_is_the_end() -> None:
    """Also when a farewell, or an expiry that a deposed master had proposed, comes again."""
    service = Service()
    session = service.session()
    service.expire(session)
    service.expire(session)
    assert service.done(session, "end") is None
    assert "expired" in service.state.query(["keepalive", session, 0])


def events(service: Service, session: int, seen: int = 0) -> list[Any]:
    """What a KeepAlive would bring, without the numbers."""
    return [event[1:] for event in service.ask("keepalive", session, seen)]


def test_watchers_are_told_after_the_change() -> None:
    service = Service()
    watcher, writer = service.session(), service.session()
    for path in ("/", "/f"):
        service.done(watcher, "watch", path)
    made = service.done(writer, "write", "/f", 1, None, None)
    changed = service.done(writer, "write", "/f", 2, made, None)
    generation, _ = service.done(writer, "acquire", "/f", "exclusive", True)
    service.done(writer, "delete", "/f")
    assert events(service, watcher) == [
        ["children", "/", "f"],
        ["modified", "/f", changed],
        ["acquired", "/f", generation],
        ["deleted", "/f", None],
        ["children", "/", "f"],
    ]
    assert len(events(service, watcher, seen=3)) == 2
    assert events(service, writer) == [["granted", "/f", generation]]


def test_holder_and_waiter_are_told_of_each_other() -> None:
    service = Service()
    holder, waiter = service.session(), service.session()
    first, _ = service.done(holder, "acquire", "/l", "exclusive", True)
    second, _ = service.done(waiter, "acquire", "/l", "exclusive", True)
    assert events(service, holder)[-1] == ["conflict", "/l", "exclusive"]
    assert events(service, waiter) == []
    service.restart()
    service.done(holder, "release", "/l", first)
    assert events(service, waiter) == [["granted", "/l", second]]


def test_a_session_that_sleeps_loses_the_oldest_events_and_can_tell() -> None:
    service = Service()
    watcher, writer = service.session(), service.session()
    service.done(watcher, "watch", "/f")
    service.done(writer, "write", "/f", 0, None, None)
    for value in range(KEPT + 5):
        service.done(writer, "write", "/f", value, None, None)
    numbers = [event[0] for event in service.ask("keepalive", watcher, 0)]
    assert numbers == list(range(6, KEPT + 6))


@pytest.mark.parametrize(
    "operation",
    [
        None,
        [],
        ["open", "/f"],
        ["read", "f"],
        ["read", "/a//b"],
        ["read", "/a/"],
        ["read", 5],
        ["write", "/f", 1, "2", None],
        ["write", "/f", 1, None, ["/f", "exclusive"]],
        ["write", "/f", "x" * LONGEST, None, None],
        ["create", "/f", 1, "socket"],
        ["acquire", "/f", "both", True],
        ["acquire", "/f", ["exclusive"], True],
        ["acquire", "/f", "shared", 1],
        ["release", "/f", None],
        ["release", "/f", True],
        ["keepalive", "17", 0],
        ["sequencer", None],
    ],
)
def test_nonsense_is_refused_before_it_is_proposed(operation: Any) -> None:
    with pytest.raises(BadRequest):
        Chubby().check(operation)
