"""The public face of splitbrain: what a program that has a history needs to judge it.

>>> from splitbrain import Op, Register, check
>>> history = [
...     Op(index=0, time=0, type="invoke", process=0, f="write", value=1),
...     Op(index=1, time=5, type="ok", process=0, f="write", value=1),
...     Op(index=2, time=6, type="invoke", process=1, f="read", value=None),
...     Op(index=3, time=9, type="ok", process=1, f="read", value=None),
... ]
>>> check(history, Register()).valid
False

What a plugin implements stands in `harness`: `harness.target`, `harness.workload`,
`harness.nemesis`, `harness.report`, `harness.worlds.world`, `harness.model`.
"""

from harness.checker import Verdict, check
from harness.history import MalformedHistory, Op, Operation, pair
from harness.history.journal import read_history
from harness.model import Model
from harness.model.kv import KeyValue
from harness.model.register import CasRegister, Register

__all__ = [
    "CasRegister",
    "KeyValue",
    "MalformedHistory",
    "Model",
    "Op",
    "Operation",
    "Register",
    "Verdict",
    "check",
    "pair",
    "read_history",
]
