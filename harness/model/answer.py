"""Whether an ok answers its invocation: the history's grammar, before any question of order.

Models are stepped with what was asked. An ok that tells of something else (write 1 → 2) would be
judged as if it had not said so, and one of the two is wrong: nobody can know which.
"""

from __future__ import annotations

from collections.abc import Hashable

from harness.model.model import Model
from harness.model.value import as_json


def misfit_answer(model: Model, f: str, value: Hashable, result: Hashable) -> str | None:
    """What is wrong with an ok's value beside its invocation's, both frozen; None when nothing is.

    Of an `f` that echoes it is the invocation's value, or null where whoever wrote the history
    leaves it out; of others it has the shape that the model expects.
    """
    if f in model.echoes and result is not None and result != value:
        again = f"repeats the value of its invocation, {as_json(value)}"
        return f"an ok of {f} {again}" + ("" if value is None else ", or has null")
    return model.misfit_result(f, value, result)
