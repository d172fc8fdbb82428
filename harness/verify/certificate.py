"""The file that carries a verdict's evidence, as `docs/certificates.md` describes it.

Operations are named by the index of their invocation in the history. Whatever is not exactly of the
format is refused: what we don't understand may change what the rest means.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from harness.model import freeze, thaw


class NotACertificate(ValueError):
    """The file is not a certificate of a version that we know; the message says where."""


class Refuted(Exception):
    """The certificate does not prove what it says; the message says why."""


class Unconfirmed(Exception):
    """Nothing is to be confirmed, or it is too much for the limits; the message says what."""


class HistoryFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
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


class KeyOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The order in which the operations on a key took effect."""

    key: Any
    order: list[int]


class Certificate(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A verdict with its evidence.

    Args:
        model: the name of what the store promised.
        valid: the verdict.
        keys: when valid, an order for each key.
        key: when invalid, the key that the rest is about.
        until: when invalid, the history is cut before this index; null for not at all.
        entry_states: when invalid, the states that the counterexample starts from.
        kept: when invalid, the operations of the counterexample.
        irreducible: when invalid, whether none of them could be left out as well.
        reason: a sentence for people when not valid; proves nothing.
    """

    format: Literal["splitbrain-certificate"]
    version: Literal[1]
    model: str
    history: HistoryFile
    valid: bool | Literal["unknown"]
    keys: list[KeyOrder] | UnsetType = UNSET
    key: Any = UNSET
    until: int | UnsetType | None = UNSET
    entry_states: list[Any] | UnsetType = UNSET
    kept: list[int] | UnsetType = UNSET
    irreducible: bool | UnsetType = UNSET
    reason: str | UnsetType | None = UNSET


def _any_values(certificate: Certificate) -> Iterator[Any]:
    """What may be any JSON."""
    if certificate.keys is not UNSET:
        yield from (claim.key for claim in certificate.keys)
    yield from (certificate.key, certificate.entry_states)


_EVIDENCE = ("keys", "key", "until", "entry_states", "kept", "irreducible", "reason")


def plain(value: Any) -> Any:
    """What JSON knows no form of, in states of models: a list for a set, else its text."""
    return sorted(map(thaw, value), key=repr) if isinstance(value, Set) else repr(value)


def decode_certificate(content: bytes) -> Certificate:
    """Read a certificate. Raises NotACertificate."""
    try:
        certificate = msgspec.json.decode(content, type=Certificate)
        for value in _any_values(certificate):
            freeze(value)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NotACertificate(f"not a certificate of version 1: {error}") from None
    except RecursionError:
        raise NotACertificate("not a certificate: it is nested too deeply") from None
    if certificate.valid is True:
        needed, allowed = {"keys"}, {"keys"}
    elif certificate.valid is False:
        needed = {"key", "entry_states", "kept"}
        allowed = needed | {"until", "irreducible", "reason"}
    else:
        needed, allowed = set(), {"reason"}
    given = {name for name in _EVIDENCE if getattr(certificate, name) is not UNSET}
    if missing := needed - given:
        raise NotACertificate(f"not a whole certificate: it lacks {', '.join(sorted(missing))}")
    if foreign := given - allowed:
        raise NotACertificate(f"{', '.join(sorted(foreign))} is not evidence for this verdict")
    return certificate
