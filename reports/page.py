"""The page of a run: what a stranger looks at first, in one file that needs no network.

::

    verdict, and why in a sentence
    the counterexample        only when invalid: the picture, then the operations
    what ran                  and the command that runs it again
    over time                 latency and throughput, with the faults behind them
    faults, checks, operations by outcome
    every file of the run     relative links

A run that ended before it was judged gets a page too, which says so. Its size is bounded: many
operations are drawn as a sample, long lists are cut, and the page says where.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from harness.run_folder import RunFolder, write_whole

TEMPLATES = Path(__file__).parent / "templates"


class Page:
    """Writes `index.html`. Run it after the other reports: it links the files it finds."""

    name: ClassVar[str] = "page"
    draws_last: ClassVar[bool] = True

    def write(self, run: RunFolder) -> list[Path]:
        """Make the page from the run's folder alone."""
        # Imported here: whoever only lists the reports need not wait for pandas.
        import jinja2

        from reports.view import view

        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        page = environment.get_template("index.html").render(view(run))
        # A lone surrogate is legal in JSON and in no encoding.
        write_whole(run.page_file, page.encode(errors="replace"))
        return [run.page_file]
