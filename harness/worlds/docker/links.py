"""Cut links with iptables, and read from the receiver's kernel what crossed. Pure: texts, numbers.

Every node has one chain of ours, first in INPUT, with one rule for each peer: it drops what the
peer sends, or lets it pass, and either way counts it::

    INPUT ─▶ SPLITBRAIN     pkts
             ├ from n1: DROP    17      cut(n1, n2), seen on n2: no packet of n1 gets further
             ├ from n3: RETURN  40      n3 → n2 is open
             └ …

Dropping where packets arrive makes a cut one-way, whoever dialled, and lets the receiver itself say
what it never got. The whole chain is replaced in one transaction: a peer is never half cut. And
because an open link counts too, one measurement proves both: send a few datagrams, look which of
the two numbers rose.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from harness.proof import Proof
from harness.worlds.world import Link

CHAIN = "SPLITBRAIN"
PROBES = 3

RESTORE = ("iptables-restore", "--noflush")
COUNT = ("iptables-save", "--counters", "--table", "filter")

_COUNTED = re.compile(rf"^\[(\d+):\d+\] -A {CHAIN} -s ([0-9.]+)/32 -j (DROP|RETURN)$", re.MULTILINE)


@dataclass(frozen=True)
class Count:
    """Packets from one peer: those that were dropped and those that passed."""

    dropped: int = 0
    passed: int = 0

    def since(self, before: Count) -> Count:
        """Return what was counted after `before`."""
        # A chain that was replaced meanwhile counts from zero again.
        return Count(max(0, self.dropped - before.dropped), max(0, self.passed - before.passed))


def rules(blocked: Collection[str], peers: Collection[str], *, first: bool = False) -> bytes:
    """Return what iptables-restore reads to make our chain drop what comes from `blocked`.

    Naming the chain empties it, in the same transaction. `first` also puts it in front of INPUT.
    """
    lines = ["*filter", f":{CHAIN} - [0:0]"]
    lines += [
        f"-A {CHAIN} -s {peer} -j {'DROP' if peer in blocked else 'RETURN'}" for peer in peers
    ]
    if first:
        lines.append(f"-I INPUT 1 -j {CHAIN}")
    return "\n".join([*lines, "COMMIT", ""]).encode()


def counts(saved: str) -> dict[str, Count]:
    """Read the output of COUNT: by peer's address, what our chain has counted."""
    return {
        peer: Count(dropped=int(packets)) if verdict == "DROP" else Count(passed=int(packets))
        for packets, peer, verdict in _COUNTED.findall(saved)
    }


def probe_command(addresses: Collection[str]) -> tuple[str, ...]:
    """Return the command that sends datagrams to these peers, to a port where nobody listens."""
    # Each is a socket of its own: the refusal that an open link sends back must not stop the next.
    # What bash is told by the kernel of one probe says nothing of the rest: the receiver counts.
    script = 'for to; do for ((i = 0; i < $0; i++)); do echo > "/dev/udp/$to/9"; done; done; true'
    return ("bash", "-c", script, str(PROBES), *addresses)


def proof_of_cut(measured: Mapping[Link, Count]) -> Proof:
    """Every link dropped what was sent, and let nothing pass."""
    return Proof.every(
        Proof(count.dropped > 0 and not count.passed, _detail(link, count))
        for link, count in measured.items()
    )


def proof_of_open(measured: Mapping[Link, Count]) -> Proof:
    """Every link let pass what was sent, and dropped nothing."""
    return Proof.every(
        Proof(count.passed > 0 and not count.dropped, _detail(link, count))
        for link, count in measured.items()
    )


def silent(measured: Mapping[Link, Count]) -> list[Link]:
    """Return the links on which the receiver counted nothing at all: worth another look."""
    return [link for link, count in measured.items() if count == Count()]


def _detail(link: Link, count: Count) -> str:
    return f"{link.src}→{link.dst}: {count.dropped} dropped, {count.passed} passed"
