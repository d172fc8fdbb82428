"""A history as it comes, each op to the key that it is about.

Keys come and go. One on which nothing is open is put away as the few configurations that it may be
in, and taken out again when something is asked of it: its memory is that of a line of the history.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Literal

import msgspec

from harness.checker.streaming.key import Allowance, KeyStream, Resting
from harness.checker.streaming.live import Live, TooMuch
from harness.history.op import NEMESIS, MalformedHistory, Op
from harness.model import Model, as_json, freeze, misfit_answer, shown, thaw

ACTIVE_KEYS = 64
"""How many keys are kept ready though nothing is open on some."""


class Effort(msgspec.Struct, frozen=True):
    """What a stream may take of a machine that runs a test at the same time. It is counted in
    configurations, some microseconds each, and not in time, so that a replay does the same.

    Args:
        max_states: of one key at one moment.
        an_op: looked at for each op, on average over a key's ops.
        at_once: looked at for a single op.
    """

    max_states: int = 500
    an_op: int = 30
    at_once: int = 2_000


class Violation(msgspec.Struct, frozen=True):
    """The completion that proved that there is no linearization."""

    op: Op
    key: Any

    def __str__(self) -> str:
        """What happened, for people."""
        op = self.op
        key = "" if self.key is None else f" on key {shown(self.key)}"
        where = f"op {op.index} at {op.time / 1e9:.3f} s, {op.f}{key}"
        if op.type == "ok":
            return f"{where} -> {as_json(op.value)} by process {op.process} fits no order"
        return f"{where} {as_json(op.value)} by process {op.process} failed, but must have happened"


class Stream:
    """Decides linearizability while the history grows.

    Attributes:
        violation: the first that was found; what is fed after it is ignored.
        given_up: keys that took more than the effort; nothing is known of them.
        ops: how many operations have been invoked.
    """

    def __init__(self, model: Model, effort: Effort | None = None) -> None:
        effort = effort or Effort()
        self._model = model
        self._allowance = Allowance(effort.max_states, effort.an_op, effort.at_once)
        self._active: dict[Hashable, KeyStream] = {}
        self._resting: dict[Hashable, Resting] = {}
        self._running: dict[int | str, tuple[KeyStream | None, Live | None, Op]] = {}
        self._position = 0
        self._checks_values = type(model).misfit is not Model.misfit
        self._checks_results = (
            bool(model.echoes) or type(model).misfit_result is not Model.misfit_result
        )
        self.violation: Violation | None = None
        self._given_up: set[Hashable] = set()
        self.given_up: list[Any] = []
        self.ops = 0

    def feed(self, op: Op) -> Violation | None:
        """Take in the next op; returns the violation if this op proves one.

        Raises:
            MalformedHistory: the op does not follow on those before, or is none of this model.
        """
        if op.process == NEMESIS or self.violation is not None:
            return None
        self._position += 1
        if op.type == "invoke":
            self._invoke(op)
            return None
        key_stream, live, invocation = self._completed(op)
        if key_stream is None or live is None:
            return None
        key = self._key(invocation)
        if key in self._given_up:
            return None
        try:
            fits = self._complete(key_stream, live, op, invocation)
        except TooMuch:
            self._give_up(key)
            return None
        if not fits:
            self.violation = Violation(op, invocation.key if self._model.per_key else None)
            self._release()
        return self.violation

    def finish(self) -> bool | Literal["unknown"]:
        """The verdict, if nothing more is to come."""
        if self.violation is not None:
            return False
        valid = True
        for key, key_stream in list(self._active.items()):
            try:
                valid = key_stream.finish() and valid
            except TooMuch:
                self._give_up(key)
        self._release()
        if not valid:
            return False
        return "unknown" if self.given_up else True

    def _invoke(self, op: Op) -> None:
        if op.process in self._running:
            raise MalformedHistory(
                f"op {op.index}: process {op.process} invokes {op.f} while another is still open"
            )
        if op.f not in self._model.fs:
            known, asked_for = ", ".join(sorted(self._model.fs)), op.f or '""'
            raise MalformedHistory(
                f"op {op.index}: the model {self._model.name} knows {known}, not {asked_for}"
            )
        value = freeze(op.value)
        if self._checks_values and (wrong := self._model.misfit(op.f, value)) is not None:
            raise MalformedHistory(f"op {op.index}: {wrong}, not {as_json(op.value)}")
        self.ops += 1
        key = self._key(op)
        if key in self._given_up:
            self._running[op.process] = (None, None, op)
            return
        key_stream = self._of(key)
        asked = (op.process, value) if self._model.by_process else value
        live = key_stream.invoke(self._position, op.f, asked, op.f in self._model.reads)
        self._running[op.process] = (key_stream, live, op)

    def _completed(self, op: Op) -> tuple[KeyStream | None, Live | None, Op]:
        running = self._running.pop(op.process, None)
        if running is None:
            raise MalformedHistory(
                f"op {op.index}: process {op.process} completes {op.f} without an open invocation"
            )
        invocation = running[2]
        if invocation.f != op.f or (op.key is not None and op.key != invocation.key):
            raise MalformedHistory(
                f"op {op.index}: process {op.process} completes {op.f} of key {as_json(op.key)}, "
                f"but its open invocation (op {invocation.index}) is {invocation.f} of "
                f"{as_json(invocation.key)}"
            )
        return running

    def _complete(self, key_stream: KeyStream, live: Live, op: Op, invocation: Op) -> bool:
        if op.type == "fail":
            return key_stream.fail(live)
        if op.type == "info":
            return key_stream.crash(live)
        result = freeze(op.value)
        if self._checks_results:
            wrong = misfit_answer(self._model, op.f, freeze(invocation.value), result)
            if wrong is not None:
                raise MalformedHistory(f"op {op.index}: {wrong}, not {as_json(op.value)}")
        return key_stream.ok(live, result, self._position)

    def _key(self, op: Op) -> Hashable:
        return freeze(op.key) if self._model.per_key else None

    def _of(self, key: Hashable) -> KeyStream:
        """The key's stream; the one not asked for longest goes to rest if too many are ready."""
        active = self._active
        key_stream = active.pop(key, None)
        if key_stream is None:
            key_stream = KeyStream(self._model, self._allowance, self._resting.pop(key, None))
            if len(active) >= ACTIVE_KEYS:
                self._put_away()
        active[key] = key_stream  # last of the dict: the order is that of the last use
        return key_stream

    def _put_away(self) -> None:
        quiet = [key for key, key_stream in self._active.items() if key_stream.quiet]
        for key in quiet[: max(1, len(quiet) // 2)]:
            self._resting[key] = self._active.pop(key).rest()

    def _give_up(self, key: Hashable) -> None:
        self._given_up.add(key)
        self.given_up.append(thaw(key))
        self._active.pop(key, None)

    def _release(self) -> None:
        """There is nothing more to do: give the memory back."""
        self._active.clear()
        self._resting.clear()
        self._running.clear()
