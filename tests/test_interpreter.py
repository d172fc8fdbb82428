"""The interpreter turns a generator into a history, and decides what each completion says."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

import pytest

from harness.client import Client, DidNotHappen, Indeterminate
from harness.generator import (
    Generator,
    Invocation,
    any_of,
    clients,
    count,
    limit,
    on_nemesis,
    once,
    phases,
    repeat,
    sequence,
    sleep,
    stagger,
    time_limit,
)
from harness.history import Op, pair
from harness.interpreter import Interpreter
from harness.session import Limits
from harness.worlds.world import WorldError


class FakeClient:
    """A client whose every call does what the test says."""

    def __init__(self, behaviour: Callable[[str, Any], Awaitable[Any]]) -> None:
        self._behaviour = behaviour
        self.closed = False

    async def call(self, f: str, key: Any, value: Any) -> Any:
        return await self._behaviour(f, value)

    async def close(self) -> None:
        self.closed = True


class Stage:
    """An interpreter, with what it opened and what it recorded."""

    def __init__(
        self,
        behaviour: Callable[[str, Any], Awaitable[Any]],
        *,
        concurrency: int = 1,
        limits: Limits | None = None,
        opening: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.history: list[Op] = []
        self.opened: list[tuple[str, int, FakeClient]] = []
        self._behaviour = behaviour
        self._opening = opening
        self.interpreter = Interpreter(
            open_client=self._open,
            nemesis=self._strike,
            nodes=("n1", "n2"),
            concurrency=concurrency,
            record=self.history.append,
            rng=Random(1),
            limits=limits or Limits(open_client=0.2, operation=0.2, nemesis_action=0.2),
        )

    async def _open(self, node: str, process: int) -> Client:
        if self._opening is not None:
            await self._opening()
        client = FakeClient(self._behaviour)
        self.opened.append((node, process, client))
        return client

    async def _strike(self, f: str, value: Any) -> Any:
        await asyncio.sleep(10 if f == "hang" else 0.01)
        if f == "raise":
            raise RuntimeError("no such switch")
        return "done"

    def run(self, generator: Generator) -> list[Op]:
        asyncio.run(self.interpreter.run(generator))
        return self.history


async def echo(f: str, value: Any) -> Any:
    """Succeed at once."""
    return value


def writes(most: int) -> Generator:
    """Writes of 1, 2, 3, …, at most so many."""
    return clients(limit(most, count(lambda number: Invocation("write", number))))


def completions(history: list[Op]) -> list[Op]:
    """Everything but the invocations."""
    return [op for op in history if op.type != "invoke"]


def test_a_value_is_ok_and_indices_and_times_rise() -> None:
    history = Stage(echo, concurrency=3).run(writes(30))
    assert [op.index for op in history] == list(range(60))
    assert all(a.time <= b.time for a, b in itertools.pairwise(history))
    assert all(operation.outcome == "ok" for operation in pair(history))


def test_each_thread_is_pinned_to_its_node() -> None:
    stage = Stage(echo, concurrency=4)
    history = stage.run(writes(60))
    nodes = {op.process: op.node for op in history}
    assert nodes == {0: "n1", 1: "n2", 2: "n1", 3: "n2"}
    assert sorted((process, node) for node, process, _ in stage.opened) == sorted(nodes.items())


def test_did_not_happen_is_fail_and_keeps_the_session() -> None:
    async def refuse(f: str, value: Any) -> Any:
        raise DidNotHappen("the old value was 3")

    stage = Stage(refuse)
    done = completions(stage.run(writes(3)))
    assert [(op.type, op.process, op.error) for op in done] == [
        ("fail", 0, "the old value was 3")
    ] * 3
    assert len(stage.opened) == 1


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (Indeterminate("the answer was lost"), "the answer was lost"),
        (ConnectionResetError("reset by peer"), "reset by peer"),
        (KeyError("oops"), "indeterminate: KeyError: 'oops'"),
    ],
)
def test_anything_else_is_info_with_a_new_process_and_a_fresh_client(
    error: Exception, text: str
) -> None:
    """After info the old session may still have an operation in flight, so it is not used again."""

    async def fail(f: str, value: Any) -> Any:
        raise error

    stage = Stage(fail, concurrency=2)
    done = completions(stage.run(writes(6)))
    assert {op.type for op in done} == {"info"}
    assert {op.error for op in done} == {text}
    assert sorted(op.process for op in done if isinstance(op.process, int)) == sorted(
        process for _, process, _ in stage.opened
    )
    assert len({op.process for op in done}) == 6
    assert {int(op.process) % 2: op.node for op in done} == {0: "n1", 1: "n2"}
    assert all(client.closed for _, _, client in stage.opened)


def test_only_what_nobody_expected_counts_as_unhandled() -> None:
    async def fail(f: str, value: Any) -> Any:
        raise (KeyError("oops") if value == 2 else Indeterminate("lost"))

    stage = Stage(fail)
    stage.run(writes(3))
    assert stage.interpreter.unhandled == ["write on n1: KeyError: 'oops'"]


def test_an_operation_that_passes_its_time_limit_is_info() -> None:
    async def hang(f: str, value: Any) -> Any:
        await asyncio.sleep(10)

    stage = Stage(hang)
    (done,) = completions(stage.run(writes(1)))
    assert (done.type, done.value, done.error) == ("info", 1, "no answer within 0.2 s")
    assert stage.opened[0][2].closed


def test_a_client_that_can_not_open_is_fail() -> None:
    """Nothing was sent, so nothing happened: the thread keeps its process and tries again."""

    async def refused() -> None:
        raise ConnectionRefusedError("n1 is not running")

    done = completions(Stage(echo, opening=refused).run(writes(2)))
    assert [(op.type, op.process, op.error) for op in done] == [
        ("fail", 0, "no-client: n1 is not running")
    ] * 2


def test_opening_has_a_time_limit_too() -> None:
    async def hang() -> None:
        await asyncio.sleep(10)

    (done,) = completions(Stage(echo, opening=hang).run(writes(1)))
    assert (done.type, done.error) == ("fail", "no-client: n1 gave none within 0.2 s")


def test_the_nemesis_is_info_at_its_start_and_end_and_is_never_renumbered() -> None:
    history = Stage(echo).run(on_nemesis(sequence([once(Invocation("strike", "here"))] * 2)))
    assert [(op.process, op.type, op.value) for op in history] == [
        ("nemesis", "info", "here"),
        ("nemesis", "info", "done"),
    ] * 2


def test_a_nemesis_action_that_fails_or_hangs_says_so_and_the_run_goes_on() -> None:
    generator = phases(
        on_nemesis(sequence([once(Invocation("raise")), once(Invocation("hang"))])), writes(1)
    )
    history = Stage(echo).run(generator)
    errors = [op.error for op in history if op.process == "nemesis" and op.error]
    assert errors == ["RuntimeError: no such switch", "hang took longer than 0.2 s"]
    assert history[-1].type == "ok"


def test_clients_work_while_the_nemesis_acts() -> None:
    async def quick(f: str, value: Any) -> Any:
        await asyncio.sleep(0.001)
        return value

    history = Stage(quick, concurrency=2).run(
        any_of(
            clients(time_limit(0.3, stagger(0.005, repeat(lambda ctx: Invocation("read"))))),
            on_nemesis(sequence([sleep(0.1), once(Invocation("strike"))])),
        )
    )
    begin, end = (op for op in history if op.process == "nemesis")
    assert 0.09e9 < begin.time < 0.2e9
    assert any(begin.index < op.index < end.index for op in history)
    assert 20 < len(history) / 2 < 120  # about 60 at one every 5 ms


def test_what_was_recorded_stays_when_the_run_is_cancelled() -> None:
    async def hang(f: str, value: Any) -> Any:
        await asyncio.sleep(10)

    stage = Stage(hang, limits=Limits(operation=60))

    async def cancelled() -> None:
        run = asyncio.create_task(stage.interpreter.run(writes(1)))
        await asyncio.sleep(0.05)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(cancelled())
    assert [op.type for op in stage.history] == ["invoke"]
    assert stage.opened[0][2].closed


def test_a_generator_that_waits_for_nothing_is_a_clear_error() -> None:
    class Waits:
        def op(self, ctx: Any) -> Any:
            from harness.generator import Pending

            return Pending(), self

        def update(self, ctx: Any, op: Op) -> Any:
            return self

    with pytest.raises(RuntimeError, match="waits for an event, but nothing is running"):
        Stage(echo).run(Waits())


def test_a_world_that_breaks_ends_the_run() -> None:
    """What follows would be the environment's doing, not the store's."""

    async def broken(f: str, value: Any) -> Any:
        await asyncio.sleep(0.01)
        raise WorldError("the keeper has ended")

    stage = Stage(echo, opening=lambda: broken("", None))
    with pytest.raises(WorldError, match="the keeper has ended"):
        stage.run(writes(100))
    assert len(stage.history) == 2
    assert stage.interpreter.unhandled == []


def test_a_client_that_cancels_its_own_call_is_info() -> None:
    """Some client libraries cancel their waiters when their connection is lost."""

    async def cancels(f: str, value: Any) -> Any:
        waiter = asyncio.get_running_loop().create_future()
        waiter.cancel()
        await waiter

    done = completions(Stage(cancels).run(writes(3)))
    assert [(op.type, op.error) for op in done] == [
        ("info", "the client cancelled its own call")
    ] * 3


def test_a_close_or_a_fault_that_cancels_itself_hangs_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def cancelled(*_: Any) -> Any:
        waiter = asyncio.get_running_loop().create_future()
        waiter.cancel()
        await waiter

    async def lost(f: str, value: Any) -> Any:
        raise Indeterminate("lost")

    stage = Stage(lost)
    stage.interpreter.nemesis = cancelled
    generator = phases(on_nemesis(once(Invocation("strike"))), writes(2))
    monkeypatch.setattr(FakeClient, "close", cancelled)
    history = stage.run(generator)
    assert [op.error for op in completions(history) if op.error] == [
        "strike cancelled itself", "lost", "lost",
    ]  # fmt: skip
