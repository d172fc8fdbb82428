"""What a process does while it holds something, and when it is taken not to."""

from __future__ import annotations

from harness.generator import Invocation, hold_once, limit, repeat, while_holding
from tests.generator.simulate import simulate

HELD = while_holding(
    repeat(lambda ctx: Invocation(ctx.rng.choice(["check", "release"]))),
    repeat(lambda ctx: Invocation("acquire")),
    gains="acquire",
    gives_up="release",
    needs=("check",),
)


def done(outcomes: dict[str, str], most: int = 400) -> list[tuple[int | str, str, str]]:
    """Process, `f` and outcome of each operation on three threads, in order of completion."""
    history = simulate(
        limit(most, HELD), threads=range(3), outcome=lambda step: outcomes[step.f], most=10_000
    )
    return [(op.process, op.f, op.type) for op in history if op.type != "invoke"]


def test_only_holders_check_and_release_and_only_others_acquire() -> None:
    holding: set[int | str] = set()
    for process, f, _ in done({"acquire": "ok", "check": "ok", "release": "ok"}):
        assert (f == "acquire") != (process in holding)
        if f == "acquire":
            holding.add(process)
        elif f == "release":
            holding.remove(process)


def test_who_fails_a_check_acquires_anew() -> None:
    before: dict[int | str, str] = {}
    for process, f, _ in done({"acquire": "ok", "check": "fail", "release": "ok"}):
        assert f != "acquire" or before.get(process) != "acquire"
        assert f == "acquire" or before[process] == "acquire"
        before[process] = f


def test_who_was_refused_holds_nothing() -> None:
    assert {f for _, f, _ in done({"acquire": "fail"})} == {"acquire"}


def test_who_does_not_know_holds_nothing() -> None:
    """Here the process goes on; in a test it never acts again."""
    assert {f for _, f, _ in done({"acquire": "info"})} == {"acquire"}
    after = done({"acquire": "ok", "check": "info", "release": "ok"})
    last: dict[int | str, str] = {}
    for process, f, _ in after:
        assert last.get(process) != "check" or f == "acquire"
        last[process] = f


ONCE = hold_once(Invocation("acquire"), Invocation("write", 1), Invocation("release"), tries=3)


def test_a_last_hold_takes_its_steps_in_turn_on_one_thread() -> None:
    history = simulate(ONCE, threads=range(2))
    assert [(op.process, op.type, op.f, op.value, op.key) for op in history] == [
        (0, kind, f, value, "last 1")
        for f, value in (("acquire", None), ("write", 1), ("release", None))
        for kind in ("invoke", "ok")
    ]


def test_a_last_hold_that_fails_begins_anew_with_the_next_thread_and_a_key_that_nobody_used() -> (
    None
):
    outcomes = iter(["ok", "info", "fail", "ok", "ok", "ok"])
    history = simulate(ONCE, threads=range(2), outcome=lambda step: next(outcomes))
    assert [(op.process, op.f, op.key) for op in history if op.type == "invoke"] == [
        (0, "acquire", "last 1"),
        (0, "write", "last 1"),
        (1, "acquire", "last 2"),
        (0, "acquire", "last 3"),
        (0, "write", "last 3"),
        (0, "release", "last 3"),
    ]


def test_a_last_hold_is_given_up_after_its_tries() -> None:
    history = simulate(ONCE, threads=range(2), outcome=lambda step: "fail")
    assert [op.key for op in history if op.type == "invoke"] == ["last 1", "last 2", "last 3"]
