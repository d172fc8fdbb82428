"""What should happen: sequential specifications."""

from harness.model.model import INCONSISTENT, UNKNOWN, Model
from harness.model.value import freeze, thaw

__all__ = ["INCONSISTENT", "UNKNOWN", "Model", "freeze", "thaw"]
