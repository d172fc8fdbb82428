"""The plots as files: the same bytes for the same run, and bands where the faults were."""

from __future__ import annotations

import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

from harness.history.faults import Fault
from harness.history.op import Op
from harness.proof import Proof
from reports.bands import draw_bands, printable
from reports.palette import FAULT_COLOURS, OTHER_FAULTS, fault_colour
from reports.plots import Plots
from tests.reports.runs import Tale, make_run, results, story

NAMES = ["latency-raw", "latency-quantiles", "rate"]


def test_the_same_run_gives_the_same_bytes(tmp_path: Path) -> None:
    one = Plots().write(make_run(tmp_path / "one", story(), results(True)))
    two = Plots().write(make_run(tmp_path / "two", story(), None))
    assert [path.name for path in one] == [f"{n}.{kind}" for n in NAMES for kind in ("svg", "png")]
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_pictures_are_900_pixels_wide_and_well_formed(tmp_path: Path) -> None:
    for path in Plots().write(make_run(tmp_path, story(), None)):
        if path.suffix == ".png":
            assert struct.unpack(">I", path.read_bytes()[16:20]) == (900,)
        else:
            ElementTree.parse(path)
            assert "<dc:date>" not in path.read_text()


@pytest.mark.parametrize("history", [None, [], story()[:1]], ids=["none", "empty", "one op"])
def test_a_run_with_next_to_nothing_has_plots_too(tmp_path: Path, history: list[Op] | None) -> None:
    for path in Plots().write(make_run(tmp_path, history, None)):
        assert path.stat().st_size > 1000


def test_any_name_can_be_drawn(tmp_path: Path) -> None:
    tale = Tale()
    for number, f in enumerate(["$\\frac$", "_hidden", "読む", "a\nb", "<b>", "%s{}"] * 3):
        tale.done(number, f, 1)
    tale.fault("$^{", "_x", 20, None, "n1 \0 \U0001f600: none")
    tale.done(30, "read", 1)
    for path in Plots().write(make_run(tmp_path, tale.ops, None)):
        if path.suffix == ".svg":
            ElementTree.parse(path)


def test_many_marks_stay_a_small_file(tmp_path: Path) -> None:
    tale = Tale()
    for number in range(20_000):
        tale.done(number / 200, "read", number)
    for path in Plots().write(make_run(tmp_path, tale.ops, None)):
        assert path.stat().st_size < 400_000


def test_a_band_lies_where_its_fault_was() -> None:
    axes = Figure().add_subplot()
    axes.set_xlim(0, 20)
    hit = Proof(True, "n1 n2 | n3: 0 of 4 probes arrived")
    killed = Proof(True, "n1 (pid 7) exited with code -9; n3 (pid 9) exited with code -9")
    draw_bands(
        axes,
        [
            Fault("partition", "halves", 3.0, 8.0, hit),
            Fault("kill", "minority", 9.0, 10.0, killed),
            Fault("pause", "one", 11.0, 11.1),
        ],
    )
    spans = [
        patch.get_window_extent().transformed(axes.transData.inverted()) for patch in axes.patches
    ]
    edges = [edge for span in spans for edge in (span.x0, span.x1)]
    assert edges == pytest.approx([3.0, 8.0, 9.0, 10.0, 11.0, 11.1])
    assert [text.get_text() for text in axes.texts] == [
        "partition halves\nn1 n2 | n3",
        "kill minority: n1 n3",
    ], "and the last one is too narrow for any label"
    legend = axes.get_legend()
    assert legend is not None
    assert [t.get_text() for t in legend.get_texts()] == ["kill", "partition", "pause"]


def test_a_kind_of_fault_keeps_its_colour() -> None:
    assert fault_colour("kill") == FAULT_COLOURS["kill"] == "#E9A4A0"
    assert fault_colour("locusts") in OTHER_FAULTS
    assert fault_colour("locusts") == fault_colour("locusts")


def test_printable_keeps_what_the_font_has() -> None:
    assert printable("n1 | n2 …") == "n1 | n2 …"
    assert printable("読\n") == "??"
