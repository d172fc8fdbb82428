"""Certificates by hand, and what the verifier says to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from harness.certificate import certify, encode_certificate
from harness.checker import Verdict
from harness.history.op import Op
from harness.model import Model
from harness.model.register import CasRegister
from harness.verify.certificate import HistoryFile, Refuted, Unconfirmed, decode_certificate
from harness.verify.verify import verify

SHA = "5" * 64


def claim(history: Sequence[Op], model: Model | None = None, **evidence: Any) -> dict[str, Any]:
    """A certificate about a history, as JSON has it."""
    return {
        "format": "splitbrain-certificate",
        "version": 1,
        "model": (model or CasRegister()).name,
        "history": {"file": "history.jsonl", "sha256": SHA, "ops": invocations(history)},
        **evidence,
    }


def valid(history: Sequence[Op], order: Sequence[int], **more: Any) -> dict[str, Any]:
    """A claim that this is an order of a history on one key."""
    return claim(history, valid=True, keys=[{"key": None, "order": list(order)}], **more)


def invalid(history: Sequence[Op], kept: Sequence[int], **more: Any) -> dict[str, Any]:
    """A claim that these operations on one key have no order."""
    defaults: dict[str, Any] = {"key": None, "entry_states": [None]}
    return claim(history, valid=False, kept=list(kept), **(defaults | more))


def genuine(verdict: Verdict, history: Sequence[Op]) -> dict[str, Any]:
    """The certificate of a verdict, as its file has it."""
    about = HistoryFile(file="history.jsonl", sha256=SHA, ops=invocations(history))
    found: dict[str, Any] = msgspec.json.decode(encode_certificate(certify(verdict, about)))
    return found


def answer(
    certificate: Any, history: Sequence[Op], model: Model | None = None, **options: Any
) -> str:
    """`confirmed: …`, `refuted: …` or `unconfirmed: …`."""
    decoded = decode_certificate(msgspec.json.encode(certificate))
    try:
        said = verify(decoded, history, model or CasRegister(), sha256=SHA, **options)
    except Refuted as error:
        return f"refuted: {error}"
    except Unconfirmed as error:
        return f"unconfirmed: {error}"
    return f"confirmed: {said}"


def invocations(history: Sequence[Op]) -> int:
    """How many invocations by clients there are."""
    return sum(op.type == "invoke" and op.process != "nemesis" for op in history)
