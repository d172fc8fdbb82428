"""Values as a column of numbers, where they are nothing else.

Values can be anything, so a table would keep them in a list; but to make an object of each of a
million, and to look at all of these again, takes longer than everything else that is done with
them. By far the most histories write and read integers or null. These lie in memory as numbers from
the moment at which they are read, and become objects one by one, where somebody asks::

    op          write 7   read   read 7   nemesis: partition n1   write 0
    number         7        0      7               0                 0
    null           -       null    -              null               -
    others         -        -      -           ["n1"]                -

What the nemesis says may be anything: it stands among the few others.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, overload

import numpy as np
import numpy.typing as npt

GREATEST: Final = int(np.iinfo(np.int64).max)
INTEGER_OR_NULL: Final = frozenset({int, type(None)})
"""Types of what becomes a number. (True is an int to isinstance, not to type.)"""


@dataclass(frozen=True, eq=False)
class Integers(Sequence[Any]):
    """A column of integers of 64 bits and nulls, to whoever asks a sequence of values.

    Args:
        number: of each row its integer, 0 where it is none.
        null: the rows of no integer.
        others: by row, what is neither an integer nor null; said by the nemesis, not by a client.
    """

    number: npt.NDArray[np.int64]
    null: npt.NDArray[np.bool_]
    others: dict[int, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.number)

    @overload
    def __getitem__(self, at: int) -> Any: ...
    @overload
    def __getitem__(self, at: slice) -> list[Any]: ...
    def __getitem__(self, at: int | slice) -> Any:
        if isinstance(at, slice):
            return self.values[at]
        return self.others.get(at) if self.null[at] else int(self.number[at])

    @cached_property
    def values(self) -> list[Any]:
        """All values as objects, for those who ask for each more than once."""
        values: list[Any] = self.number.tolist()
        for row in np.flatnonzero(self.null).tolist():
            values[row] = self.others.get(row)
        return values

    @cached_property
    def codes(self) -> tuple[npt.NDArray[np.int64], int] | None:
        """A number for each client's value, the same for equal ones, and that of null.

        An integer stands for itself. None if there is no number left for null.
        """
        null = int(self.number.max(initial=0)) + 1
        if null > GREATEST:
            return None
        return np.where(self.null, null, self.number), null

    def taken(self, rows: npt.NDArray[np.int64]) -> Integers:
        """These rows, in this order."""
        chosen = np.flatnonzero(np.isin(rows, list(self.others))) if self.others else ()
        others = {int(new): self.others[int(rows[new])] for new in chosen}
        return Integers(self.number[rows], self.null[rows], others)


class ValueColumn:
    """Gathers values: as integers for as long as clients write and read nothing else."""

    def __init__(self) -> None:
        self._number, self._null = array("q"), array("b")
        self._others: dict[int, Any] = {}
        self._values: list[Any] | None = None

    def extend(self, values: list[Any], processes: Sequence[int] | npt.NDArray[np.int64]) -> None:
        """Append values, said by these processes; a negative one is the nemesis."""
        if self._values is None and not self._extend_integers(values, processes):
            self._values = list(self._integers().values)
        if self._values is not None:
            self._values += values

    def _extend_integers(
        self, values: list[Any], processes: Sequence[int] | npt.NDArray[np.int64]
    ) -> bool:
        others: dict[int, Any] = {}
        if not set(map(type, values)) <= INTEGER_OR_NULL:
            strange = [at for at, v in enumerate(values) if type(v) not in INTEGER_OR_NULL]
            if any(processes[at] >= 0 for at in strange):
                return False
            row = len(self._number)
            others = {row + at: values[at] for at in strange}
            values = [v if type(v) in INTEGER_OR_NULL else None for v in values]
        try:
            numbers = array("q", [0 if value is None else value for value in values])
        except OverflowError:
            return False
        self._number.extend(numbers)
        self._null.extend(array("b", [value is None for value in values]))
        self._others.update(others)
        return True

    def _integers(self) -> Integers:
        number, null = np.frombuffer(self._number, np.int64), np.frombuffer(self._null, np.bool_)
        return Integers(number, null, self._others)

    def column(self) -> Sequence[Any]:
        """All values; nothing can be added afterwards."""
        return self._integers() if self._values is None else self._values


def value_column(
    values: Sequence[Any], processes: Sequence[int] | npt.NDArray[np.int64]
) -> Sequence[Any]:
    """All of these values, said by these processes, as a column."""
    if isinstance(values, Integers):
        return values
    column = ValueColumn()
    column.extend(list(values), processes)
    return column.column()


def codes_of(column: Sequence[Any]) -> tuple[npt.NDArray[np.int64], int] | None:
    """The codes of a column of integers; None for any other."""
    return column.codes if isinstance(column, Integers) else None


def taken(column: Sequence[Any], rows: npt.NDArray[np.int64]) -> Sequence[Any]:
    """These rows of a column, in this order."""
    if isinstance(column, Integers):
        return column.taken(rows)
    return [column[row] for row in rows.tolist()]
