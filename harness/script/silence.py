"""What the nodes themselves say of a cut: whom they have not heard since."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from harness.proof import Proof
from harness.script.stage import Stage
from harness.worlds.world import Link

_OBSERVE_S = 0.5
_SLACK_S = 1.0
"""How much shorter than the cut a silence may be (at least half as long, though): what was under
way, or lay unread in a busy node's socket, is heard a little later."""


async def silence(stage: Stage, links: Sequence[Link], lasted: float) -> Proof:
    """Whether nothing has crossed these links, which were cut `lasted` seconds ago.

    A server that is down or paused has heard nothing. Of a link whose receiver says nothing about
    it, the world measures: this is the one case in which mending comes late.
    """
    least = lasted - min(_SLACK_S, lasted / 2)
    receivers = list(dict.fromkeys(link.dst for link in links))
    heard = dict(
        zip(receivers, await asyncio.gather(*(_heard(stage, n) for n in receivers)), strict=True)
    )
    broken, untold = [], []
    for link in links:
        by = heard[link.dst]
        if by is None or (link.src in by and by[link.src] >= least):
            continue
        if link.src in by:
            broken.append(f"{link.dst} heard {link.src} {by[link.src]:.2f} s ago")
        else:
            untold.append(link)
    if broken:
        return Proof(False, f"while it was cut, {', '.join(broken)}")
    if untold:
        return await stage.world.prove_cut(untold)
    return Proof(True, f"no node that runs heard anything across it for {least:.2f} s")


async def _heard(stage: Stage, name: str) -> dict[str, float] | None:
    """Seconds since the node heard each peer; nothing where it does not answer; None when its
    server does not run.
    """
    if name not in stage.world.nodes:
        return {}
    node = stage.world.nodes[name]
    if (await node.process()).state != "running":
        return None
    try:
        async with asyncio.timeout(_OBSERVE_S):
            return dict((await stage.target.observe(node)).heard)
    except (ConnectionError, TimeoutError):
        return {}
