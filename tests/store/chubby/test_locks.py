"""Locks, as stories: who has them, who waits, and what a sequencer is worth."""

from __future__ import annotations

from tests.store.chubby.service import Service

LOCK = "/lock"
EX, SH = "exclusive", "shared"


def test_the_queue_is_served_in_order_and_generations_rise() -> None:
    service = Service()
    one, two, three = (service.session() for _ in range(3))
    first, state = service.done(one, "acquire", LOCK, EX, True)
    assert state == "held"
    second, state = service.done(two, "acquire", LOCK, EX, True)
    assert state == "queued"
    third, _ = service.done(three, "acquire", LOCK, EX, True)
    assert first < second < third
    assert service.done(one, "release", LOCK, first) is True
    assert service.ask("lock", LOCK) == [[[second, two, EX]], [[third, three, EX]]]
    service.done(two, "release", LOCK, second)
    assert service.ask("lock", LOCK) == [[[third, three, EX]], []]


def test_who_does_not_wait_has_no_place_in_the_queue() -> None:
    service = Service()
    one, two = service.session(), service.session()
    generation, _ = service.done(one, "acquire", LOCK, EX, False)
    assert service.do(two, "acquire", LOCK, EX, False) == {"fail": "/lock is held"}
    service.done(one, "release", LOCK, generation)
    assert service.ask("lock", LOCK) == [[], []]


def test_asking_again_is_answered_with_the_same_place() -> None:
    service = Service()
    one, two = service.session(), service.session()
    held = service.done(one, "acquire", LOCK, EX, True)
    queued = service.done(two, "acquire", LOCK, EX, True)
    assert service.done(one, "acquire", LOCK, EX, True) == held
    assert service.done(two, "acquire", LOCK, EX, True) == queued


def test_sharers_share_but_do_not_overtake_who_waits_for_all_of_it() -> None:
    service = Service()
    a, b, writer, late = (service.session() for _ in range(4))
    first, _ = service.done(a, "acquire", LOCK, SH, True)
    second, state = service.done(b, "acquire", LOCK, SH, True)
    assert state == "held"
    wanted, state = service.done(writer, "acquire", LOCK, EX, True)
    assert state == "queued"
    last, state = service.done(late, "acquire", LOCK, SH, True)
    assert state == "queued"
    service.done(a, "release", LOCK, first)
    service.done(b, "release", LOCK, second)
    assert service.ask("lock", LOCK) == [[[wanted, writer, EX]], [[last, late, SH]]]
    assert service.ask("sequencer", [LOCK, EX, wanted])
    assert not service.ask("sequencer", [LOCK, SH, wanted])


def test_who_leaves_the_queue_lets_those_behind_come_in() -> None:
    service = Service()
    reader, writer, late = (service.session() for _ in range(3))
    service.done(reader, "acquire", LOCK, SH, True)
    wanted, _ = service.done(writer, "acquire", LOCK, EX, True)
    last, _ = service.done(late, "acquire", LOCK, SH, True)
    assert service.done(writer, "release", LOCK, wanted) is False
    assert [holder[0] for holder in service.ask("lock", LOCK)[0]][1:] == [last]


def test_an_expired_holder_s_lock_is_free_after_the_lock_delay() -> None:
    """And its place is nobody's meanwhile: its sequencer is worth nothing (§2.4)."""
    service = Service()
    one, two = service.session(), service.session()
    first, _ = service.done(one, "acquire", LOCK, EX, True)
    second, _ = service.done(two, "acquire", LOCK, EX, True)
    service.expire(one)
    assert service.ask("lock", LOCK)[0] == [[first, None, EX]]
    assert not service.ask("sequencer", [LOCK, EX, first])
    assert not service.ask("sequencer", [LOCK, EX, second])
    service.undelay()
    assert service.ask("lock", LOCK) == [[[second, two, EX]], []]


def test_who_ends_its_session_leaves_no_delay() -> None:
    service = Service()
    one, two = service.session(), service.session()
    service.done(one, "acquire", LOCK, EX, True)
    second, _ = service.done(two, "acquire", LOCK, EX, True)
    service.done(one, "end")
    assert service.ask("lock", LOCK) == [[[second, two, EX]], []]


def test_a_fenced_file_is_written_by_its_holder_alone() -> None:
    """By whoever shows the sequencer: the resource trusts the number, not the messenger."""
    service = Service()
    one, two, plain = service.session(), service.session(), service.session(leased=False)
    first, _ = service.done(one, "acquire", LOCK, EX, True)
    assert "ok" in service.do(plain, "write", LOCK, "mine", None, [LOCK, EX, first])
    second, _ = service.done(two, "acquire", LOCK, EX, True)
    assert "fail" in service.do(two, "write", LOCK, "early", None, [LOCK, EX, second])
    service.done(one, "release", LOCK, first)
    assert "ok" in service.do(plain, "write", LOCK, "yours", None, [LOCK, EX, second])
    assert "fail" in service.do(plain, "write", LOCK, "late", None, [LOCK, EX, first])
    assert service.ask("read", LOCK)[0] == "yours"


def test_only_a_session_with_a_lease_acquires() -> None:
    service = Service()
    plain = service.session(leased=False)
    assert "fail" in service.do(plain, "acquire", LOCK, EX, True)
    ended = service.session()
    service.done(ended, "end")
    assert "fail" in service.do(ended, "acquire", LOCK, EX, True)


def test_a_lock_survives_a_snapshot_with_queue_and_delay() -> None:
    service = Service()
    one, two = service.session(), service.session()
    first, _ = service.done(one, "acquire", LOCK, EX, True)
    second, _ = service.done(two, "acquire", LOCK, EX, True)
    service.expire(one)
    service.restart()
    assert service.ask("lock", LOCK) == [[[first, None, EX]], [[second, two, EX]]]
    service.undelay()
    assert service.ask("sequencer", [LOCK, EX, second])
    assert service.done(two, "acquire", "/other", EX, True)[0] > second
