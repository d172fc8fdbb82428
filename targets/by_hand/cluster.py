"""Which nodes a cluster has, as a person writes it: `n1=127.0.0.1:7100,n2=127.0.0.1:7200`.

The port is the one for clients; a node listens for its peers on the next one.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.spec import SpecError
from harness.worlds.world import Address

EXAMPLE = "n1=127.0.0.1:7100,n2=127.0.0.1:7200,n3=127.0.0.1:7300"


def cluster(text: str | None) -> dict[str, Address]:
    """The client's address of every node.

    Raises:
        SpecError: names the part that is no NAME=HOST:PORT, or is there twice.
    """
    if not text:
        raise SpecError(f"which cluster? give --cluster, or set SPLITBRAIN_CLUSTER: {EXAMPLE}")
    nodes: dict[str, Address] = {}
    for part in text.split(","):
        name, _, address = part.strip().partition("=")
        host, _, port = address.rpartition(":")
        if not name or not host or not port.isdecimal() or not 0 < int(port) < 65535:
            raise SpecError(f"--cluster: {part.strip()!r} is not NAME=HOST:PORT, as in {EXAMPLE}")
        if name in nodes:
            raise SpecError(f"--cluster: {name} is there twice")
        nodes[name] = Address(host.strip("[]"), int(port))
    return nodes


def one_of(nodes: Mapping[str, Address], name: str, given: str = "--node") -> Address:
    """The address of this node; SpecError, which says how it was `given`, when there is none."""
    if name not in nodes:
        raise SpecError(f"{given} {name}: the cluster has {', '.join(nodes)}")
    return nodes[name]
