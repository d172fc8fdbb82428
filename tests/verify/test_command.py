"""`splitbrain verify`, with the files as they stand in a run's folder."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.certificate import CERTIFICATE_FILE, read_certificate, write_certificate
from harness.checker import Verdict, check
from harness.cli.main import run
from harness.history.journal import Journal, read_history
from harness.history.op import Op
from harness.model.register import CasRegister
from harness.verify.certificate import NotACertificate, Unknown
from tests.checker.story import story

GOOD = story("1: x write 1 ok", "2: x read -> 1", "3: y write 2 info", "2: y read -> 2")
BAD = [*GOOD, *(
    Op(op.index + 10, op.time + 10**10, op.type, op.process, op.f, op.value, op.key)
    for op in story("5: y read -> null", "5: x read -> 1")
)]  # fmt: skip


def folder(path: Path, history: Sequence[Op], model: str = "cas-register") -> Path:
    """A run's folder with a history, the verdict on it as a certificate, and its model."""
    with Journal(path / "history.jsonl") as journal:
        for op in history:
            journal.append(op)
    (path / "test.toml").write_text(f'model = "{model}"\n')
    certify(path, check(read_history(path / "history.jsonl"), CasRegister()))
    return path


def certify(path: Path, verdict: Verdict) -> None:
    write_certificate(path / CERTIFICATE_FILE, verdict, path / "history.jsonl")


def change(path: Path, **fields: Any) -> None:
    """Forge the certificate of a run."""
    file = path / CERTIFICATE_FILE
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))


@pytest.mark.parametrize(("history", "word"), [(GOOD, "VALID"), (BAD, "INVALID")])
def test_a_confirmed_verdict_costs_nothing(
    history: list[Op], word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["verify", str(folder(tmp_path, history))]) == 0
    assert capsys.readouterr().out.startswith(f"{word}  confirmed for cas-register: ")
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        CERTIFICATE_FILE,
        "history.jsonl",
        "test.toml",
    ]


def test_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder(tmp_path, BAD)
    assert run(["verify", str(tmp_path), "--json", "--irreducible"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "confirmed": True,
        "valid": False,
        "model": "cas-register",
        "ops": 6,
        "detail": "3 operations have no order, and none of them could be left out; "
        "the 0 others may be left out",
    }


def test_a_forged_certificate_is_refuted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change(folder(tmp_path, GOOD), keys=[{"key": "x", "order": [2, 0]}, {"key": "y", "order": []}])
    assert run(["verify", str(tmp_path)]) == 1
    assert capsys.readouterr().out.startswith(f"REFUTED  {tmp_path / CERTIFICATE_FILE}: op 0 ")
    assert run(["verify", str(tmp_path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["confirmed"] is False


def test_a_history_that_was_changed_afterwards_is_another(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder(tmp_path, GOOD)
    file = tmp_path / "history.jsonl"
    file.write_bytes(file.read_bytes() + b"\n")
    assert run(["verify", str(tmp_path)]) == 1
    assert "another history: the checksum differs" in capsys.readouterr().out


def test_the_model_is_that_of_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder(tmp_path, GOOD, "register")
    assert run(["verify", str(tmp_path)]) == 1
    assert "it is about cas-register, not about register" in capsys.readouterr().out
    assert run(["verify", str(tmp_path), "--model", "cas-register"]) == 0


def test_unknown_is_nothing_to_confirm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder(tmp_path, GOOD)
    certify(tmp_path, Verdict("unknown", 4, 1.0, "cas-register", "search", reason="gave up"))
    certificate = read_certificate(tmp_path / CERTIFICATE_FILE)
    assert isinstance(certificate, Unknown)
    assert certificate.reason == "gave up"
    assert run(["verify", str(tmp_path)]) == 2
    assert "NOT CONFIRMED" in capsys.readouterr().out
    assert run(["verify", str(tmp_path), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["confirmed"] is None


def test_a_file_with_its_certificate_packed_or_not(tmp_path: Path) -> None:
    folder(tmp_path, BAD)
    packed, certificate = tmp_path / "packed", tmp_path / "certificate"
    packed.write_bytes(gzip.compress((tmp_path / "history.jsonl").read_bytes()))
    write_certificate(certificate, check(BAD, CasRegister()), packed)
    assert run(["verify", str(packed), "--certificate", str(certificate)]) == 0
    marked = tmp_path / "marked"
    marked.write_bytes(b"\xef\xbb\xbf" + (tmp_path / "history.jsonl").read_bytes())
    write_certificate(tmp_path / "of-marked", check(BAD, CasRegister()), marked)
    assert run(["verify", str(marked), "--certificate", str(tmp_path / "of-marked")]) == 0
    plain = tmp_path / "history.jsonl"
    assert run(["verify", str(plain), "--certificate", str(tmp_path / CERTIFICATE_FILE)]) == 0
    assert run(["verify", str(plain), "--certificate", str(certificate)]) == 1


def test_what_is_wrong_with_the_input_is_said_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder(tmp_path, GOOD)
    history, certificate = tmp_path / "history.jsonl", tmp_path / CERTIFICATE_FILE

    def complaint(*args: object) -> str:
        assert run(["verify", *map(str, args)]) == 254
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1
        return said.err

    assert "--certificate is needed" in complaint(history)
    nothing = ["/dev/null", "--certificate", certificate]
    assert "/dev/null is no regular file" in complaint(*nothing)
    assert "must be above 0" in complaint(tmp_path, "--time-limit", 0)
    assert "no model 'regster'; did you mean register?" in complaint(tmp_path, "--model", "regster")
    assert "does not exist" in complaint(tmp_path / "nowhere")
    change(tmp_path, version=2)
    assert f"{certificate}: not a certificate of version 1" in complaint(tmp_path)
    certificate.write_text("{")
    assert f"{certificate}: not a certificate" in complaint(tmp_path)
    with pytest.raises(NotACertificate):
        read_certificate(certificate)
    certificate.unlink()
    assert f"no {CERTIFICATE_FILE}" in complaint(tmp_path)
    history.unlink()
    assert "no history.jsonl" in complaint(tmp_path)


def test_a_broken_history_is_bad_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder(tmp_path, GOOD)
    history = tmp_path / "history.jsonl"
    whole = history.read_bytes()
    for content, why in (
        (whole.replace(b'"ok"', b'"invoke"'), "op 1: process 1 is not done yet"),
        (whole.replace(b'"read"', b"5", 1), "line 3: Expected `str`, got `int`"),
        (gzip.compress(whole)[:-9], "ended before"),
    ):
        history.write_bytes(content)
        write_certificate(tmp_path / CERTIFICATE_FILE, check(GOOD, CasRegister()), history)
        assert run(["verify", str(tmp_path)]) == 254
        said = capsys.readouterr().err
        assert f"{history}: " in said
        assert why in said
