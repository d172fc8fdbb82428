"""What a process does while it holds something, and when it is taken not to."""

from __future__ import annotations

from harness.generator import Invocation, limit, repeat, while_holding
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
