"""Writes the evidence of a verdict to a file that others can check.

`harness.verify` checks such a file and shares no code with the checker; `docs/certificates.md` says
what is in it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from harness.run_folder import write_whole
from harness.verify.certificate import (
    Certificate,
    HistoryFile,
    Invalid,
    KeyOrder,
    NotACertificate,
    Unknown,
    Valid,
    decode_certificate,
)

if TYPE_CHECKING:
    from harness.checker import Verdict

CERTIFICATE_FILE = "certificate.json"
"""Its name in a run's folder."""


def certify(verdict: Verdict, history: HistoryFile) -> Certificate:
    """The certificate of a verdict.

    Args:
        verdict: what the checker said.
        history: what it said it about, see `history_file`.
    """
    about: dict[str, Any] = {
        "format": "splitbrain-certificate",
        "version": 1,
        "model": verdict.model,
        "history": history,
        "valid": verdict.valid,
    }
    if verdict.valid is True:
        orders = verdict.linearization
        keys = [KeyOrder(key=order.key, order=list(order.invocations)) for order in orders]
        return Valid(**about, keys=keys)
    if verdict.valid == "unknown":
        return Unknown(**about, reason=verdict.reason)
    return Invalid(
        **about,
        key=verdict.key,
        until=verdict.until,
        entry_states=list(verdict.entry_states),
        kept=[operation.invocation.index for operation in verdict.counterexample],
        irreducible=verdict.irreducible,
        reason=verdict.reason,
    )


def encode_certificate(certificate: Certificate) -> bytes:
    """The content of its file; what JSON knows no form of, in states of models, is its text."""
    return msgspec.json.encode(certificate, enc_hook=repr)


def history_file(path: Path, ops: int, *, independent: bool = False) -> HistoryFile:
    """Which history it is: of so many invocations, in a file with this content."""
    return HistoryFile(file=path.name, sha256=sha256(path), ops=ops, independent=independent)


def sha256(path: Path) -> str:
    """The checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_certificate(
    path: Path, verdict: Verdict, history: Path, *, independent: bool = False
) -> None:
    """Write the certificate of what was found in the file `history`: whole or not at all."""
    certificate = certify(verdict, history_file(history, verdict.ops, independent=independent))
    write_whole(path, encode_certificate(certificate) + b"\n")


def read_certificate(path: Path) -> Certificate:
    """Read a certificate.

    Raises:
        NotACertificate: with the path, and what is wrong.
        OSError: the file can't be read.
    """
    try:
        return decode_certificate(path.read_bytes())
    except NotACertificate as error:
        raise NotACertificate(f"{path}: {error}") from None
