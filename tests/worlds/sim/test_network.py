"""A simulated link: latency, weather, cuts, and that all of it is counted."""

from __future__ import annotations

from random import Random
from types import SimpleNamespace

from harness.worlds.faults import Traffic
from harness.worlds.sim.network import QUEUE_S, SimLink
from harness.worlds.world import Weather
from tests.worlds.sim.loops import new_loop

COUNT = 400


class Wire:
    """A link on its own; `run` lets everything arrive."""

    def __init__(self, weather: Weather | None = None, seed: int = 1) -> None:
        self.loop = new_loop()
        self.link = SimLink("n1", "n2", self.loop, Random(seed))
        if weather is not None:
            self.link.weather = weather
        self.arrived: list[tuple[int, float]] = []

    def send(self, number: int, at: float, size: int = 4, sender: object = None) -> None:
        self.loop.now = at
        frame = number.to_bytes(size, "big")
        self.link.carry(frame, at, self._deliver, sender)  # type: ignore[arg-type]

    def _deliver(self, src: str, frame: bytes) -> None:
        assert src == "n1"
        self.arrived.append((int.from_bytes(frame, "big"), self.loop.now))

    def run(self) -> list[int]:
        """The numbers that arrived, in order."""
        self.loop.schedule(1e6, self.loop.stop)
        self.loop.run_forever()
        return [number for number, _ in self.arrived]


def sent(weather: Weather | None, gap: float = 0.001) -> tuple[list[int], Traffic]:
    """What becomes of `COUNT` frames, one each `gap` seconds."""
    wire = Wire(weather)
    for number in range(COUNT):
        wire.send(number, number * gap)
    return wire.run(), wire.link.traffic()


def test_in_fair_weather_all_arrives_once_and_in_order() -> None:
    arrived, traffic = sent(None)
    assert arrived == list(range(COUNT))
    assert traffic == Traffic(crossed=COUNT)


def test_loss_loses_its_share() -> None:
    arrived, traffic = sent(Weather(loss=0.25))
    assert sorted(arrived) == arrived
    assert len(arrived) + traffic.lost == COUNT
    assert 60 < traffic.lost < 140


def test_duplicates_come_later() -> None:
    arrived, traffic = sent(Weather(duplicate=0.25))
    assert set(arrived) == set(range(COUNT))
    assert len(arrived) == COUNT + traffic.doubled
    assert 60 < traffic.doubled < 140


def test_reordering_is_counted_where_it_happened() -> None:
    arrived, traffic = sent(Weather(reorder=0.3, reorder_s=0.1))
    assert sorted(arrived) == list(range(COUNT))
    newest = -1
    overtaken = 0
    for number in arrived:
        overtaken += number < newest
        newest = max(newest, number)
    assert traffic.overtaken == overtaken > 60


def test_delay_keeps_the_order() -> None:
    arrived, traffic = sent(Weather(delay_s=0.2))
    assert arrived == list(range(COUNT))
    assert traffic.delayed == COUNT
    assert 30 < traffic.late_s < 50


def test_a_narrow_link_lets_through_its_bandwidth_and_drops_what_finds_the_queue_full() -> None:
    wire = Wire(Weather(bytes_per_s=1000))
    for number in range(COUNT):
        wire.send(number, number * 0.001, size=10)
    arrived = wire.run()
    traffic = wire.link.traffic()
    assert len(arrived) + traffic.lost == COUNT
    seconds = wire.arrived[-1][1]
    assert len(arrived) * 10 <= 1000 * seconds + 10
    assert seconds < COUNT * 0.001 + QUEUE_S + 0.1


def test_a_cut_stops_what_comes_and_what_is_under_way() -> None:
    wire = Wire()
    wire.send(1, 0.0)
    wire.link.cut = True
    wire.send(2, 0.0)
    assert wire.run() == []
    wire.link.cut = False
    wire.send(3, 1.0)
    assert wire.run() == [3]
    assert wire.link.traffic() == Traffic(crossed=1, stopped=2)


def test_a_frame_whose_sender_ends_before_it_leaves_never_leaves() -> None:
    wire = Wire()
    wire.send(1, 1.0, sender=SimpleNamespace(ended_at=0.9))
    wire.send(2, 1.0, sender=SimpleNamespace(ended_at=1.0))
    assert wire.run() == [2]
