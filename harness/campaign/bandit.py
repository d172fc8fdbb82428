"""Which mix to try next: more of those that still show something new.

Each mix is an arm of a bandit whose yield is the number of states that no test before has reached,
for each CPU second. It is taken as a Poisson rate, of which a Gamma distribution says how much is
known::

    tried in c CPU s, n new states   →   rate ~ Gamma(shape = n + 1, scale = 1 / (c + small))

Thompson sampling: draw a rate for each arm and try the arm with the highest draw, so that an arm
is tried as often as it may be the best (Thompson, Biometrika 25, 1933). New states run out, and so
what is known of an arm fades by a factor with each new trial of it (discounted Thompson sampling:
Raj and Kalyani, arXiv 1707.09727). One trial's states come in heaps, not singly, and so their count
is divided by `HEAP`: it is less certain than a Poisson count of that size.

A floor keeps every arm alive: each so-many-th trial goes to the arm that was tried least. First of
all each is tried once.
"""

from __future__ import annotations

from random import Random

FADING = 0.8
HEAP = 8.0


class Bandit:
    """Chooses among `arms`, numbered from 0.

    Args:
        floor: the share of all trials that is dealt out evenly, from 0 to 1 (no choice at all).
    """

    def __init__(self, arms: int, rng: Random, *, floor: float = 0.2) -> None:
        self._rng = rng
        self._floor = floor
        self._owed = 0.0
        self._tried = [0] * arms
        self._new = [0.0] * arms
        self._cpu_s = [0.0] * arms

    def choose(self) -> int:
        """The arm to try next; it counts as tried from now on."""
        self._owed += self._floor
        if min(self._tried) == 0 or self._owed >= 1.0:
            self._owed = max(0.0, self._owed - 1.0)
            arm = min(range(len(self._tried)), key=lambda arm: self._tried[arm])
        else:
            draws = [self._drawn(arm) for arm in range(len(self._tried))]
            arm = max(range(len(draws)), key=draws.__getitem__)
        self._tried[arm] += 1
        return arm

    def learn(self, arm: int, new: int, cpu_s: float) -> None:
        """A trial of this arm has shown so many new states in so many CPU seconds."""
        self._new[arm] = FADING * self._new[arm] + new / HEAP
        self._cpu_s[arm] = FADING * self._cpu_s[arm] + cpu_s

    def rate(self, arm: int) -> float:
        """New states a CPU second, as they are expected of the next trial."""
        return HEAP * self._new[arm] / max(self._cpu_s[arm], 1e-3)

    def _drawn(self, arm: int) -> float:
        scale = 1.0 / max(self._cpu_s[arm], 1e-3)
        return self._rng.gammavariate(self._new[arm] + 1.0 / HEAP, scale)
