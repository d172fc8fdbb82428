"""What happened: operations, and the append-only file they are written to."""

from harness.history.op import NEMESIS, MalformedHistory, Op, Operation, pair

__all__ = ["NEMESIS", "MalformedHistory", "Op", "Operation", "pair"]
