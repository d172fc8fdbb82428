"""The file that carries a verdict's evidence, as `docs/certificates.md` describes it.

Operations are named by the index of their invocation in the history. Whatever is not exactly of the
format is refused: what we don't understand may change what the rest means.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from harness.model import freeze


class NotACertificate(ValueError):
    """The file is not a certificate of a version that we know; the message says where."""


class Refuted(Exception):
    """The certificate does not prove what it says; the message says why."""


class Unconfirmed(Exception):
    """Nothing is to be confirmed, or it is too much for the limits; the message says what."""


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Fields that are exactly these."""


class HistoryFile(_Part, frozen=True):
    """Which history it is about.

    Args:
        file: its name, for people.
        sha256: of the file's bytes, in hexadecimal.
        ops: how many invocations by clients it has.
        independent: whether its values are `[key, value]` pairs, as Jepsen's independent tuples.
    """

    file: str
    sha256: str
    ops: int
    independent: bool = False


class KeyOrder(_Part, frozen=True):
    """The order in which the operations on a key took effect."""

    key: Any
    order: list[int]


class Certificate(_Part, frozen=True):
    """A verdict; each of the three has evidence of its own.

    Args:
        model: the name of what the store promised.
        history: which one it is about.
        valid: the verdict.
    """

    format: Literal["splitbrain-certificate"]
    version: Literal[1]
    model: str
    history: HistoryFile
    valid: bool | Literal["unknown"]


class Valid(Certificate, frozen=True):
    """There is an order for each key."""

    keys: list[KeyOrder]


class Invalid(Certificate, frozen=True):
    """Some operations have no order, and would have one if the whole had.

    Args:
        key: the key that the rest is about.
        entry_states: the states that the counterexample starts from.
        kept: the operations of the counterexample.
        until: the history is cut before this index; null for not at all.
        irreducible: whether none of them could be left out as well.
        reason: a sentence for people; proves nothing.
    """

    key: Any
    entry_states: list[Any]
    kept: list[int]
    until: int | None = None
    irreducible: bool = False
    reason: str | None = None


class Unknown(Certificate, frozen=True):
    """Nothing is claimed, for a reason."""

    reason: str | None = None


def decode_certificate(content: bytes) -> Certificate:
    """Read a certificate. Raises NotACertificate."""
    try:
        found = msgspec.json.decode(content, type=dict[str, Any])
        freeze(found)  # we get no deeper into it than this does
        verdict = found.get("valid")
        kind = Unknown if verdict == "unknown" else Valid if verdict else Invalid
        return msgspec.convert(found, kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotACertificate(f"not a certificate of version 1: {error}") from None
