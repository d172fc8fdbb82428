"""A world of three containers: processes, files, connections and cuts, as the nodes see them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from signal import Signals
from threading import Event

import pytest
from docker import DockerClient

from harness.worlds.docker import labels
from harness.worlds.docker.keys import Key
from harness.worlds.docker.node import DockerNode
from harness.worlds.docker.shell import Shell
from harness.worlds.docker.world import DockerWorld
from harness.worlds.world import Link, ProcessStatus, WorldError
from tests.worlds.docker.conftest import MakeWorld

NAMES = ("n1", "n2", "n3")
EVERY_LINK = [Link(src, dst) for src in NAMES for dst in NAMES if src != dst]

SLEEPER = b"import sys, time\nprint('up', *sys.argv[1:], flush=True)\ntime.sleep(600)\n"
ECHO = b"""import socket, sys
server = socket.create_server(("0.0.0.0", int(sys.argv[1])))
while True:
    connection, _ = server.accept()
    while data := connection.recv(65536):
        connection.sendall(data)
"""
LISTENER = b"""import socket
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("0.0.0.0", 7001))
print("listening", flush=True)
while True:
    print(receiver.recv(100).decode(), flush=True)
"""


@pytest.fixture(scope="module")
def world(make_world: MakeWorld, runner: asyncio.Runner) -> Iterator[DockerWorld]:
    world = make_world(*NAMES)
    try:
        runner.run(world.set_up())
        yield world
    finally:
        runner.run(world.tear_down())


@pytest.fixture
def n1(world: DockerWorld, runner: asyncio.Runner) -> Iterator[DockerNode]:
    node = docker_node(world, "n1")
    yield node
    runner.run(node.signal(Signals.SIGKILL))


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(500):
        if await look():
            return
        await asyncio.sleep(0.02)
    pytest.fail("it did not happen within 10 s")


async def has_ended(node: DockerNode) -> bool:
    return (await node.process()).state == "exited"


def docker_node(world: DockerWorld, name: str) -> DockerNode:
    node = world.nodes[name]
    assert isinstance(node, DockerNode)
    return node


def test_a_server_runs_pauses_goes_on_and_is_killed(n1: DockerNode, runner: asyncio.Runner) -> None:
    async def main() -> None:
        await n1.upload({"app/sleeper.py": SLEEPER})
        await n1.start([n1.python, "app/sleeper.py", "it's", "$HOME"], {"PYTHONUTF8": "1"})
        running = await n1.process()
        assert running.state == "running"
        assert running.pid is not None
        await n1.signal(Signals.SIGSTOP)
        assert await n1.process() == ProcessStatus("paused", running.pid)
        await n1.signal(Signals.SIGCONT)
        assert await n1.process() == running
        await n1.signal(Signals.SIGKILL)
        assert await n1.process() == ProcessStatus("exited", running.pid, -9)
        await n1.signal(Signals.SIGKILL)  # harmless
        assert (await n1.fetch("server.log")).splitlines()[-1] == b"up it's $HOME"

    runner.run(main())


def test_every_way_to_end_has_its_exit_code(n1: DockerNode, runner: asyncio.Runner) -> None:
    async def end_of(*argv: str) -> int | None:
        await n1.start(argv, {"CODE": "7"})
        await until(lambda: has_ended(n1))
        return (await n1.process()).exit_code

    assert runner.run(end_of("true")) == 0
    assert runner.run(end_of("sh", "-c", "exit $CODE")) == 7
    assert runner.run(end_of("sh", "-c", "kill -TERM $$")) == -15


def test_a_signal_reaches_the_whole_group_and_leaves_no_zombie(
    n1: DockerNode, runner: asyncio.Runner
) -> None:
    async def asleep() -> list[bytes]:
        listed = ["sh", "-c", "ps -eo stat,args | grep -e 'sleep [4]242$' -e '^[Z]' || true"]
        return (await n1.run(listed)).splitlines()

    async def all_three() -> bool:
        return len([line for line in await asleep() if b" sh " not in line]) == 3

    async def nobody() -> bool:  # process 1 reaps orphans when it gets to it
        return not await asleep()

    async def main() -> None:
        await n1.start(["sh", "-c", "sleep 4242 & (sleep 4242; true) & sleep 4242"])
        await until(all_three)
        await n1.signal(Signals.SIGKILL)
        await until(nobody)

    runner.run(main())


def test_a_second_server_and_a_missing_program_are_refused(
    n1: DockerNode, runner: asyncio.Runner
) -> None:
    with pytest.raises(WorldError, match="n1: no-such-program does not start"):
        runner.run(n1.start(["no-such-program"]))
    runner.run(n1.start(["sleep", "600"]))
    with pytest.raises(WorldError, match="n1: the server already runs"):
        runner.run(n1.start(["sleep", "600"]))


def test_files_come_and_go_and_stay_under_home(n1: DockerNode, runner: asyncio.Runner) -> None:
    big = bytes(range(256)) * 20_000

    async def main() -> None:
        await n1.upload({"data/deep/a file.bin": big, "data/b": b""})
        assert await n1.fetch("data/deep/a file.bin") == big
        assert await n1.fetch("data/b") == b""
        assert await n1.fetch("nothing/here") == b""
        await n1.wipe("data")
        await n1.wipe("data")
        assert await n1.fetch("data/deep/a file.bin") == b""

    runner.run(main())
    for outside in ("/etc", "../etc", "a/../../etc", ".", ""):
        with pytest.raises(ValueError, match="not a path under"):
            runner.run(n1.wipe(outside))


def test_frames_go_to_a_client_port_and_a_refusal_is_seen(
    n1: DockerNode, runner: asyncio.Runner
) -> None:
    async def main() -> None:
        with pytest.raises(ConnectionError, match="refused"):
            await n1.dial("client")
        await n1.upload({"echo.py": ECHO})
        await n1.start([n1.python, "echo.py", str(n1.bind("client").port)])
        for _ in range(200):
            try:
                connection = await n1.dial("client")
                break
            except ConnectionError:
                await asyncio.sleep(0.02)
        connection.send(b"ping")
        assert await asyncio.wait_for(connection.receive(), 5) == b"ping"
        await n1.signal(Signals.SIGKILL)
        with pytest.raises(ConnectionError):
            await asyncio.wait_for(connection.receive(), 5)
        connection.close()

    runner.run(main())
    with pytest.raises(WorldError, match="`peer` is for peers"):
        n1.client_address("peer")


def test_only_loopback_publishes_and_capabilities_are_few(
    world: DockerWorld, client: DockerClient
) -> None:
    published = [world.nodes[name].client_address("client") for name in NAMES]
    assert {address.host for address in published} == {"127.0.0.1"}
    assert len({address.port for address in published}) == len(NAMES)
    made = client.containers.list(filters={"label": f"{labels.RUN}={world.spec.run_id}"})
    assert sorted(container.labels[labels.NODE] for container in made) == sorted(NAMES)
    for container in made:
        ports = container.attrs["NetworkSettings"]["Ports"]
        assert set(ports) == {"22/tcp", "7000/tcp"}
        assert {at["HostIp"] for bound in ports.values() for at in bound} == {"127.0.0.1"}
        assert not container.attrs["HostConfig"]["Privileged"]
        assert container.attrs["HostConfig"]["CapDrop"] == ["ALL"]


def test_a_host_with_another_key_is_not_talked_to(n1: DockerNode) -> None:
    with pytest.raises(WorldError, match="host key is not the one this run made"):
        Shell.connect("n1", n1.place.ssh, Key.generate(), Key.generate(), Event())


def test_a_cut_is_one_way_and_healed_by_the_next(
    world: DockerWorld, runner: asyncio.Runner
) -> None:
    async def say(src: str, dst: str, word: str) -> None:
        to = world.nodes[src].reach(dst, "peer")
        line = f"echo {word} > /dev/udp/{to.host}/{to.port}"
        await docker_node(world, src).run(["bash", "-c", line])

    async def logged(name: str, word: bytes) -> bool:
        return word in await world.nodes[name].fetch("server.log")

    async def main() -> None:
        for name in NAMES[:2]:
            await world.nodes[name].upload({"listener.py": LISTENER})
            await world.nodes[name].wipe("server.log")
            await world.nodes[name].start(["python3", "listener.py"])
            await until(partial(logged, name, b"listening"))
        await world.cut([Link("n1", "n2")])
        await say("n1", "n2", "lost")
        await say("n2", "n1", "heard")
        await world.cut([Link("n2", "n1")])
        await say("n1", "n2", "heard")
        await say("n2", "n1", "lost")
        await world.cut([])
        await say("n1", "n2", "last")
        await say("n2", "n1", "last")
        for name in NAMES[:2]:
            await until(partial(logged, name, b"last"))
            assert (await world.nodes[name].fetch("server.log")).split() == [
                b"listening",
                b"heard",
                b"last",
            ]
            await world.nodes[name].signal(Signals.SIGKILL)

    runner.run(asyncio.wait_for(main(), 30))


def test_a_cut_link_holds_a_connection_and_never_refuses(
    world: DockerWorld, runner: asyncio.Runner
) -> None:
    async def dialled(src: str, dst: str) -> str:
        code = (
            "import json, socket, sys\n"
            "try: socket.create_connection(json.loads(sys.argv[1]), 0.5); print('open')\n"
            "except OSError as error: print(type(error).__name__)\n"
        )
        to = json.dumps(world.nodes[src].reach(dst, "peer"))
        said = await docker_node(world, src).run(["python3", "-c", code, to])
        return said.decode().strip()

    async def main() -> list[str]:
        seen = []
        for links in ([Link("n1", "n2")], [Link("n2", "n1")], [Link("n1", "n3")], []):
            await world.cut(links)
            seen.append(await dialled("n1", "n2"))
        return seen

    # Nobody listens there, so an open link refuses; either direction cut makes the dial hang.
    assert runner.run(main()) == ["TimeoutError"] * 2 + ["ConnectionRefusedError"] * 2


def test_proofs_tell_what_is_cut_from_what_is_not(
    world: DockerWorld, runner: asyncio.Runner
) -> None:
    cut = [Link("n1", "n2"), Link("n3", "n1")]
    others = [link for link in EVERY_LINK if link not in cut]

    async def main() -> None:
        assert not (await world.prove_cut(cut)).effective
        await world.cut(cut)
        proof = await world.prove_cut(cut)
        assert proof.effective, proof.detail
        assert (await world.prove_open(others)).effective
        half = await world.prove_cut([cut[0], others[0]])
        assert not half.effective
        assert half.detail.startswith(f"{others[0].src}→{others[0].dst}: 0 dropped")
        assert not (await world.prove_open([cut[0]])).effective
        await world.cut([])
        assert not (await world.prove_cut(cut)).effective
        assert (await world.prove_open(EVERY_LINK)).effective

    runner.run(main())


def test_a_link_that_does_not_exist_is_a_mistake(
    world: DockerWorld, runner: asyncio.Runner
) -> None:
    with pytest.raises(ValueError, match="no node 'n9'; there are n1, n2, n3"):
        runner.run(world.cut([Link("n1", "n9")]))
    with pytest.raises(ValueError, match="no link to itself"):
        runner.run(world.prove_cut([Link("n1", "n1")]))
