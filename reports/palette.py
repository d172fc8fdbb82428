"""Colours that mean the same in every report: outcomes by the palette that Jepsen's users know.

Colour is never the only sign. Each outcome also has its own mark, so that a reader who can't tell
the colours apart, or who prints the page, still can tell the outcomes apart.
"""

from __future__ import annotations

from zlib import crc32

OUTCOMES = ("ok", "info", "fail")
"""In the order of drawing: what is rare and interesting comes last, on top."""

OUTCOME_COLOURS = {"ok": "#81BFFC", "info": "#FFA400", "fail": "#FF1E90"}

OUTCOME_MEANINGS = {
    "ok": "it happened",
    "info": "unknown: it may happen at any later time, or never",
    "fail": "it did not happen",
}

FAULT_COLOURS = {
    "kill": "#E9A4A0",
    "pause": "#A0B1E9",
    "partition": "#E9DCA0",
    "packet": "#D1E8A0",
    "clock": "#A0E9E3",
}

OTHER_FAULTS = ("#C9A0E9", "#E9A0D3", "#A0E9B4", "#BFB8AE", "#A0D3E9")


def fault_colour(kind: str) -> str:
    """The colour of a kind of fault; a kind nobody knew gets the same one in every run."""
    known = FAULT_COLOURS.get(kind)
    return known or OTHER_FAULTS[crc32(kind.encode()) % len(OTHER_FAULTS)]
