"""What should happen: sequential specifications."""

from harness.model.call import FOREVER, Call, Decided
from harness.model.model import INCONSISTENT, UNKNOWN, Model
from harness.model.value import freeze, thaw

__all__ = ["FOREVER", "INCONSISTENT", "UNKNOWN", "Call", "Decided", "Model", "freeze", "thaw"]
