"""What is due at once is done once for all that has come: group commit, as the sockets show it.

::

    turn of the loop    1            2          3          4          5
    reads frames        a  b         c          d
                        └ asked for  look ──▶   look ──▶   look ──▶   look: none since, so it is
                                                                      done for a, b, c and d

A sync, and a message to each peer, cost as much for one request as for many. Clients that were
answered together ask again one by one, a few microseconds apart: who acts on the first of them pays
for it alone, and those behind it have to wait for that. So what is due waits as long as every turn
brings a frame, but for `GATHER` more at most: with so many, a batch gains little by growing, and
the peers should have their part to do. A lone request waits for one more turn, some microseconds.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable

GATHER = 32


class Soon:
    """One call that is due at once; a `harness.env.Timer`.

    Args:
        loop: where to make it.
        frames: says how many frames have come so far.
        call: what to do.
    """

    def __init__(
        self, loop: AbstractEventLoop, frames: Callable[[], int], call: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._frames = frames
        self._call = call
        self._seen = -1
        self._enough = frames() + GATHER
        self._handle = loop.call_soon(self._look)

    def _look(self) -> None:
        # A turn makes the calls that it was asked for before it reads the sockets. So the first
        # look is too early to say that nothing has come, and every look speaks of the turn before.
        frames = self._frames()
        if self._seen < frames < self._enough:
            self._seen = frames
            self._handle = self._loop.call_soon(self._look)
        else:
            self._call()

    def cancel(self) -> None:
        """Forget the call."""
        self._handle.cancel()
