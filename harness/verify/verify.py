"""What a certificate claims, held against the history."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from time import monotonic
from typing import Any

import msgspec

from harness.model import Call, Model, freeze, thaw
from harness.verify.certificate import Certificate, Invalid, Refuted, Unconfirmed, Valid, plain
from harness.verify.history import Calls, gather
from harness.verify.licence import observed
from harness.verify.orders import has_order, replay


def verify(
    certificate: Certificate,
    lines: Iterable[Any],
    model: Model,
    *,
    sha256: str,
    by_time: bool = False,
    irreducible: bool = False,
    time_limit_s: float = 60.0,
) -> str:
    """Say in a sentence what is confirmed, or raise.

    Args:
        certificate: what is claimed.
        lines: the history's ops, each like a `harness.verify.history.Line`.
        model: what the store promised.
        sha256: of the file that the history is in.
        by_time: whether ops of the same time have no order.
        irreducible: whether that claim is looked into as well.
        time_limit_s: for the evidence, once the history is read.

    Raises:
        Refuted: the history is another one, or the evidence does not hold.
        Unconfirmed: the verdict is unknown, or the evidence is too large to search.
        BadHistory: the history can't be read.
    """
    about, mine = certificate.history, model.name
    _require(certificate.model == mine, f"it is about the model {certificate.model}, not {mine}")
    _require(about.sha256 == sha256, "it is about another history: the checksum differs")
    if not isinstance(certificate, Valid | Invalid):
        raise Unconfirmed("its verdict is unknown")
    until = certificate.until if isinstance(certificate, Invalid) else None
    keys, ops = gather(lines, model, until=until, by_time=by_time)
    _require(about.ops == ops, f"it is about {about.ops} operations, not {ops}")
    deadline = monotonic() + time_limit_s
    if isinstance(certificate, Valid):
        return _valid(certificate, keys, ops, model, deadline)
    return _invalid(certificate, keys, model, deadline, irreducible)


def _valid(
    certificate: Valid, keys: dict[Hashable, Calls], ops: int, model: Model, deadline: float
) -> str:
    """Every key has an order, and by locality (Herlihy & Wing, theorem 1) so has the whole."""
    orders = {freeze(claim.key): claim.order for claim in certificate.keys}
    _require(len(orders) == len(certificate.keys), "a key has two orders")
    for key in orders:
        _require(key in keys, f"the history has no key {thaw(key)!r}")
    for key, calls in keys.items():
        replay(orders.get(key, ()), calls, model, deadline)
    on = "" if len(keys) == 1 else f" on {len(keys)} keys"
    return f"{ops} operations{on} replayed in their order"


def _invalid(
    certificate: Invalid,
    keys: dict[Hashable, Calls],
    model: Model,
    deadline: float,
    irreducible: bool,
) -> str:
    """The part has no order, and the whole would give it one."""
    calls = keys.get(freeze(certificate.key))
    if calls is None:
        raise Refuted(f"the history has no key {certificate.key!r}")
    first = msgspec.json.decode(msgspec.json.encode(thaw(model.initial()), enc_hook=plain))
    only = freeze(certificate.entry_states) == freeze([first])
    _require(only, f"the only state to begin with is {first!r}")
    for index in certificate.kept:
        _require(index in calls, f"op {index} invokes nothing on that key that can have happened")
    kept = {index: calls[index] for index in certificate.kept}
    _require(len(kept) == len(certificate.kept), "an operation is kept twice")
    gone = [call for index, call in calls.items() if index not in kept]
    for lost, by in observed(gone, kept.values(), model):
        raise Refuted(f"op {lost.row} may not be left out: op {by.row} may have observed it")
    found = has_order(kept.values(), model, deadline)
    _require(not found, f"the {len(kept)} operations that are kept have an order")
    fewest = ""
    if irreducible:
        claimed = certificate.irreducible
        _require(claimed, "it does not claim that its counterexample is irreducible")
        _irreducible(set(kept.values()), set(calls.values()), model, deadline)
        fewest = ", and none of them could be left out"
    return (
        f"{len(kept)} operations have no order{fewest}; the {len(gone)} others were licensed to go"
    )


def _irreducible(kept: set[Call], whole: set[Call], model: Model, deadline: float) -> None:
    """Without any one of them, and what then has to go as well, there is an order.

    That is enough: what more is left out with licence leaves linearizable what is.
    """
    for unwanted in kept:
        part = kept - {unwanted}
        while lost := {reader for _, reader in observed(whole - part, part, model)}:
            part -= lost
        found = has_order(part, model, deadline)
        _require(found, f"op {unwanted.row} could be left out of the counterexample as well")


def _require(fact: bool, otherwise: str) -> None:
    if not fact:
        raise Refuted(otherwise)
