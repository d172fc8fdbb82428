"""What a node does beside serving: a steward that acts for the store while its node leads.

A node tells its steward when it begins and ceases to lead, and after commands were applied. A
steward may hold back reads for a while, answer them from the state in its own way, and propose
commands; whatever it changes goes through the log like everything else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from targets.store.machine.machine import Result
from targets.store.requests import Request


class Steward(Protocol):
    """See the module."""

    def leads(self, leading: bool) -> None:
        """This node leads from now on, or does no more."""

    def applied(self) -> None:
        """Commands were applied."""

    def holds(self, request: Request) -> bool:
        """Whether it keeps this request for a while; it then submits it itself, later."""

    def query(self, operation: Any) -> Result:
        """Answer a read that is confirmed: this node led after the read had arrived."""


Propose: TypeAlias = Callable[[str], bool]
"""Puts a command into the log; False, with nothing done, where this node can't."""

Submit: TypeAlias = Callable[[Request], None]
"""Takes a request that was held to where it is served."""

MakeSteward: TypeAlias = Callable[[Propose, Submit], Steward]
