"""Which model a history is of, when nobody says.

A model fits that knows every `f` in the history and finds nothing wrong with the values. Only when
that is true of a single model, or of several of one kind, is it the answer: a guess between two
others could be the wrong promise. A model that does not load is passed over, and said to be; of a
name that is in two packages both are candidates, and if one is the answer, that is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import numpy as np

from harness import plugins
from harness.history import NEMESIS, MalformedHistory, Op, Operation, pair
from harness.history.paired import paired
from harness.history.table import INVOKE, NEMESIS_PROCESS, Table
from harness.model import Model, freeze, shown
from harness.spec import SpecError

SAMPLE = 10_000
"""How many ops from the beginning are looked at for the shapes of their values."""


def guess_model(table: Table, passed_over: Callable[[str], None] = lambda _: None) -> Model:
    """The only model that fits; of several of one kind, which all say the same, the smallest.

    Args:
        table: the history.
        passed_over: told of each model that is no use, what is wrong with it.

    Raises:
        BadPlugin: it is in two packages.
        SpecError: none fits, or several do; the message names them.
        MalformedHistory: so it is because the ops do not pair, or no client did anything.
    """
    asked = (table.type == INVOKE) & (table.process != NEMESIS_PROCESS)
    fs = {table.fs[code] for code in np.unique(table.f[asked]).tolist()}
    if not fs:
        paired(table)
        raise MalformedHistory("no client did anything in it")
    every = plugins.models(passed_over)
    named = [(name, model) for name, model in every if fs <= model.fs and _marked(model, fs)]
    fitting, wrong = named, ""
    if len(named) > 1:
        sample = _sample(table)
        misfits = [_misfit(model, sample) for _, model in named]
        fitting = [one for one, misfit in zip(named, misfits, strict=True) if misfit is None]
        if not fitting:
            fitting, wrong = named, f", but not with these values, e.g. {misfits[0]}"
    promises = {_promise(model) for _, model in fitting}
    if not wrong and len(promises) == 1:
        name, model = min(fitting, key=lambda pair: (len(pair[1].fs), pair[0]))
        plugins.load("model", name)  # refuses one that is in two packages
        return model
    paired(table)  # without a pair anything fits: what is wrong with the ops comes first
    names = list(dict.fromkeys(name for name, _ in fitting))
    if len(names) == 1:
        plugins.load("model", names[0])
    known = " ".join(f or '""' for f in sorted(fs))
    raise SpecError(
        f"--model is needed: {known} fit {', '.join(names) or 'no model that is installed'}{wrong}"
    )


def asks_with_keys(table: Table) -> bool:
    """Whether reads are invoked with `[key, null]`, as those of Jepsen's independent keys are."""
    asked = [op.value for op in islice(map(table.op, range(len(table))), SAMPLE) if _reads(op)]
    pairs = (isinstance(value, list) and len(value) == 2 and value[1] is None for value in asked)
    return bool(asked) and all(pairs)


def _reads(op: Op) -> bool:
    return op.type == "invoke" and op.f == "read" and op.process != NEMESIS


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


def _misfit(model: Model, operations: list[Operation]) -> str | None:
    """The first value that has not the shape that the model knows; None when all have."""
    for operation in operations:
        asked, done = operation.invocation, operation.completion
        try:
            value = freeze(asked.value)
            if (wrong := model.misfit(asked.f, value)) is not None:
                return f"op {asked.index}: {wrong}, not {shown(value)}"
            if done is not None and done.type == "ok":
                result = freeze(done.value)
                if (wrong := model.misfit_result(asked.f, value, result)) is not None:
                    return f"op {done.index}: {wrong}, not {shown(result)}"
        except RecursionError:
            return None  # nested too deeply to tell: the checker will say so
    return None
