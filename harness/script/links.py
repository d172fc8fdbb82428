"""Links, in as few words as say them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from harness.script.steps import Between
from harness.worlds.world import Link


def group(links: Collection[Link], names: Sequence[str]) -> tuple[Between, ...]:
    """Say these links as groups, e.g. `n1 from n2,n3`; in the cluster's order.

    Links that are cut both ways come first: nodes that are cut from the same others stand together.
    What is left is one-way, by its sender.
    """
    order = {name: number for number, name in enumerate(names)}
    left = set(links)
    found: list[Between] = []
    while left:
        both = {link for link in left if Link(link.dst, link.src) in left}
        side = both or left
        of = _neighbours(side, order)
        # Whoever is cut from most is the one that the group is about.
        chief = max(of, key=lambda name: (len(of[name]), -order.get(name, len(order))))
        others = of[chief]
        alike = [name for name in of if of[name] == others]
        src, dst = tuple(sorted(alike, key=_place(order))), others
        found.append(Between(src, dst, bool(both)))
        for a in src:
            for b in dst:
                left.discard(Link(a, b))
                if both:
                    left.discard(Link(b, a))
    return tuple(found)


def _neighbours(links: Collection[Link], order: dict[str, int]) -> dict[str, tuple[str, ...]]:
    """For each sender, in order, whom it can't reach, in order."""
    of: dict[str, list[str]] = {}
    for src, dst in sorted(
        links, key=lambda link: (_place(order)(link.src), _place(order)(link.dst))
    ):
        of.setdefault(src, []).append(dst)
    return {src: tuple(dst) for src, dst in of.items()}


def _place(order: dict[str, int]):  # type: ignore[no-untyped-def]
    return lambda name: (order.get(name, len(order)), name)
