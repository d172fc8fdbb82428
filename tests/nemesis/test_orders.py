"""Faults by an administrator's order: proven by what the cluster says, and not by its promises."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from random import Random
from typing import Any, cast

import pytest

from harness.nemesis import Nemesis, NoEffect
from harness.places import places_of
from harness.proof import Proof
from harness.target import Order, Status
from harness.worlds.sim.world import SimWorld
from harness.worlds.world import Link, Node, World
from nemesis.membership import Membership
from nemesis.orders import LIMIT_S
from nemesis.transfer import Transfer
from tests.worlds.sim.scribes import Scribes, play


class Council(Scribes):
    """A cluster that changes by order, of which the test says how well it obeys."""

    def __init__(self) -> None:
        super().__init__()
        self.leads: str | None = "n1"
        self.voters = ["n1", "n2", "n3"]
        self.learners: list[str] = []
        self.orders: list[Order] = []
        self.refusals = 0
        self.obeys = True
        self.terms: dict[str, int] = {}
        self.outdated: list[str] | None = None
        """The voters before a change that is under way."""

    async def primaries(self, nodes: Sequence[Node]) -> list[str]:
        return [self.leads] if self.leads else []

    async def observe(self, node: Node) -> Status:
        role = "leader" if node.name == self.leads else "follower"
        changing = self.outdated is not None
        voters = self.voters if self.outdated is None else self.outdated
        learners = tuple(self.learners)
        term = self.terms.get(node.name, 1)
        return Status(role, term, 0, 0, voters=tuple(voters), learners=learners, changing=changing)

    async def administer(self, node: Node, order: Order) -> str | None:
        assert node.name == self.leads
        self.orders.append(order)
        if self.refusals or self.outdated:
            self.refusals = max(0, self.refusals - 1)
            return "another change is under way"
        if self.obeys:
            self._obey(order)
        return None

    def _obey(self, order: Order) -> None:
        if order.action == "transfer":
            self.leads = order.server
        elif order.action == "add":
            self.learners.append(order.server)
        elif order.action == "promote":
            self.learners.remove(order.server)
            self.voters = sorted([*self.voters, order.server])
        else:
            self.voters.remove(order.server)
            if self.leads == order.server:
                self.leads = self.voters[0]


Scene = Callable[[Nemesis, World, Any], Awaitable[None]]


def act(nemesis_class: Any, council: Council, scene: Scene) -> None:
    """Play a scene with the fault in a cluster of three."""

    async def whole(world: SimWorld) -> None:
        await scene(nemesis_class(Random(1)), cast(World, world), council)

    play(whole, seed=1)


EVERY = [(kind, place) for kind in (Transfer, Membership) for place in kind.places]


@pytest.mark.parametrize(("kind", "place"), EVERY)
@pytest.mark.parametrize("refusals", [0, 3])
def test_it_takes_effect_with_proof_and_is_undone(kind: Any, place: str, refusals: int) -> None:
    council = Council()
    council.refusals = refusals

    async def scene(nemesis: Nemesis, world: World, target: Any) -> None:
        injected = await nemesis.inject(world, target, place)
        assert injected.effective, injected.detail
        assert (council.leads, council.voters) != ("n1", ["n1", "n2", "n3"])
        await asyncio.sleep(3)
        council.refusals = refusals
        healed = await nemesis.heal()
        assert healed.effective, healed.detail
        assert (council.voters, council.learners) == (["n1", "n2", "n3"], [])
        count = len(council.orders)
        await asyncio.sleep(3)
        assert len(council.orders) == count, "it goes on after it was healed"

    act(kind, council, scene)


def test_the_leader_itself_is_removed() -> None:
    async def scene(nemesis: Nemesis, world: World, target: Any) -> None:
        proof = await nemesis.inject(world, target, "primaries")
        assert proof == Proof(True, "remove n1: n1 (follower) knows n2 n3")

    act(Membership, Council(), scene)


def test_the_leadership_goes_on_changing_while_it_lasts() -> None:
    async def scene(nemesis: Nemesis, world: World, target: Any) -> None:
        await nemesis.inject(world, target, "one")
        await asyncio.sleep(5)
        healed = await nemesis.heal()
        proven = int(healed.detail.split()[2])
        # The last order may not have been proven when it ended.
        assert 4 < len(target.orders) - 1 <= proven + 1

    act(Transfer, Council(), scene)


def test_an_old_leader_that_is_cut_off_hears_nothing_of_its_heir() -> None:
    """The scribes greet each other all the time: what is cut is seen on the links."""

    async def scene(nemesis: Nemesis, world: World, target: Any) -> None:
        proof = await nemesis.inject(world, target, "cut")
        assert "n1 | n2 n3: 4 links stopped" in proof.detail
        links = [Link("n1", "n2"), Link("n3", "n1")]
        before = await cast(SimWorld, world).traffic(links)
        await asyncio.sleep(2)
        assert (await cast(SimWorld, world).traffic(links)).since(before).crossed == 0
        healed = await nemesis.heal()
        assert healed.effective, healed.detail

    act(Transfer, Council(), scene)


@pytest.mark.parametrize("kind", [Transfer, Membership])
def test_a_cluster_that_promises_and_does_nothing_proves_nothing(kind: Any) -> None:
    council = Council()
    council.obeys = False

    async def scene(nemesis: Nemesis, world: World, target: Any) -> None:
        proof = await nemesis.inject(world, target, "one")
        assert not proof.effective
        assert f"not within {LIMIT_S:g} s" in proof.detail
        assert 2 < len(council.orders) <= LIMIT_S + 1, "what was taken is given time"

    act(kind, council, scene)


def test_a_server_that_came_back_by_itself_was_not_away_until_the_end() -> None:
    async def scene(nemesis: Nemesis, world: World, target: Any) -> None:
        await nemesis.inject(world, target, "one")
        target.voters = ["n1", "n2", "n3"]
        proof = await nemesis.heal()
        assert not proof.effective
        assert "was back when it was healed" in proof.detail

    act(Membership, Council(), scene)


def test_a_cluster_that_another_fault_leaves_headless_is_asked_once_it_is_led() -> None:
    async def scene(nemesis: Nemesis, world: World, council: Any) -> None:
        assert (await nemesis.inject(world, council, "one")).effective
        led, council.leads = council.leads, None

        async def led_again() -> None:
            await asyncio.sleep(LIMIT_S / 2)
            council.leads = led

        again = asyncio.create_task(led_again())
        healed = await nemesis.heal()
        assert healed.effective, healed.detail
        await again

    act(Membership, Council(), scene)


def test_nobody_knows_who_was_away_from_a_cluster_that_stays_headless() -> None:
    async def scene(nemesis: Nemesis, world: World, council: Any) -> None:
        assert (await nemesis.inject(world, council, "one")).effective
        council.leads = None
        healed = await nemesis.heal()
        assert not healed.effective
        assert "nobody led for 6 s" in healed.detail

    act(Membership, Council(), scene)


def test_a_new_leader_is_not_believed_before_it_knows_what_is_settled() -> None:
    """It takes a second to learn that its predecessor had a server removed. Until then it seems
    to be there: it would not be taken back, and be away for good.
    """

    async def scene(nemesis: Nemesis, world: World, target: Any) -> None:
        injected = await nemesis.inject(world, target, "primaries")
        assert injected.effective
        target.outdated = ["n1", "n2", "n3"]
        asyncio.get_running_loop().call_later(1.0, setattr, target, "outdated", None)
        healed = await nemesis.heal()
        assert healed.effective, healed.detail
        assert "n1 was still away" in healed.detail
        assert target.voters == ["n1", "n2", "n3"]

    act(Membership, Council(), scene)


def test_a_leader_that_was_deposed_is_not_believed() -> None:
    """It does not know that its successor had n1 removed, and is the only one that says it leads
    for a second; n3 knows of a newer term.
    """

    async def scene(nemesis: Nemesis, world: World, target: Any) -> None:
        await nemesis.inject(world, target, "primaries")
        now_voters, target.voters, target.terms = target.voters, ["n1", "n2", "n3"], {"n3": 2}

        def elected() -> None:
            target.leads, target.voters = "n3", now_voters

        asyncio.get_running_loop().call_later(1.0, elected)
        await nemesis.heal()
        assert [order.action for order in target.orders] == ["remove", "add", "promote"]
        assert target.voters == ["n1", "n2", "n3"]

    act(Membership, Council(), scene)


class Hesitant(Council):
    """It takes an order, and never settles what it begins."""

    async def administer(self, node: Node, order: Order) -> str | None:
        answer = await super().administer(node, order)
        self.outdated = self.voters
        return answer


def test_a_leader_that_was_deposed_is_given_orders_all_the_same() -> None:
    """As by an administrator who does not know; what it says of them proves nothing."""
    council = Council()
    council.terms = {"n3": 2}

    async def scene(nemesis: Nemesis, world: World, target: Any) -> None:
        proof = await nemesis.inject(world, target, "primaries")
        assert not proof.effective
        assert [order.action for order in council.orders] == ["remove"]

    act(Membership, council, scene)


def test_what_is_under_way_is_not_proven() -> None:
    async def scene(nemesis: Nemesis, world: World, target: Any) -> None:
        proof = await nemesis.inject(world, target, "primaries")
        assert not proof.effective
        assert [order.action for order in target.orders] == ["remove"] * len(target.orders)

    act(Membership, Hesitant(), scene)


def test_who_is_missing_is_taken_back_although_nobody_else_can_be_removed() -> None:
    """One voter is left; those that could not return before do so now."""

    async def scene(nemesis: Nemesis, world: World, target: Any) -> None:
        for left in (2, 1):
            await nemesis.inject(world, target, "one")
            target.obeys = False
            assert not (await nemesis.heal()).effective
            target.obeys = True
            assert len(target.voters) == left
        with pytest.raises(NoEffect):
            await nemesis.inject(world, target, "one")
        proof = await nemesis.heal()
        assert not proof.effective
        assert "nobody was removed" in proof.detail
        assert target.voters == ["n1", "n2", "n3"]

    act(Membership, Council(), scene)


@pytest.mark.parametrize("kind", [Transfer, Membership])
def test_without_a_leader_it_has_no_effect(kind: Any) -> None:
    council = Council()
    council.leads = None

    async def scene(nemesis: Nemesis, world: World, target: Any) -> None:
        with pytest.raises(NoEffect):
            await nemesis.inject(world, target, "one")

    act(kind, council, scene)


@pytest.mark.parametrize("kind", [Transfer, Membership])
def test_it_strikes_only_targets_that_take_orders(kind: Any) -> None:
    assert places_of(kind, Scribes) == {}
    assert places_of(kind, Council) == kind.places
