"""Every rule of the checker, broken once: where it stands, and what to put there instead.

A mutation must be noticed on histories of the families named with it, or make a named test fail.
Those that only cost time, and those that change nothing at all, are listed apart, each with the
reason.
"""

from __future__ import annotations

from tests.checker.trust.mutations.calls import CALLS
from tests.checker.trust.mutations.costly import COSTLY, LESSON
from tests.checker.trust.mutations.element_sets import ELEMENT_SETS, ELEMENT_SIDES
from tests.checker.trust.mutations.evidence import EVIDENCE
from tests.checker.trust.mutations.general_search import GENERAL_SEARCH
from tests.checker.trust.mutations.harmless import HARMLESS
from tests.checker.trust.mutations.locks_and_counters import LOCKS_AND_COUNTERS
from tests.checker.trust.mutations.mutant import Harmful, Harmless, Named
from tests.checker.trust.mutations.promises import PROMISES
from tests.checker.trust.mutations.queues import QUEUES_OF_ELEMENTS
from tests.checker.trust.mutations.read_whole import READ_WHOLE
from tests.checker.trust.mutations.register_reasons import REGISTER_REASONS
from tests.checker.trust.mutations.register_refute import REGISTER_REFUTE
from tests.checker.trust.mutations.register_search import REGISTER_SEARCH
from tests.checker.trust.mutations.register_streams import REGISTER_STREAMS
from tests.checker.trust.mutations.register_ways import REGISTER_WAYS
from tests.checker.trust.mutations.sessions import SESSIONS
from tests.checker.trust.mutations.sources import NEEDED, WEAKER
from tests.checker.trust.mutations.stacks import STACKS_AND_PRIORITIES
from tests.checker.trust.mutations.streams import STREAMS
from tests.checker.trust.mutations.unique_writes import UNIQUE_WRITES
from tests.checker.trust.mutations.whole_check import WHOLE_CHECK

__all__ = ["COSTLY", "HARMFUL", "HARMLESS", "LESSON", "NAMED", "Harmful", "Harmless", "Named"]

HARMFUL = [
    *CALLS,
    *ELEMENT_SETS,
    *GENERAL_SEARCH,
    *LOCKS_AND_COUNTERS,
    *NEEDED,
    *QUEUES_OF_ELEMENTS,
    *READ_WHOLE,
    *REGISTER_REASONS,
    *REGISTER_REFUTE,
    *REGISTER_SEARCH,
    *REGISTER_WAYS,
    *STACKS_AND_PRIORITIES,
    *UNIQUE_WRITES,
]

NAMED = [
    *ELEMENT_SIDES,
    *EVIDENCE,
    *WHOLE_CHECK,
    *STREAMS,
    *REGISTER_STREAMS,
    *SESSIONS,
    *PROMISES,
    *WEAKER,
]
