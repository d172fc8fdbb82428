"""Files as Jepsen writes them, in each of its three forms, and what is made of their values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from harness.history import MalformedHistory, Op
from harness.history.edn import NOTHING, EdnError, Unfinished, read_form
from harness.history.jepsen_op import Shapes
from harness.history.paired import paired
from harness.history.read import read_table
from harness.history.table import Table

FILES = Path(__file__).parent / "jepsen"


def lines(table: Table) -> list[int]:
    """On which line of its file each op stands."""
    assert table.line is not None
    return [int(line) for line in table.line]


def test_one_map_a_line() -> None:
    table = read_table(FILES / "lines.edn")
    assert table.ops()[:5] == [
        Op(0, 4158294, "invoke", 0, "read", [0, None]),
        Op(1, 4811027, "invoke", 1, "cas", [0, [3, 1]]),
        Op(2, 9120468, "ok", 0, "read", [0, None]),
        Op(3, 9300112, "fail", 1, "cas", [0, [3, 1]], error="did-not-match"),
        Op(4, 10004112, "info", "nemesis", "start-partition", "majority"),
    ]
    assert table.value[5] == ["isolated", {"n1": ["n3", "n4"], "n4": ["n1"]}]
    assert table.error[7] == '["indeterminate","read timed out; \\"gave up\\"\\n"]'
    assert table.op(8) == Op(
        8, 18100000, "invoke", 7, "txn", [2, [["append", 9, 1], ["r", 9, None]]]
    )
    assert table.value[9] == [2, [["append", 9, 1], ["r", 9, [1]]]]
    assert len(paired(table)) == 4
    assert lines(table) == list(range(1, 11))


def test_independent_keys() -> None:
    table = read_table(FILES / "lines.edn", independent=True)
    assert table.key == [0, 0, 0, 0, None, None, 1, 1, 2, 2]
    assert table.value[:4] == [None, [3, 1], None, [3, 1]]


def test_one_big_vector() -> None:
    table = read_table(FILES / "vector.edn")
    assert table.index.tolist() == list(range(9))
    assert lines(table) == [2, 2, 6, 7, 8, 9, 10, 11, 12]
    assert table.value[:4] == [0, 0, *[{"from": 0, "to": 1, "amount": 5}] * 2]
    assert table.value[5] == [0, 7, 2**127 - 1]
    assert table.value[7] == {"0": -5, "1": 15.5, "2": "1/3", "3": 2.5, "4": "x"}
    assert table.value[8] == {"#inst": "2026-01-02T03:04:05.678-00:00"}


def test_records() -> None:
    table = read_table(FILES / "records.edn")
    assert table.ops()[:4] == [
        Op(0, 3281, "invoke", 0, "enqueue", 1),
        Op(1, 3401, "invoke", 1, "dequeue", None),
        Op(2, 5000, "fail", 1, "dequeue", None, error="empty"),
        Op(3, 6120, "info", "nemesis", "kill", {"n1": "killed"}),
    ]
    assert "Connection reset" in table.error[4]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("nil", None),
        ("true", True),
        ("-12", -12),
        ("+5", 5),
        ("123456789012345678901234567890N", 123456789012345678901234567890),
        ("1.5e3", 1500.0),
        ("1.50M", 1.5),
        ("0.1234567890123456789M", "0.1234567890123456789M"),
        ("1e999", "1e999"),
        ("22/7", "22/7"),
        ("##NaN", "##NaN"),
        (":a.b/c-d?", "a.b/c-d?"),
        ("some/symbol", "some/symbol"),
        ('"a\\n\\"\\u00e9\\ud83d\\ude00"', 'a\n"é😀'),
        ('#"\\d+"', "\\d+"),
        ("\\newline", "\n"),
        ("\\u0041", "A"),
        ("\\]", "]"),
        ("(1 [2 ()])", [1, [2, []]]),
        ("#{3 1 2}", [1, 2, 3]),
        ("#{:b nil [2] :a}", ["a", "b", [2], None]),
        ("{:a {\"b\" 1}, [1 2] 2}", {"a": {"b": 1}, "[1,2]": 2}),
        ("#uuid \"x\"", {"#uuid": "x"}),
        ("#a #b 1", {"#a": {"#b": 1}}),
        ("[1 #_2 #_ #_ 3 4 5 ;6\n 7]", [1, 5, 7]),
        ("#object[java.lang.Object 0x1f \"?\"]", {"#object": ["java.lang.Object", 31, "?"]}),
        ("#'user/x", "#'user/x"),
    ],
)  # fmt: skip
def test_values(text: str, value: Any) -> None:
    assert read_form(text, 0) == (value, len(text))
    assert repr(read_form(f" {text} ", 0)[0]) == repr(value)
    for cut in range(1, len(text)):
        try:
            read_form(text[:cut], 0, whole=False)
        except Unfinished:
            pass
        except EdnError as error:  # a part of it can only be wrong where it ends
            raise AssertionError(text[:cut]) from error


@pytest.mark.parametrize(
    ("text", "at", "wanted"),
    [
        ("[1 2", 0, "the file ends within what [ begins here"),
        ("[1 }", 3, "unexpected '}'; expected ] after ["),
        ("]", 0, "unexpected ']'; expected a form"),
        ("[#_]", 3, "expected a form after #_"),
        ("{:a}", 0, "a map whose last key has no value"),
        ("{:a 1 :a 2}", 0, "a map in which a key is there twice"),
        ('[1 "abc', 3, "a string that never ends"),
        ('"\\q"', 0, "unknown escape"),
        ('"\\ud800"', 0, "half of a character"),
        ("[:]", 1, "a keyword without a name"),
        ("12x", 0, "12x is no number"),
        ("017", 0, "017 is no number"),
        ("9" * 4001, 0, "no number"),
        ("`x", 0, "unexpected '`'"),
        ("[" * 257, 256, "nested too deeply"),
        ("#a " * 257, 768, "nested too deeply"),
    ],
)
def test_what_is_not_edn(text: str, at: int, wanted: str) -> None:
    with pytest.raises(EdnError, match=re.escape(wanted)) as raised:
        read_form(text, 0)
    assert raised.value.at == at


@pytest.mark.parametrize("text", ["", " , ; c", "#_ x", "; a\n#_ #_ 1 2"])
def test_no_form_at_all(text: str) -> None:
    form, end = read_form(text, 0)
    while form is NOTHING and end < len(text):
        form, end = read_form(text, end)
    assert form is NOTHING


@pytest.mark.parametrize(
    "value",
    [
        "7", "-7", "nil", ":x", '"a b"', "true", "[]", "[[:r 1 nil] [:append 1 [2 3]]]", "[nil]",
        "[:nil nil]", "[nilly :a]", "[a:b 1]", "[:a:b 1]", "[1N]", "[1/2 2]", "[ 1]", "[1  2]",
        "[1 2.50 1e3]", "[1e999]", "[-0]", "[[1][2]]", "[:r[1]]", "[:é :a :ab]", "[true :true]",
        "#{2 10 1}", "#{:b :a}", "#{}", "{0 10, 1 20}", "{:a :b}", "{}", "{:a 1 :b 2}",
        "{:a 1/2, :b nil}", "[[[[1]]]]", "#{1/2}", "99999999999999999999", "1.5",
    ],
)  # fmt: skip
def test_the_quick_way_reads_what_the_slow_one_reads(value: str, tmp_path: Path) -> None:
    """For each shape of ops there is a regular expression; it changes nothing but the speed."""
    op = f"{{:type :ok, :f :read, :value {value}, :process 0, :time 1, :index 0}}"
    expected = read_form(value, 0)[0]
    path = tmp_path / "h"
    for text in (op, op.replace(", ", " ; slow\n "), f"[{op}]"):
        path.write_text(text)
        assert repr(read_table(path).value[0]) == repr(expected)


def test_ordinary_ops_are_read_the_quick_way() -> None:
    for line in [
        "{:type :invoke, :f :txn, :value [[:r 1 nil]], :process 0, :time 1, :index 0}",
        "#jepsen.history.Op{:index 0, :time 1, :type :ok, :process 3, :f :read, :value {0 1, 1 2}}",
        " {:process :nemesis, :type :info, :f :kill, :value nil, :time 1, :error :x, :index 3}",
    ]:
        assert Shapes().read(line, 0) is not None, line


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{:type :invoke, :f :read}", "line 1, column 1: an op without :process"),
        ("\n  {:type :done, :f :read, :process 0}", 'line 2, column 3: the :type is "done", none'),
        ("{:type :ok, :f 5, :process 0}", "the :f is 5"),
        ("{:type :ok, :f :read, :process 1.5}", "the :process is 1.5"),
        ("{:type :ok, :f :read, :process 0, :time true}", "the :time is true"),
        ("{:type :ok, :f :read, :process -1}", "line 1: process -1; expected a number from 0 on"),
        ("{:type :ok, :f :read, :process 0, :index 9223372036854775808}", "does not fit 64 bits"),
        ("[{:type :ok, :f :read, :process 0}", "line 1, column 35: the file ends before the ']'"),
        ("[{:type :ok, :f :read, :process 0}] 5", "line 1, column 37: more follows the ']'"),
        ("[{:type :ok, :f :read, :process 0})", "line 1, column 35: unexpected ')'"),
        ("{:type :ok, :f :read, :process 0}\n5", "line 2, column 1: 5 is no map"),
        ("{:type :ok, :f :read, :process 0}\n{:type :o", "line 2, column 1: the file ends within"),
        ("{:type :ok, :f :read, :process 0, :value [[1 9x]]}", "column 46: 9x is no number"),
        ("{:type :ok, :f :read, :f :write, :process 0}", "a key is there twice"),
    ],
)
def test_malformed_ops_are_named_with_their_place(text: str, wanted: str, tmp_path: Path) -> None:
    path = tmp_path / "h.edn"
    path.write_text(text)
    with pytest.raises(MalformedHistory) as raised:
        read_table(path)
    assert "h.edn, line " in str(raised.value)
    assert wanted in str(raised.value)


def test_places_are_counted_over_portions(tmp_path: Path) -> None:
    """Also where everything stands on one line, and where it is not UTF-8."""
    op = "{:type :invoke, :f :write, :value [5 :é], :process 1, :time 3, :index 2}"
    path = tmp_path / "h"
    path.write_text("[" + f"{op} " * 3000 + "x]")
    place = f"line 1, column {len(op) * 3000 + 3000 + 2}: "
    with pytest.raises(MalformedHistory, match=place + '"x" is no map'):
        read_table(path)
    path.write_bytes((f"{op}\n" * 3000).encode() + b"  \xff")
    with pytest.raises(MalformedHistory, match="line 3001, column 3: not UTF-8"):
        read_table(path)
