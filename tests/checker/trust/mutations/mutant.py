"""What a mutation is: where it stands, and what shows it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.checker.trust.broken import Mutation
from tests.checker.trust.mutations.shown import FOUND, HARD, STORIES

REGISTERS = ("register, repeated values", "cas-register")
UNIQUE = ("register, unique values",)
QUEUES = ("fifo-queue", "unordered-queue", "priority-queue", "stack")
ANY = ("a user's model", "multi-register")
OWNED = ("reentrant-mutex", "fenced-lock")


@dataclass(frozen=True)
class Harmful:
    """A mutation that makes the checker wrong, and the families on which it shows.

    Args:
        story: a history that shows it, for what random ones hardly ever do.
        hard: a history of `tests.checker.trust.hard` that shows it: its shape and number.
        found: a history of a family that shows it, for what few do: the family and the number.
        impatient: shown only if proofs of the contrary are tried from the first stall on.
    """

    mutation: Mutation
    families: tuple[str, ...]
    story: tuple[str, ...] = ()
    hard: tuple[str, int] | None = None
    found: tuple[str, int] | None = None
    impatient: bool = False


@dataclass(frozen=True)
class Named:
    """A mutation that makes a test fail; the test as on pytest's command line."""

    mutation: Mutation
    test: str


@dataclass(frozen=True)
class Harmless:
    """A mutation that changes no verdict and no evidence of some families, and why."""

    mutation: Mutation
    families: tuple[str, ...]
    reason: str


def harmful(
    module: str, families: tuple[str, ...], *rules: tuple[str, str, str], impatient: bool = False
) -> list[Harmful]:
    return [
        Harmful(
            Mutation(rule, module, text, instead),
            families,
            STORIES.get(rule, ()),
            HARD.get(rule),
            FOUND.get(rule),
            impatient,
        )
        for rule, text, instead in rules
    ]


def harmless(
    module: str, families: tuple[str, ...], rule: str, text: str, instead: str, reason: str
) -> Harmless:
    return Harmless(Mutation(rule, module, text, instead), families, reason)


def named(module: str, file: str, *rules: tuple[str, str, str, str]) -> list[Named]:
    """Mutations with the test of a file that each makes fail."""
    return [
        Named(Mutation(rule, module, text, instead), f"{file}::{test}")
        for rule, text, instead, test in rules
    ]
