"""What should happen: sequential specifications."""

from harness.model.answer import misfit_answer
from harness.model.call import FOREVER, Call, Decided
from harness.model.model import INCONSISTENT, UNKNOWN, Model
from harness.model.value import as_json, freeze, shown, thaw

__all__ = [
    "FOREVER",
    "INCONSISTENT",
    "UNKNOWN",
    "Call",
    "Decided",
    "Model",
    "as_json",
    "freeze",
    "misfit_answer",
    "shown",
    "thaw",
]
