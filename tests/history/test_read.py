"""A history is read from whatever form it is in, told by its content and not by its name."""

from __future__ import annotations

import contextlib
import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.history import MalformedHistory, Op
from harness.history.columnar import write_columns
from harness.history.integers import Integers
from harness.history.journal import read_history
from harness.history.paired import paired
from harness.history.read import read_table
from harness.history.table import Table
from harness.model.register import Register
from splitbrain import check
from tests.history.files import SIMPLE_VALUES, VALUES, ops, write

FORMS = ["json", "map", "vector", "record", "parquet"]


def text_file(tmp_path: Path, text: str | bytes) -> Path:
    """A file of this text."""
    path = tmp_path / "h"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def error_of(path: Path, **options: Any) -> str:
    """What reading and pairing a file complains about."""
    with pytest.raises(MalformedHistory) as raised:
        paired(read_table(path, **options))
    return str(raised.value)


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, max_examples=60)
@given(history=ops(VALUES) | ops(SIMPLE_VALUES))
def test_what_is_written_is_read_back(
    form: str, zipped: bool, history: list[Op], tmp_path_factory: Any
) -> None:
    path = write(tmp_path_factory.mktemp("h") / "history", form, history, zipped=zipped)
    read = read_table(path).ops()
    assert read == history
    # 1, 1.0 and true are equal to Python, and not to a model.
    assert repr(read) == repr(history)


@settings(deadline=None, max_examples=300)
@given(
    start=st.sampled_from([b"", b"\x1f\x8b", b"PAR1", b"{", b"[", b"#", b"{:", b'{"', b"[{:a"]),
    rest=st.binary(max_size=200) | st.text(' \n{}[]()#_:;,"\\^nil019.Nabc').map(str.encode),
    zipped=st.booleans(),
)
def test_bytes_of_any_kind_raise_nothing_but_malformed_history(
    start: bytes, rest: bytes, zipped: bool, tmp_path_factory: Any
) -> None:
    data = start + rest
    path = text_file(tmp_path_factory.mktemp("h"), gzip.compress(data) if zipped else data)
    with pytest.raises(MalformedHistory, match="h"):
        read_table(path)


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("form", FORMS)
@settings(deadline=None, max_examples=60)
@given(
    history=ops(SIMPLE_VALUES),
    hits=st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=3),
    cut=st.none() | st.integers(0),
)
def test_damage_raises_nothing_but_malformed_history(
    form: str,
    zipped: bool,
    history: list[Op],
    hits: list[tuple[int, int]],
    cut: int | None,
    tmp_path_factory: Any,
) -> None:
    path = write(tmp_path_factory.mktemp("h") / "history", form, history, zipped=zipped)
    data = bytearray(path.read_bytes())
    for place, byte in hits:
        data[place % len(data)] = byte
    path.write_bytes(data[: None if cut is None else cut % len(data)])
    with contextlib.suppress(MalformedHistory):
        paired(read_table(path))


@pytest.mark.parametrize("form", FORMS)
def test_a_history_of_many_portions(form: str, tmp_path: Path) -> None:
    """Ops are cut by the ends of portions wherever those fall, and none is lost or read twice."""
    history = [
        Op(
            index=at,
            time=at,
            type="invoke",
            process=at,
            f="write",
            value=[at, {"é": ["x" * (at % 7), None]}] if at % 3 else at,
            error=None if at % 5 else "a \\ in an error",
        )
        for at in range(6_000)
    ]
    path = write(tmp_path / "h", form, history)
    assert path.stat().st_size > 100_000
    assert read_table(path).ops() == history


@pytest.mark.parametrize("form", FORMS)
def test_integers_of_clients_are_numbers_whatever_the_nemesis_says(
    form: str, tmp_path: Path
) -> None:
    history = [
        Op(index=0, time=0, type="invoke", process=0, f="write", value=7),
        Op(index=1, time=1, type="info", process="nemesis", f="partition", value={"n1": ["n2"]}),
        Op(index=2, time=2, type="ok", process=0, f="write", value=7),
        Op(index=3, time=3, type="invoke", process=1, f="read", value=None),
    ]
    table = read_table(write(tmp_path / "h", form, history))
    assert isinstance(table.value, Integers)
    assert table.ops() == history


@pytest.mark.parametrize("form", ["json", "map", "vector"])
def test_an_op_longer_than_a_portion(form: str, tmp_path: Path) -> None:
    op = Op(index=0, time=0, type="ok", process=0, f="read", value=list(range(100_000)))
    assert read_table(
        write(
            tmp_path / "h",
            form,
            [
                op,
            ],
        )
    ).ops() == [op]


def test_ops_without_indices_are_ordered_by_time_and_equal_times_are_concurrent(
    tmp_path: Path,
) -> None:
    lines = [
        '{"time":5,"type":"ok","process":0,"f":"write","value":1}',
        '{"time":5,"type":"invoke","process":1,"f":"read","value":null,"node":"n2"}',
        '{"time":6,"type":"fail","process":1,"f":"read","value":null,"error":"no"}',
        '{"time":2,"type":"invoke","process":0,"f":"write","value":1,"key":7}',
    ]
    table = read_table(text_file(tmp_path, "\n".join(lines)))
    assert table.by_time
    assert table.time.tolist() == [2, 5, 5, 6]
    assert list(np.asarray(table.line)) == [4, 1, 2, 3]
    assert table.op(0) == Op(0, 2, "invoke", 0, "write", 1, key=7)
    assert table.op(2) == Op(2, 5, "invoke", 1, "read", None, node="n2")
    assert table.op(3) == Op(3, 6, "fail", 1, "read", None, error="no")
    pairs = paired(table)
    assert pairs.end[0] > pairs.start[1]  # written and read at the same moment: concurrent


def test_ops_without_indices_are_no_list(tmp_path: Path) -> None:
    """A list has an order, and equal times have none: who can't say so must not ask."""
    path = text_file(tmp_path, "{:type :invoke, :f :read, :process 1, :time 5}")
    with pytest.raises(MalformedHistory, match="read_table"):
        read_history(path)


def test_ops_without_indices_and_times_are_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = text_file(
        tmp_path,
        "{:type :invoke, :f :read, :value nil, :process 1}\n{:type :ok, :f :read, :process 1}\n",
    )
    table = read_table(path)
    assert not table.by_time
    assert table.index.tolist() == [0, 1]
    assert (np.diff(table.time) >= 0).all()


INVOKE = '{"index":0,"time":0,"type":"invoke","process":0,"f":"read","value":null}\n'
LONE = INVOKE.replace("null", r'"\ud800"')


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "h: the file holds no operations"),
        ("\n \n", "h: the file holds no operations"),
        (";nothing", "h: the file holds no operations"),
        ("[]", "h: the file holds no operations"),
        (b"\x00\x01\x02", "h, line 1, column 1: JSON is malformed"),
        ("hello", "h, line 1, column 1: JSON is malformed"),
        (INVOKE + "\n" + INVOKE[:20] + "\n" + INVOKE, "h, line 3, column 21: the line is torn"),
        (INVOKE + '{"index":1,"time":2', "only a torn last line is left out"),
        (INVOKE + '{"index":1,"time":-', "only a torn last line is left out"),
        (INVOKE + '{"index":1,"time":2;', "h, line 2, column 20: JSON is malformed"),
        (INVOKE + INVOKE.replace("invoke", "okay").strip(), "h, line 2: Invalid enum value 'okay'"),
        (INVOKE + INVOKE.replace("null", "NaN").strip(), "h, line 2, column 68: JSON is malformed"),
        (INVOKE + INVOKE.replace("0", "1x", 1), "h, line 2, column 11: JSON is malformed"),
        (INVOKE + LONE, "h, line 2, column 69: half of a character (a lone surrogate)"),
        (INVOKE + LONE.strip(), "h, line 2, column 69: half of a character (a lone surrogate)"),
        (LONE.replace("ud8", "udc"), "h, line 1, column 69: half of a character"),
        (LONE.replace("00", "00 and much more"), "h, line 1, column 69: half of a character"),
        (LONE.replace("00", "00\\\\udc00"), "h, line 1, column 69: half of a character"),
        (INVOKE + LONE.split("00")[0] + "0", "only a torn last line is left out"),
        (INVOKE + LONE.split('"}')[0], "only a torn last line is left out"),
        (INVOKE + LONE.split('"}')[0] + r"\udc0", "only a torn last line is left out"),
        (INVOKE + LONE.split('"}')[0] + r"\udc00", "only a torn last line is left out"),
        (INVOKE + '{"index":"1"}\n', "h, line 2: Expected `int | null`, got `str` - at `$.index`"),
        (INVOKE.replace("null", '"\xff"').encode("latin-1"), "h, line 1, column 69: not UTF-8"),
        (INVOKE.replace("null", "[" * 9999 + "]" * 9999), "h, line 1: nested too deeply"),
        (INVOKE.replace(":0", f":{2**63}", 1), f"h, line 1: index {2**63} does not fit 64 bits"),
        (INVOKE.replace('e":0', f'e":-{2**64}', 1), f"time -{2**64} does not fit 64 bits"),
        (INVOKE.replace('s":0', f's":{2**63}'), f"process {2**63} does not fit 64 bits"),
        (INVOKE.replace('s":0', 's":-1'), "h, line 1: process -1; expected a number from 0 on"),
        (INVOKE.replace('s":0', 's":"x"'), "h, line 1: process 'x'; expected a number from 0 on"),
        (INVOKE + INVOKE.replace('"index":0,', ""), "h, line 2: there is no index, although"),
        (INVOKE.replace('"index":0,', "") + INVOKE, "h, line 2: index 0, although the first"),
        (INVOKE + INVOKE.replace('"time":0,', ""), "h, line 2: there is no time, although"),
        (INVOKE.replace("null", '[{"a":' * 129 + "1" + "}]" * 129), "h, line 1: nested too deeply"),
        ('[{"index":0}]', "h, line 1: Expected `object`, got `array`"),
        (
            INVOKE.replace("0", "5", 1) + "\n" + INVOKE.replace("0", "6", 1),
            "line 3: op 6: process 0 invokes read while its read of op 5 is still open",
        ),
        (
            "{:type :invoke, :f :read, :process 0, :index 3}\n\n"
            "{:type :ok, :f :read, :process 1, :index 4}",
            "line 3: op 4: process 1 completes read (ok) without an open invocation",
        ),
        (
            "[{:type :invoke, :f :read, :process 0, :index 3, :time 9}\n"
            " {:type :ok, :f :read, :process 0, :index 4, :time 8}]",
            "line 2: op 4: time runs backwards, from 9 to 8 ns",
        ),
        (INVOKE + INVOKE, "line 2: op 0 comes after op 0: indices must rise"),
    ],
)  # fmt: skip
def test_malformed_input_is_named_with_its_place(
    text: str | bytes, wanted: str, tmp_path: Path
) -> None:
    if wanted == "only a torn last line is left out":
        assert len(read_table(text_file(tmp_path, text))) == 1
    else:
        assert wanted in error_of(text_file(tmp_path, text))


@pytest.mark.parametrize("form", FORMS)
def test_what_is_not_too_deep_is_read(form: str, tmp_path: Path) -> None:
    """As many brackets as would be too deep, one beside the other; and as deep as may be."""
    deep: Any = []
    for _ in range(200):
        deep = [deep]
    history = [
        Op(index=0, time=0, type="ok", process=0, f="read", value=[[], {}] * 400),
        Op(index=1, time=0, type="ok", process=0, f="read", value=deep),
    ]
    assert read_table(write(tmp_path / "h", form, history)).ops() == history


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("form", ["json", "map", "vector", "record"])
def test_a_mark_of_utf_8_is_passed_over(form: str, zipped: bool, tmp_path: Path) -> None:
    """It was an invalid character; in EDN, of JSON."""
    history = [Op(index=0, time=0, type="ok", process=0, f="read", value="ü")]
    data = b"\xef\xbb\xbf" + write(tmp_path / "plain", form, history).read_bytes()
    path = text_file(tmp_path, gzip.compress(data) if zipped else data)
    assert read_table(path).ops() == history


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize("form", ["json", "map", "vector", "record"])
def test_another_encoding_is_named(form: str, encoding: str, tmp_path: Path) -> None:
    history = [Op(index=0, time=0, type="ok", process=0, f="read", value="ü")]
    text = write(tmp_path / "plain", form, history).read_text()
    path = text_file(tmp_path, text.encode(encoding))
    assert error_of(path) == f"{path}: the file is {encoding[:6].upper()}; expected UTF-8"


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("form", FORMS)
def test_a_pipe_is_read_as_a_file_is(form: str, zipped: bool, tmp_path: Path) -> None:
    """As from `check <(zcat history.gz)`: it was looked at first, and then begun again."""
    history = [Op(index=0, time=0, type="ok", process=0, f="read", value=[1, "x"])]
    written = write(tmp_path / "h", form, history, zipped=zipped).read_bytes()
    end, begin = os.pipe()
    try:
        os.write(begin, written)
        os.close(begin)
        assert read_table(Path(f"/dev/fd/{end}")).ops() == history
    finally:
        os.close(end)


def test_a_folder_is_no_history(tmp_path: Path) -> None:
    assert "is a folder" in error_of(tmp_path)


def test_a_gzip_file_that_is_cut_short_or_damaged(tmp_path: Path) -> None:
    whole = gzip.compress(INVOKE.encode() * 50)
    path = text_file(tmp_path, whole[:-9])
    assert "h: the gzip file is cut short" in error_of(path)
    path.write_bytes(whole[:12] + b"\xff\xff\xff" + whole[15:])
    assert "h: the gzip file is damaged" in error_of(path)
    path.write_bytes(gzip.compress(whole))
    assert "h: zipped twice" in error_of(path)


def test_a_negative_process_given_as_an_op_is_not_taken_for_the_nemesis() -> None:
    with pytest.raises(MalformedHistory, match="process -1"):
        Table.of([Op(index=0, time=0, type="invoke", process=-1, f="read", value=None)])


def test_independent_keys_are_taken_out_of_the_values(tmp_path: Path) -> None:
    path = text_file(
        tmp_path,
        "{:type :invoke, :f :cas, :value [:x [1 2]], :process 0, :time 1, :index 0}\n"
        "{:type :info, :f :start, :value nil, :process :nemesis, :time 2, :index 1}\n"
        "{:type :ok, :f :cas, :value [:x [1 2]], :process 0, :time 3, :index 2}\n",
    )
    asked, nemesis, done = read_table(path, independent=True).ops()
    assert (asked.key, asked.value) == (done.key, done.value) == ("x", [1, 2])
    assert (nemesis.key, nemesis.value) == (None, None)
    assert read_table(path).key is None


@pytest.mark.parametrize("how", ["ok", "fail", "info"])
def test_a_completion_may_leave_its_value_null(how: str, tmp_path: Path) -> None:
    """Its invocation tells the key; it was refused."""
    path = text_file(
        tmp_path,
        "{:type :invoke, :f :write, :value [:x 1], :process 0, :time 1, :index 0}\n"
        f"{{:type :{how}, :f :write, :value nil, :process 0, :time 3, :index 1}}\n"
        "{:type :invoke, :f :read, :value [:x nil], :process 1, :time 4, :index 2}\n"
        "{:type :ok, :f :read, :value [:x 1], :process 1, :time 5, :index 3}\n"
        "{:type :invoke, :f :read, :value [:y nil], :process 1, :time 6, :index 4}\n"
        "{:type :ok, :f :read, :value [:y nil], :process 1, :time 7, :index 5}\n",
    )
    table = read_table(path, independent=True)
    assert table.key == ["x", None, "x", "x", "y", "y"]
    assert check(table, Register()).valid is (how != "fail")


@pytest.mark.parametrize(
    ("op", "wanted"),
    [
        ("{:type :invoke, :f :read, :value nil, :process 0, :index 4}", "the value is null"),
        ("{:type :invoke, :f :read, :value [1 2 3], :process 0, :index 4}", "is [1, 2, 3]"),
        ("{:type :invoke, :f :read, :value [1 2], :key 1, :process 0, :index 4}", "the key 1"),
    ],
)
def test_a_value_without_an_independent_key(op: str, wanted: str, tmp_path: Path) -> None:
    error = error_of(text_file(tmp_path, "\n" + op), independent=True)
    assert "h: line 2: op 4: " in error
    assert wanted in error


def test_columns_of_no_type_or_too_many(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "h"
    write(path, "parquet", [Op(index=0, time=0, type="invoke", process=0, f="read", value=None)])
    read = parquet.read_table(path)
    layout = read.schema.metadata
    for changed, wanted in [
        (read.replace_schema_metadata({}), "no splitbrain.history in its metadata"),
        (read.replace_schema_metadata({"splitbrain.history": "2"}), "b'2'"),
        (read.drop(["time"]), "0 columns of the name time"),
        (read.set_column(0, "index", arrow.array([1.5])), "a column index of double, not int64"),
        (read.set_column(0, "index", arrow.array([None], "int64")), "with 1 nulls"),
        (read.set_column(2, "type", arrow.array([4], "int8")), "a type that is none of 0 to 3"),
        (read.set_column(3, "process", arrow.array([-2])), "the process -2"),
        (read.set_column(4, "f", arrow.array([None], "string")), "an op without f"),
        (read.set_column(4, "f", arrow.array([1])), "a column f of int64, not string"),
        (read.set_column(5, "value", arrow.array(["1,"])), "a value that is not JSON"),
        (read.set_column(5, "value", arrow.array(["1 2"])), "a value that is not one JSON value"),
        (read.set_column(5, "value", arrow.array([True])), "a column value of bool"),
        (read.set_column(5, "value", arrow.array(["[" * 258 + "]" * 258])), "a value nested too"),
        (read.slice(0, 0), "the file holds no operations"),
    ]:
        parquet.write_table(changed.replace_schema_metadata(changed.schema.metadata or {}), path)
        assert wanted in error_of(path)
    assert layout[b"splitbrain.history"] == b"1"


def test_damage_within_the_columns_is_noticed(tmp_path: Path) -> None:
    """A flipped bit among the numbers would be another history; checksums tell."""
    history = [
        Op(index=at, time=at * 977, type="invoke", process=at, f="read", value=None)
        for at in range(500)
    ]
    path = write(tmp_path / "h", "parquet", history)
    data = bytearray(path.read_bytes())
    data[300] ^= 1
    path.write_bytes(data)
    assert "h: the parquet file is damaged" in error_of(path)


def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = text_file(tmp_path, b"PAR1....PAR1")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    assert "pip install 'splitbrain[columns]'" in error_of(path)


@pytest.mark.parametrize("value", [float("nan"), [float("inf")], "\ud800", object()])
def test_columns_take_nothing_that_would_not_be_read_back(value: Any, tmp_path: Path) -> None:
    table = Table.of([Op(index=3, time=0, type="invoke", process=0, f="write", value=value)])
    with pytest.raises(ValueError, match=r"op 3: .* is not JSON"):
        write_columns(table, tmp_path / "h")


def test_histories_ordered_by_time_stay_so_as_columns(tmp_path: Path) -> None:
    table = read_table(text_file(tmp_path, "{:type :invoke, :f :read, :process 1, :time 5}"))
    write_columns(table, tmp_path / "columns")
    assert read_table(tmp_path / "columns").by_time
