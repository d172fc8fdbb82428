"""What varies between the tests of a suite: a mix of faults, their cadence, and the load.

A base test says what is tested: the target, the workload, the bugs. A mix says under which
conditions, and a seed makes of both one test, which can be repeated by hand from its command line
alone.
"""

from __future__ import annotations

import msgspec

from harness.spec import Cadence, TestSpec, node_names, with_command


class Mix(msgspec.Struct, frozen=True, kw_only=True):
    """One set of conditions; the fields are those of `harness.spec.TestSpec`, with its units."""

    nemesis: tuple[str, ...]
    quiet_s: float
    fault_s: float
    overlap: int = 1
    nodes: int
    concurrency: int
    rate: float
    client_timeout_s: float
    time_limit_s: float

    def applied(self, base: TestSpec, seed: int) -> TestSpec:
        """The test of this mix and seed."""
        names = list(base.nodes) if len(base.nodes) == self.nodes else node_names(self.nodes)
        spec = msgspec.structs.replace(
            base,
            name=f"{base.name}-{seed}",
            nodes=names,
            nemesis=list(self.nemesis),
            seed=seed,
            time_limit=self.time_limit_s,
            concurrency=self.concurrency,
            rate=self.rate,
            cadence=Cadence(self.quiet_s, self.fault_s, self.overlap),
            limits=msgspec.structs.replace(base.limits, operation_s=self.client_timeout_s),
        )
        return with_command(spec)

    def __str__(self) -> str:
        faults = " ".join(self.nemesis) or "no faults"
        at_once = f", {self.overlap} at once" if self.overlap > 1 else ""
        return (
            f"{faults}, {self.fault_s:g} s after {self.quiet_s:g} s{at_once}; {self.nodes} nodes, "
            f"{self.concurrency} clients, {self.rate:g}/s, time-out {self.client_timeout_s:g} s, "
            f"{self.time_limit_s:g} s"
        )


def mix_of(spec: TestSpec) -> Mix:
    """The mix that a test is made with."""
    return Mix(
        nemesis=tuple(spec.nemesis),
        quiet_s=spec.cadence.quiet_s,
        fault_s=spec.cadence.fault_s,
        overlap=spec.cadence.overlap,
        nodes=len(spec.nodes),
        concurrency=spec.concurrency,
        rate=spec.rate,
        client_timeout_s=spec.limits.operation_s,
        time_limit_s=spec.time_limit,
    )
