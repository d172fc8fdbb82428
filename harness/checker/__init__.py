"""Is this history consistent? Pure: a history and a model in, a verdict with its evidence out.

`check` decides linearizability. It touches no file, no network and no clock but the monotonic one
for its limits, so it is useful to anyone who has a history.
"""

from harness.checker.linearizable import check
from harness.checker.verdict import Order, Verdict, operation_json

__all__ = ["Order", "Verdict", "check", "operation_json"]
