"""What Raft promises about commits and members, as an observer of all servers sees it.

::

    n1 leads     4  5  6  7            commit 6: 6 is of its own term, and
    n2           4  5  6                         two of three voters have it on disk
    n3           4  5
    n4 learns    4  5  6  7                      a learner's copy is none

- Commits of the own term: a leader commits an entry of its own term, and what lies before with it
  (Raft §5.4.2, figure 8).
- Commits by a majority: a majority of the voters that the leader knows have the entry on disk
  (§5.3; learners: thesis §4.2.1).
- Committed entries stay, restarts included: what a server knew to be committed and had on disk is
  there when it starts again (figure 2, persistent state).
- Members by the log: they are those of the last entry in the log that names any, or of the snapshot
  (thesis §4.1).
- Members after a commit: a leader has committed an entry of its own term before it changes the
  members (Ongaro, raft-dev, 2015).

A leader may know an entry to be committed that its own disk has yet to take (thesis §10.2.1). And
of a server that has ended it is not known whether its last words had reached its disk: they are
taken to have.
"""

from __future__ import annotations

from collections.abc import Callable

from targets.store import members as texts
from targets.store.raft.core import RaftCore
from targets.store.raft.messages import Entry


class _Saved:
    """How much of a server's log is on its disk, and what of that it knew to be committed."""

    __slots__ = ("committed", "stable", "term")

    def __init__(self, core: RaftCore) -> None:
        self.term = core.term
        self.stable = core.log.stable
        self.committed = min(core.commit, self.stable)


class Commits:
    """The commits and the members of one run.

    Args:
        violated: is told a sentence for each violation.
    """

    def __init__(self, violated: Callable[[str], None]) -> None:
        self._violated = violated
        self._cores: dict[str, RaftCore] = {}
        self._alive: set[str] = set()
        self._commits: dict[str, int] = {}
        self._members: dict[str, tuple[int, Entry]] = {}
        """Which entry each server's members are of, and the last entry of its log."""
        self._saved: dict[str, list[_Saved]] = {}
        """What each server has on disk, and what it had before that."""

    def gone(self, node: str) -> None:
        """The process has ended; what it had on disk is still there."""
        self._alive.discard(node)
        self._commits.pop(node, None)
        self._members.pop(node, None)

    def look(self, core: RaftCore, torn: bool) -> None:
        """A server has handled an event; `torn`: its journal had a damaged end when it started."""
        name, log = core.name, core.log
        self._cores[name] = core
        if name not in self._alive:
            self._alive.add(name)
            self._look_at_start(core, torn)
        index, last = self._members.get(name, (-1, None))
        if index != log.members_index or last is not log.entry(log.last_index):
            self._members[name] = log.members_index, log.entry(log.last_index)
            self._look_at_members(core)
        if self._commits.get(name) != core.commit:
            self._commits[name] = core.commit
            if core.role == "leader":
                self._look_at_commit(core)
        self._note_saved(core)

    def _look_at_start(self, core: RaftCore, torn: bool) -> None:
        saved = self._saved.pop(core.name, None)
        if saved is None or (torn and core.snapshot):
            return
        before = saved[0] if torn else saved[-1]
        if core.log.last_index < before.committed:
            self._violated(
                f"committed entries stay: {core.name} had {before.committed} on disk and knew it "
                f"to be committed, and starts with a log that ends at {core.log.last_index}"
            )

    def _note_saved(self, core: RaftCore) -> None:
        saved = self._saved.get(core.name)
        log = core.log
        if core.renewed:
            return
        if saved is None:
            self._saved[core.name] = [_Saved(core)]
        elif (log.stable, core.term) != (saved[-1].stable, saved[-1].term):
            self._saved[core.name] = [saved[-1], _Saved(core)]
        elif core.commit > saved[-1].committed:
            saved[-1].committed = min(core.commit, log.stable)

    def _look_at_members(self, core: RaftCore) -> None:
        log, index = core.log, core.log.members_index
        if index <= max(log.base, core.snapshot[0].slot if core.snapshot else 0):
            return
        command = log.entry(index).command if index <= log.last_index else ""
        if not command.startswith(texts.PREFIX) or texts.read(command) != log.members:
            self._violated(
                f"members by the log: {core.name} goes by members of {index}, where its log, which "
                f"ends at {log.last_index}, names none like them"
            )
        elif (
            core.role == "leader"
            and index > core.commit
            and core.term == log.term(index) != log.term(core.commit)
        ):
            self._violated(
                f"members after a commit: {core.name} changes the members at {index} in term "
                f"{core.term}, of which it has committed nothing yet"
            )

    def _look_at_commit(self, core: RaftCore) -> None:
        index, log = core.commit, core.log
        term = log.term(index)
        if index <= log.base:
            return
        if term != core.term:
            self._violated(
                f"commits of the own term: {core.name} leads in term {core.term} and commits "
                f"{index}, which is of term {term}"
            )
        voters = log.members.voters
        have = [name for name in voters if self._has(name, index, term)]
        if len(have) <= len(voters) // 2:
            self._violated(
                f"commits by a majority: {core.name} commits {index} of term {term}, which "
                f"{' '.join(have) or 'nobody'} has on disk, of {' '.join(voters)}"
            )

    def _has(self, name: str, index: int, term: int) -> bool:
        """Whether a server has this entry on disk, or has ended and may have it."""
        core = self._cores.get(name)
        if core is None:
            return False
        log = core.log
        if index <= log.base:
            return True
        return log.term(index) == term and (index <= log.stable or name not in self._alive)
