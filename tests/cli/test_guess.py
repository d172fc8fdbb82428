"""The model of a history when nobody names it, and `check` on histories that others wrote."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.cli.guess import guess_model
from harness.cli.main import run
from harness.history import MalformedHistory, Op
from harness.history.table import Table
from harness.model.register import Register
from harness.spec import SpecError
from splitbrain import check


def done(f: str, value: Any, result: Any) -> Table:
    """A history of one operation."""
    return Table.of(
        [
            Op(index=0, time=0, type="invoke", process=0, f=f, value=value),
            Op(index=1, time=1, type="ok", process=0, f=f, value=result),
        ]
    )


def test_the_only_model_that_knows_every_f() -> None:
    assert guess_model(done("transfer", {"from": 0, "to": 1, "amount": 2}, None)).name == "bank"


def test_the_nemesis_is_no_client_of_the_model() -> None:
    ops = done("generate", None, 7).ops()
    nemesis = Op(index=2, time=2, type="info", process="nemesis", f="start-kill", value=None)
    assert guess_model(Table.of([*ops, nemesis])).name == "unique-ids"
    invoked = msgspec.structs.replace(nemesis, type="invoke")
    assert guess_model(Table.of([*ops, invoked])).name == "unique-ids"


@pytest.mark.parametrize("how", [[], ["--model", "register"]])
def test_a_history_of_the_nemesis_alone(how: list[str], tmp_path: Path, capsys: Any) -> None:
    """A model was asked for, for the operations ''."""
    path = tmp_path / "h.edn"
    path.write_text("{:type :info, :f :start, :value nil, :process :nemesis, :time 2, :index 1}")
    assert run(["check", str(path), *how]) == 254
    assert capsys.readouterr().err == f"splitbrain: {path}: no client did anything in it\n"


def test_of_several_that_say_the_same_the_smallest_is_taken() -> None:
    assert guess_model(done("write", 1, 1)).name == "register"
    assert guess_model(done("cas", [1, 2], [1, 2])).name == "cas-register"


def test_several_that_promise_different_things_are_told_and_none_is_taken() -> None:
    with pytest.raises(SpecError, match=r"--model is needed: acquire fit .*mutex.*semaphore"):
        guess_model(done("acquire", None, None))


def test_who_leads_is_an_election() -> None:
    for f in ("lead", "resign"):
        assert guess_model(done(f, None, None)).name == "leader-election"


def test_a_completion_alone_is_told_before_a_model_is_asked_for() -> None:
    alone = Table.of(done("read", None, 1).ops()[1:])
    with pytest.raises(MalformedHistory, match=r"completes read \(ok\) without an open invocation"):
        guess_model(alone)


def test_a_run_without_a_model_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "test.toml").touch()
    op = '{"index":0,"time":0,"type":"invoke","process":0,"f":"read","value":null}'
    (tmp_path / "history.jsonl").write_text(op + "\n")
    assert run(["check", str(tmp_path)]) == 254
    assert "test.toml is not the test of a run: it names no model" in capsys.readouterr().err


def test_a_model_that_the_values_do_not_fit_is_no_candidate() -> None:
    with pytest.raises(SpecError) as raised:
        guess_model(done("read", None, [1, 2]))
    assert "register" in str(raised.value)
    assert "set" in str(raised.value)
    assert "counter" not in str(raised.value)


def test_values_that_fit_no_candidate_are_told() -> None:
    """It was said that no model knew the operations."""
    told = r"cas fit cas-register, kv, but not with these values, e.g. op 0: a cas takes .*, not 1"
    with pytest.raises(SpecError, match=told):
        guess_model(done("cas", 1, 1))
    with pytest.raises(SpecError, match=r'needed: "" fit no model that is installed$'):
        guess_model(done("", 1, 1))
    with pytest.raises(MalformedHistory, match=r'the model register knows read, write, not ""$'):
        check(done("", 1, 1), Register())
    with pytest.raises(SpecError, match=r"frobnicate fit no model that is installed$"):
        guess_model(done("frobnicate", 1, 1))


JEPSEN = """
{:type :invoke, :f :cas, :value [:x [nil 1]], :process 0, :time 1, :index 0}
{:type :invoke, :f :write, :value [:y 5], :process 1, :time 2, :index 1}
{:type :ok, :f :write, :value [:y 5], :process 1, :time 3, :index 2}
{:type :ok, :f :cas, :value [:x [nil 1]], :process 0, :time 4, :index 3}
{:type :invoke, :f :read, :value [:x nil], :process 0, :time 5, :index 4}
{:type :ok, :f :read, :value [:x 5], :process 0, :time 6, :index 5}
"""


@pytest.mark.parametrize(("read", "code"), [("5", 1), ("1", 0)])
def test_a_jepsen_history_of_independent_keys(
    read: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "history.edn.gz"
    path.write_bytes(gzip.compress(JEPSEN.replace("[:x 5]", f"[:x {read}]").encode()))
    arguments = ["check", str(path), "--model", "cas-register", "--json", "--independent"]
    assert run(arguments) == code
    found = json.loads(capsys.readouterr().out)
    assert (found["valid"], found["ops"]) == (code == 0, 3)


def test_an_op_that_does_not_pair_is_told_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "h.edn"
    path.write_text(JEPSEN.replace(":process 1, :time 3", ":process 2, :time 3"))
    assert run(["check", str(path), "--model", "cas-register"]) == 254
    said = capsys.readouterr().err
    assert "h.edn: line 4: op 2: process 2 completes write (ok) without an open" in said


def test_keys_that_nobody_asked_for_are_pointed_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without, all keys together are one register of pairs, which makes no sense."""
    path = tmp_path / "h.edn"
    path.write_text(JEPSEN.replace(":cas, :value [:x [nil 1]]", ":write, :value [:x 1]"))
    hint = "reads ask with [key, null], as Jepsen's independent keys do: --independent reads them"
    assert run(["check", str(path)]) == 1
    assert hint in capsys.readouterr().err
    assert run(["check", str(path), "--independent"]) == 1
    assert hint not in capsys.readouterr().err


def test_keys_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "h.edn"
    path.write_text(JEPSEN.replace("[:y 5]", "5"))
    assert run(["check", str(path), "--model", "cas-register", "--independent"]) == 254
    said = capsys.readouterr().err
    assert "h.edn: line 3: op 1: the value is 5; expected [key, value]" in said
