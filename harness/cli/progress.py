"""The live line: phase, operations a second, outcomes so far, and the fault in force."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Mapping
from types import TracebackType

from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from harness.cli.console import Console
from harness.history import NEMESIS, Op
from harness.history.faults import START, STOP

_RATE_OVER_S = 2.0


class Progress:
    """An observer of a run that draws on stderr if that is a terminal; a context manager."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        self._phase = "starting"
        self._outcomes: Counter[str] = Counter()
        self._fault = ""
        self._began = 0.0
        self._last = 0.0
        self._recent: deque[float] = deque()
        self._spinner = Spinner("dots")
        self._live = (
            Live(self, console=console, refresh_per_second=8, transient=True)
            if console.is_terminal
            else None
        )

    def __enter__(self) -> Progress:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def phase(self, text: str) -> None:
        """Show another phase."""
        self._phase = text

    def op(self, op: Op) -> None:
        """Count an op."""
        self._last = time.monotonic()
        self._began = self._began or self._last
        if op.process == NEMESIS:
            self._note_fault(op)
        elif op.type != "invoke":
            self._outcomes[op.type] += 1
            self._recent.append(self._last)

    def _note_fault(self, op: Op) -> None:
        value: Mapping[str, object] = op.value if isinstance(op.value, Mapping) else {}
        if op.f.startswith(START) and "detail" in value:
            hit = str(value["detail"]).partition(":")[0]
            self._fault = f"{op.f.removeprefix(START)} {value.get('where')} [{hit}]"
        elif op.f.startswith(STOP) and "detail" in value:
            self._fault = ""
        elif op.f.startswith((START, STOP)):
            self._fault = f"{op.f} …"

    def __rich__(self) -> Text:
        """Render the line as it is now."""
        line = Text()
        frame = self._spinner.render(time.monotonic())
        line.append(str(frame) + " ", style="cyan")
        line.append(self._phase, style="bold")
        if self._began:
            # Up to the last op: what comes after (checking, drawing) is not the store's slowness.
            while self._recent and self._recent[0] < self._last - _RATE_OVER_S:
                self._recent.popleft()
            over = min(_RATE_OVER_S, max(self._last - self._began, 0.1))
            line.append(f"  {self._last - self._began:5.1f} s")
            line.append(f"  {len(self._recent) / over:6.0f} ops/s  ")
            line.append(f"{self._outcomes['ok']} ok ", style="green")
            line.append(f"{self._outcomes['fail']} fail ", style="yellow")
            line.append(f"{self._outcomes['info']} info ", style="magenta")
        if self._fault:
            line.append(f" {self._fault}", style="red")
        return line
