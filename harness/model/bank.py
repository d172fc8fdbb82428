"""A bank: money moves between accounts, and a read shows every balance at one moment.

Where the money was at first is often not in the history. Then the first read in the order of
linearization tells: until it comes, a state holds what moved, relative to the unknown beginning,
and a history is linearizable if it is from *some* first balances. Total kept is what follows for
reads alone: transfers move money and never make any, so all reads have the same sum.

An account that a read leaves out holds nothing. Accounts are compared as text, for a JSON object's
names are text where a transfer may have numbers.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import ClassVar, cast

from harness.model.model import INCONSISTENT, UNKNOWN, Model
from harness.model.value import Map

Amounts = dict[str, int]


class Bank(Model):
    """Transfer and read, overdrafts allowed; the state is [whether balances are known, balances,
    lowest moved].

    A read of unknown balances settles them, so it is no read in the sense of `Model.reads`; leaving
    it out still harms nothing.

    Args:
        balances: what is in each account at first, if that is known.
        overdraft: whether a balance may be negative.
    """

    name = "bank"
    fs = frozenset({"transfer", "read"})
    echoes: ClassVar[frozenset[str]] = frozenset({"transfer"})
    kind: ClassVar[str | None] = "bank"

    def __init__(
        self, balances: Mapping[Hashable, int] | None = None, *, overdraft: bool = True
    ) -> None:
        if not isinstance(balances, Mapping | None):
            raise TypeError(f"balances are a mapping of accounts to amounts, not {balances!r}")
        self.balances = balances
        self.overdraft = overdraft

    def initial(self) -> Hashable:
        """The first balances, or that they are unknown and nothing has moved."""
        first = {str(account): amount for account, amount in (self.balances or {}).items()}
        return _state(self.balances is not None, first, {})

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """Money moves; a read shows all of it."""
        known, *maps = cast("tuple[bool, Map, Map]", state)
        now, lowest = (cast(Amounts, dict(amounts)) for amounts in maps)
        if f == "transfer":
            payer, payee, amount = transfer(value)
            now[payer] = now.get(payer, 0) - amount
            now[payee] = now.get(payee, 0) + amount
            for account in (payer, payee) if not self.overdraft else ():
                if known and now[account] < 0:
                    return INCONSISTENT
                if not known:
                    lowest[account] = min(lowest.get(account, 0), now[account])
            return _state(known, now, lowest)
        if result is UNKNOWN:
            return state
        seen = balances(result)
        if known:
            return state if _state(known, seen, lowest) == state else INCONSISTENT
        if not self.overdraft and any(
            seen.get(account, 0) - now.get(account, 0) + lowest.get(account, 0) < 0
            for account in seen.keys() | lowest.keys()
        ):
            return INCONSISTENT
        return _state(True, seen, {})

    def misfit(self, f: str, value: Hashable) -> str | None:
        """A transfer says from where to where, and how much."""
        if f == "transfer":
            asked = dict(value) if isinstance(value, Map) else {}
            if {"from", "to", "amount"} - asked.keys() or not isinstance(asked["amount"], int):
                return "a transfer takes {from, to, amount}, the amount a whole number"
        return None

    def misfit_result(self, f: str, value: Hashable, result: Hashable) -> str | None:
        """A read shows the balances."""
        if f == "read" and not (
            isinstance(result, Map) and all(isinstance(amount, int) for _, amount in result)
        ):
            return "a read of a bank returns {account: amount}, amounts whole numbers"
        return None


def transfer(value: Hashable) -> tuple[str, str, int]:
    """From where, to where, and how much."""
    asked = dict(cast(Map, value))
    return str(asked["from"]), str(asked["to"]), cast(int, asked["amount"])


def balances(result: Hashable) -> Amounts:
    """What a read returned."""
    return {str(account): cast(int, amount) for account, amount in cast(Map, result)}


def _state(known: bool, now: Amounts, lowest: Amounts) -> Hashable:
    """The state; accounts that hold nothing are left out, so that equal states are equal."""
    return (
        known,
        Map(pair for pair in now.items() if pair[1]),
        Map(pair for pair in lowest.items() if pair[1]),
    )
