"""The verdict while a test still runs: fed op by op, in memory bounded by what is concurrent.

`Stream` splits by key; `key` holds what is possible on one key; `steps` and `register_steps` say
how to get from one completion to the next, under any model and on a register.
"""

from harness.checker.streaming.stream import Effort, Stream, Violation

__all__ = ["Effort", "Stream", "Violation"]
