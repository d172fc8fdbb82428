"""Partitions as pure functions: which links are cut for a shape.

::

    halves          n1 n2 │ n3 n4 n5         two sides, neither hears the other
    one             n1 │ n2 n3 n4 n5         a random node alone
    primaries       leader │ the rest        the leader alone
    bridge          n1 n2 ─ n3 ─ n4 n5       n3 hears both sides, the sides hear only n3
    deaf            leader → the rest        it hears nobody, and all hear it
    mute            leader ← the rest        it hears all, and nobody hears it
    majority-ring   each node hears a majority, and no two nodes the same one
    leaders         the leader alone, then the next one …       (`nemesis.chase`)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from harness.worlds.world import Link

Grudge = tuple[list[Link], str]
"""The links to cut, and the picture of it in words."""


def split(sides: Sequence[Sequence[str]]) -> Grudge:
    """Cut every link between different sides, in both directions."""
    links = [
        Link(src, dst)
        for side in sides
        for other in sides
        if other is not side
        for src in side
        for dst in other
    ]
    return links, " | ".join(" ".join(side) for side in sides)


def alone(chosen: Sequence[str], names: Sequence[str]) -> Grudge:
    """Each of the chosen by itself, the rest together."""
    rest = [name for name in names if name not in chosen]
    return split([[name] for name in chosen] + [rest])


def deaf(chosen: str, names: Sequence[str]) -> Grudge:
    """The chosen one hears nobody: only what comes to it is cut."""
    rest = [name for name in names if name != chosen]
    return [Link(name, chosen) for name in rest], f"{chosen} → {' '.join(rest)}, and not back"


def mute(chosen: str, names: Sequence[str]) -> Grudge:
    """Nobody hears the chosen one: only what comes from it is cut."""
    rest = [name for name in names if name != chosen]
    return [Link(chosen, name) for name in rest], f"{' '.join(rest)} → {chosen}, and not back"


def one(names: Sequence[str], rng: Random) -> Grudge:
    """A random node alone."""
    return alone([rng.choice(names)], names)


def halves(names: Sequence[str], rng: Random) -> Grudge:
    """A random minority and the rest (for an even count: two equal sides)."""
    shuffled = rng.sample(names, len(names))
    middle = len(names) // 2
    return split(
        [sorted(shuffled[:middle], key=names.index), sorted(shuffled[middle:], key=names.index)]
    )


def bridge(names: Sequence[str], rng: Random) -> Grudge:
    """Two sides that can hear only one node in common."""
    joint, *others = rng.sample(names, len(names))
    middle = len(others) // 2
    left, right = others[:middle], others[middle:]
    links, _ = split([left, right])
    return links, f"{' '.join(left)} ─ {joint} ─ {' '.join(right)}"


def majority_ring(names: Sequence[str], rng: Random) -> Grudge:
    """Every node hears its neighbours on a random ring, as many as make a majority with itself."""
    ring = rng.sample(names, len(names))
    count = len(ring)
    reach = -(-(count // 2) // 2)  # half of the others that a majority needs, on either side
    links = []
    for i, src in enumerate(ring):
        for j, dst in enumerate(ring):
            distance = min((i - j) % count, (j - i) % count)
            if distance > reach:
                links.append(Link(src, dst))
    return links, f"ring {' '.join(ring)}, each hears {reach} on either side"


RANDOM_SHAPES: dict[str, Callable[[Sequence[str], Random], Grudge]] = {
    "halves": halves,
    "majority-ring": majority_ring,
    "one": one,
    "bridge": bridge,
}
"""Shapes that need no knowledge of the store."""

LEADERS_SHAPES: dict[str, Callable[[str, Sequence[str]], Grudge]] = {
    "primaries": lambda leader, names: alone([leader], names),
    "deaf": deaf,
    "mute": mute,
}
"""Shapes around one node, the leader."""
