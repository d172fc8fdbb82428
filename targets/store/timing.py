"""When to stand for leader: the time-outs that every protocol here shares."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Timing:
    """Seconds. A leader's silence of `election_min` to `election_max` starts an election.

    Raft §5.6 asks for broadcast time well below election time-out: the defaults leave room for a
    busy machine with two cores and a slow disk.
    """

    election_min: float = 0.3
    election_max: float = 0.6
    heartbeat: float = 0.06


DEFAULT_TIMING = Timing()


class Patience:
    """How long one server waits for its leader before it stands itself."""

    def __init__(self, timing: Timing, rng: Random, now: float) -> None:
        self._timing = timing
        self._rng = rng
        # Before it was restarted it may have heard one, whose lease goes by that (thesis §6.4.1).
        self.heard_at = now
        self.due = 0.0
        self.restart(now)

    def restart(self, now: float) -> None:
        """Wait a fresh random time, so that two servers seldom stand at once (Raft §5.2)."""
        self.due = now + self._rng.uniform(self._timing.election_min, self._timing.election_max)

    def heard_leader(self, now: float) -> None:
        """A message of the current leader arrived."""
        self.heard_at = now
        self.restart(now)

    def leader_is_alive(self, now: float) -> bool:
        """Whether a leader was heard within the least time-out, or may have been: nobody else is
        helped to its office then (Raft thesis §4.2.3, §9.6).
        """
        return now < self.heard_at + self._timing.election_min
