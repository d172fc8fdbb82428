"""From moments to an order: each call gets one moment in its interval, and ties are broken."""

from __future__ import annotations

import numpy as np

from harness.checker.fast.elements import NEVER, Elements, Integers
from harness.model import Decided


def arrange(
    elements: Elements,
    puts: Integers,
    takes: Integers,
    rank: Integers,
    empties: Integers,
    empty_rank: Integers | None = None,
) -> Decided:
    """Order puts, takes and takes that found nothing by their moments.

    At the same moment the element with the lower rank goes first, its put before its take. Whoever
    found nothing goes last, or as its own rank says.
    """
    taken = takes < NEVER
    if empty_rank is None:
        empty_rank = np.full(len(empties), len(elements.values))
    call = np.concatenate([elements.put, elements.take[taken], elements.empty])
    moment = np.concatenate([puts, takes[taken], empties])
    tie = np.concatenate([2 * rank, 2 * rank[taken] + 1, 2 * empty_rank])
    return Decided(call[np.lexsort((tie, moment))].tolist())
