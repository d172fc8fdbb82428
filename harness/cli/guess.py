"""Which model a history is of, when nobody says.

A model fits that knows every `f` in the history and finds nothing wrong with the values. Only when
that is true of a single model, or of several of one kind, is it the answer: a guess between two
others could be the wrong promise.
"""

from __future__ import annotations

from itertools import islice

import numpy as np

from harness import plugins
from harness.history import MalformedHistory, Operation, pair
from harness.history.paired import paired
from harness.history.table import INVOKE, Table
from harness.model import Model, freeze
from harness.spec import SpecError

SAMPLE = 10_000
"""How many ops from the beginning are looked at for the shapes of their values."""


def guess_model(table: Table) -> Model:
    """The only model that fits; of several of one kind, which all say the same, the smallest.

    Raises:
        SpecError: none fits, or several do; the message names them.
        MalformedHistory: so it is because the ops do not pair.
    """
    fs = {table.fs[code] for code in np.unique(table.f[table.type == INVOKE]).tolist()}
    every: list[tuple[str, Model]] = [
        (name, plugins.load("model", name)()) for name in plugins.names("model")
    ]
    fitting = [(name, model) for name, model in every if fs <= model.fs and _marked(model, fs)]
    if len(fitting) > 1:
        sample = _sample(table)
        fitting = [(name, model) for name, model in fitting if _takes(model, sample)]
    if len(fitting) == 1 or (fitting and len({_promise(model) for _, model in fitting}) == 1):
        return min(fitting, key=lambda pair: (len(pair[1].fs), pair[0]))[1]
    paired(table)  # without a pair anything fits: what is wrong with the ops comes first
    raise SpecError(
        f"--model is needed: {' '.join(sorted(fs))} fit "
        f"{', '.join(name for name, _ in fitting) or 'no model that is installed'}"
    )


def _marked(model: Model, fs: set[str]) -> bool:
    """Whether there is an `f` without which nobody would think of this model."""
    return not model.hallmarks or not fs.isdisjoint(model.hallmarks)


def _promise(model: Model) -> tuple[str, bool]:
    """Models of one kind say the same of the operations that both know."""
    return model.kind or model.name, model.per_key


def _sample(table: Table) -> list[Operation]:
    try:
        return pair(islice(map(table.op, range(len(table))), SAMPLE))
    except MalformedHistory:
        return []  # the checker will say what is wrong, and where


def _takes(model: Model, operations: list[Operation]) -> bool:
    """Whether the values have the shapes that the model knows."""
    for operation in operations:
        asked, done = operation.invocation, operation.completion
        try:
            value = freeze(asked.value)
            if model.misfit(asked.f, value) is not None:
                return False
            if done is not None and done.type == "ok":
                wrong = model.misfit_result(asked.f, value, freeze(done.value))
                if wrong is not None:
                    return False
        except RecursionError:
            return True  # nested too deeply to tell: the checker will say so
    return True
