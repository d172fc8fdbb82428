"""What a certificate claims, held against the history."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic
from typing import Any

import msgspec

from harness.model import Call, Model, freeze, thaw
from harness.verify.certificate import Certificate, Refuted, Unconfirmed, plain
from harness.verify.history import Calls, History, gather
from harness.verify.licence import observed
from harness.verify.replay import replay
from harness.verify.search import has_order


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
    if certificate.model != model.name:
        raise Refuted(f"it is about the model {certificate.model}, not {model.name}")
    if certificate.history.sha256 != sha256:
        raise Refuted("it is about another history: the checksum differs")
    if certificate.valid == "unknown":
        raise Unconfirmed("its verdict is unknown")
    until = certificate.until if isinstance(certificate.until, int) else None
    history = gather(lines, model, until=until, by_time=by_time)
    if certificate.history.ops != history.ops:
        raise Refuted(f"it is about {certificate.history.ops} operations, not {history.ops}")
    deadline = monotonic() + time_limit_s
    if certificate.valid is True:
        return _valid(certificate, history, model, deadline)
    return _invalid(certificate, history, model, deadline, irreducible)


def _valid(certificate: Certificate, history: History, model: Model, deadline: float) -> str:
    """Every key has an order, and by locality (Herlihy & Wing, theorem 1) so has the whole."""
    assert isinstance(certificate.keys, list)
    orders = {freeze(claim.key): claim.order for claim in certificate.keys}
    if len(orders) != len(certificate.keys):
        raise Refuted("a key has two orders")
    if strange := orders.keys() - history.keys.keys():
        raise Refuted(f"the history has no key {thaw(strange.pop())!r}")
    for key, calls in history.keys.items():
        replay(orders.get(key, ()), calls, model, deadline)
    keys = "" if len(history.keys) == 1 else f" on {len(history.keys)} keys"
    return f"{history.ops} operations{keys} replayed in their order"


def _invalid(
    certificate: Certificate, history: History, model: Model, deadline: float, irreducible: bool
) -> str:
    """The part has no order, and the whole would give it one."""
    key = freeze(certificate.key)
    if key not in history.keys:
        raise Refuted(f"the history has no key {certificate.key!r}")
    if not _is_initial(certificate.entry_states, model):
        raise Refuted(f"the only state to begin with is {thaw(model.initial())!r}")
    calls = history.keys[key]
    kept = _chosen(certificate.kept, calls)
    gone = {call for call in calls.values() if call not in kept}
    for lost, reader in observed(gone, kept, model):
        raise Refuted(f"op {lost.row} may not be left out: op {reader.row} may have observed it")
    if has_order(kept, model, deadline):
        raise Refuted(f"the {len(kept)} operations that are kept have an order")
    if irreducible:
        _irreducible(certificate, kept, set(calls.values()), model, deadline)
    fewest = ", and none of them could be left out" if irreducible else ""
    return (
        f"{len(kept)} operations have no order{fewest}; the {len(gone)} others were licensed to go"
    )


def _irreducible(
    certificate: Certificate, kept: set[Call], whole: set[Call], model: Model, deadline: float
) -> None:
    """Without any one of them, and what then has to go as well, there is an order.

    That is enough: what more is left out with licence leaves linearizable what is.
    """
    if certificate.irreducible is not True:
        raise Refuted("it does not claim that its counterexample is irreducible")
    for unwanted in kept:
        part = kept - {unwanted}
        while lost := {reader for _, reader in observed(whole - part, part, model)}:
            part -= lost
        if not has_order(part, model, deadline):
            raise Refuted(f"op {unwanted.row} could be left out of the counterexample as well")


def _chosen(kept: Any, calls: Calls) -> set[Call]:
    if len(set(kept)) != len(kept):
        raise Refuted("an operation is kept twice")
    for index in kept:
        if index not in calls:
            raise Refuted(f"op {index} invokes nothing on that key that can have happened")
    return {calls[index] for index in kept}


def _is_initial(states: Any, model: Model) -> bool:
    """Whether the only entry state is the model's first, as JSON has it."""
    initial = msgspec.json.decode(msgspec.json.encode(thaw(model.initial()), enc_hook=plain))
    return len(states) == 1 and freeze(states[0]) == freeze(initial)
