"""What an all-knowing observer of Paxos checks of those who lead.

- One owner a ballot: no two servers stand in the same one, or lead in it (Simple §2.2).
- Elected by a majority: whoever leads has the promises of a majority of the members that it knows
  (Simple §2.2).
- Nobody reads alone beside another: nothing is chosen in a ballot while the leader of a lower one
  would answer a read without asking anybody, on its lease or on answers that came before (Gray and
  Cheriton, *Leases*, 1989; Raft thesis §6.4)::

      n1  leads in 3 ─── last answers ── cut off ──── would still answer ───┤ lease ends
      n2                                       promises 5    │
      n3                                       leads in 5 ── something is chosen: too soon

  Nor does a leader that has named an heir read alone, as long as it leads: the heir need not wait
  for the lease to end, and the word to it may come late (thesis §6.4.1).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from targets.store.paxos.core import PaxosCore


class Leaders:
    """See the module; `violated` is told a sentence for each violation."""

    def __init__(self, violated: Callable[[str], None]) -> None:
        self._violated = violated
        self._programs: dict[str, Any] = {}
        self._owners: dict[int, str] = {}
        self._promised: dict[int, set[str]] = {}
        self._heirs: set[int] = set()
        """Ballots whose leader has begun to hand over."""

    def begun(self, node: str, program: Any) -> None:
        """A node's process has begun."""
        self._programs[node] = program

    def gone(self, node: str) -> None:
        """A node's process has ended."""
        self._programs.pop(node, None)

    def promised(self, node: str, ballot: int) -> None:
        """The node has promised this."""
        self._promised.setdefault(ballot, set()).add(node)

    def owns(self, node: str, ballot: int) -> None:
        """The node stands in this ballot, or leads in it."""
        owner = self._owners.setdefault(ballot, node)
        if owner != node:
            self._violated(f"one owner: {owner} and {node} both use ballot {ballot}")

    def elected(self, core: PaxosCore, ballot: int) -> Collection[str]:
        """A server leads in this ballot; returns who has promised it until now."""
        self.owns(core.name, ballot)
        electors = self._promised.get(ballot, set())
        voters = core.acceptor.membership.current.voters
        if sum(voter in electors for voter in voters) <= len(voters) // 2:
            self._violated(
                f"elected by a majority: {core.name} leads {' '.join(voters)} in ballot {ballot}, "
                f"which {' '.join(sorted(electors)) or 'nobody'} promised"
            )
        return electors

    def look(self, node: str, ballot: int, chosen: bool) -> None:
        """The node leads in this ballot, and `chosen` says whether it has something chosen now."""
        self._look_at_heir(node, ballot)
        if chosen:
            for other, program in self._programs.items():
                core: PaxosCore = program.core
                lower = core.ballot is not None and core.ballot < ballot
                if lower and core.reads_alone(program.clock()):
                    self._violated(
                        f"nobody reads alone: {node} has something chosen in ballot {ballot}, and "
                        f"{other} would answer a read in ballot {core.ballot} and ask nobody"
                    )

    def _look_at_heir(self, node: str, ballot: int) -> None:
        """A leader that hands over names nobody to take requests to."""
        program = self._programs[node]
        core: PaxosCore = program.core
        if core.role == "leader" and core.leader is None:
            self._heirs.add(ballot)
        elif ballot in self._heirs and core.reads_alone(program.clock()):
            self._violated(
                f"nobody reads alone: {node} has named an heir in ballot {ballot}, and would "
                "answer a read and ask nobody"
            )
