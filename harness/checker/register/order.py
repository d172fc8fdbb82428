"""From the decisions of a successful search back to the order of all calls."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from harness.checker.register.layers import READ, WRITE, Layers
from harness.model import Call


def linearization(
    calls: Sequence[Call], layers: Layers, initial: Hashable, decisions: Sequence[tuple[int, int]]
) -> list[int]:
    """Walk the way again, this time noting everything that takes effect by itself.

    A retired write stands where it was last covered: before another write, or while its own value
    was there.
    """
    return _Walk(calls, layers, initial).along(decisions)


class _Walk:
    def __init__(self, calls: Sequence[Call], layers: Layers, initial: Hashable) -> None:
        self._calls = calls
        self._layers = layers
        self._value = initial
        self._number = 0
        self._done: set[int] = set()
        self._order: list[int] = []
        self._place: dict[int, int] = {}
        self._before: dict[int, list[int]] = {}

    def along(self, decisions: Sequence[tuple[int, int]]) -> list[int]:
        for number, position in decisions:
            self._settle_until(number)
            if position < 0:
                self._retire(~position)
                self._number = number + 1
                continue
            call = self._calls[position]
            if call.f == "write":
                for at in self._open_writes(number):
                    self._place[at] = len(self._order)
            self._put(position)
            self._value = call.value if call.f == "write" else call.value[1]  # type: ignore[index]
        self._settle_until(len(self._layers))
        order: list[int] = []
        for at, position in enumerate(self._order):
            order += self._before.get(at, [])
            order.append(position)
        return order + self._before.get(len(self._order), [])

    def _settle_until(self, number: int) -> None:
        """Pass the completions before a layer, and place what the value there lets happen."""
        if self._number < len(self._layers):
            self._settle(self._layers.open_at(self._number))
        for at in range(self._number + 1, min(number + 1, len(self._layers))):
            self._settle(self._layers.fresh_at(at))
        self._number = number

    def _settle(self, candidates: Sequence[int]) -> None:
        done, returns, value = self._done, self._layers.returns, self._value
        for layer in candidates:
            _, kind, expected, left, position = returns[layer]
            if position in done:
                continue
            if kind == WRITE:
                if left == value:
                    self._place[position] = len(self._order)
            elif kind == READ and expected == value:
                self._put(position)

    def _open_writes(self, number: int) -> list[int]:
        done, returns = self._done, self._layers.returns
        of_layers = (returns[layer] for layer in self._layers.open_at(number))
        return [at for _, kind, _, _, at in of_layers if kind == WRITE and at not in done]

    def _put(self, position: int) -> None:
        self._done.add(position)
        self._order.append(position)

    def _retire(self, position: int) -> None:
        self._done.add(position)
        self._before.setdefault(self._place[position], []).append(position)
