"""The cuts of one world: puts the rules of `links` on every node, and measures what they do."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar

from harness.proof import Proof
from harness.worlds.docker import links as rules
from harness.worlds.docker.links import Count
from harness.worlds.docker.node import DockerNode
from harness.worlds.world import Link

Item = TypeVar("Item")

PROOF_LIMIT = 3.0
"""Seconds to look again at links on which the receiver has counted nothing at all."""


class Firewall:
    """Cuts links between nodes that are set up."""

    def __init__(self, nodes: Mapping[str, DockerNode]) -> None:
        self._nodes = nodes

    async def install(self) -> None:
        """Put our chain on every node, with all links open."""
        await self._apply({}, first=True)

    async def cut(self, links: Collection[Link]) -> None:
        """Cut these links and open all others: one transaction a node, all nodes at once."""
        blocked: dict[str, set[str]] = {}
        for link in self._known(links):
            blocked.setdefault(link.dst, set()).add(self._nodes[link.src].place.ip)
        await self._apply(blocked)

    async def prove_cut(self, links: Collection[Link]) -> Proof:
        """Send over each link, and read on dst that it dropped the packets and let none pass."""
        return rules.proof_of_cut(await self._measure(links))

    async def prove_open(self, links: Collection[Link]) -> Proof:
        """Send over each link, and read on dst that it let the packets pass and dropped none."""
        return rules.proof_of_open(await self._measure(links))

    async def _apply(self, blocked: Mapping[str, Collection[str]], *, first: bool = False) -> None:
        # Every node, also those where nothing changes: what a failed call before this one has left
        # behind doesn't matter then.
        async def on(node: DockerNode) -> None:
            peers = [other.place.ip for other in self._nodes.values() if other is not node]
            text = rules.rules(blocked.get(node.name, ()), peers, first=first)
            await node.run(rules.RESTORE, text)

        await asyncio.gather(*(on(node) for node in self._nodes.values()))

    async def _measure(self, links: Collection[Link]) -> dict[Link, Count]:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PROOF_LIMIT
        measured = dict.fromkeys(self._known(links), Count())
        while (unseen := rules.silent(measured)) and loop.time() < deadline:
            before = await self._counts(unseen)
            await self._probe(unseen)
            after = await self._counts(unseen)
            measured |= {link: after[link].since(before[link]) for link in unseen}
        return measured

    async def _counts(self, links: Collection[Link]) -> dict[Link, Count]:
        receivers = _in_order(link.dst for link in links)
        saved = await asyncio.gather(*(self._nodes[name].run(rules.COUNT) for name in receivers))
        by_node = {
            name: rules.counts(text.decode()) for name, text in zip(receivers, saved, strict=True)
        }
        return {
            link: by_node[link.dst].get(self._nodes[link.src].place.ip, Count()) for link in links
        }

    async def _probe(self, links: Collection[Link]) -> None:
        to: dict[str, list[str]] = {}
        for link in links:
            to.setdefault(link.src, []).append(self._nodes[link.dst].place.ip)
        await asyncio.gather(
            *(self._nodes[src].run(rules.probe_command(peers)) for src, peers in to.items())
        )

    def _known(self, links: Collection[Link]) -> list[Link]:
        for link in links:
            for name in link:
                if name not in self._nodes:
                    raise ValueError(f"no node {name!r}; there are {', '.join(self._nodes)}")
            if link.src == link.dst:
                raise ValueError(f"{link.src} has no link to itself")
        return _in_order(links)


def _in_order(items: Iterable[Item]) -> list[Item]:
    return list(dict.fromkeys(items))
