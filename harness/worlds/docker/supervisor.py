"""Runs on a node: starts the server, sees how it ends, and tells and signals exactly that process.

The standard library only; it is laid into the container and called over SSH::

    ssh ── start ──▶ supervisor ── fork ──▶ waiting parent ──▶ server (a process group of its own)
           {argv}        │ ok, pid              │ exit            │ stdout, stderr
                         ▼                      ▼                 ▼
                      returns              STATE/exit          server.log

A pid is no identity, because pids are used again: beside the pid stands the time at which the
kernel says that process began, and a process with another time is another process.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:  # not on the node: every call waits for what is imported
    from collections.abc import Callable
    from typing import Any, NoReturn

STATE = "/run/splitbrain"
LOG = "server.log"
PATIENCE = 2.0  # seconds for the kernel to do what it was told


class Refused(Exception):
    """What was asked can't be done; the text goes to the controller."""


def birth_and_state(pid: int) -> tuple[str, str] | None:
    """Return when a process began and its state letter, or None when there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return fields[19], fields[0]


def load(name: str) -> Any:
    """Read a state file; None when there is none."""
    try:
        with open(f"{STATE}/{name}", encoding="utf-8") as file:  # noqa: PTH123
            return json.load(file)
    except FileNotFoundError:
        return None


def save(name: str, value: Any) -> None:
    """Write a state file so that a reader sees all of it or nothing."""
    with open(f"{STATE}/{name}.new", "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(value, file)
    os.replace(f"{STATE}/{name}.new", f"{STATE}/{name}")  # noqa: PTH105


def state_letter(server: Any) -> str | None:
    """Return the state of the recorded server, or None when it has ended."""
    found = birth_and_state(server["pid"])
    if found is None or found[0] != server["birth"] or found[1] in "ZX":
        return None
    return found[1]


def process() -> dict[str, Any]:
    """Tell the state of the server."""
    server = load("server")
    if server is None:
        return {"state": "absent"}
    letter = state_letter(server)
    if letter is not None:
        return {"state": "paused" if letter in "Tt" else "running", "pid": server["pid"]}
    # The server has ended, and the parent that waits for it may be about to write down how.
    waited_for(lambda: exit_code(server) is not None)
    return {"state": "exited", "pid": server["pid"], "exit_code": exit_code(server)}


def exit_code(server: Any) -> int | None:
    """Return how this server ended, if that is written down (and not how the one before it did)."""
    ended = load("exit")
    return ended["code"] if ended is not None and ended["birth"] == server["birth"] else None


def waited_for(happened: Callable[[], bool]) -> bool:
    """Wait a little until something has happened; tell whether it has."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    return True


def send_signal(number: int) -> dict[str, Any]:
    """Signal the server's process group, and return when the effect of a kill or stop is there."""
    server = load("server")
    if server is None:
        return {}
    found = birth_and_state(server["pid"])
    if found is not None and found[0] != server["birth"]:
        return {}  # the server is gone, and another process has its pid
    # Where the leader is gone but children live, the group keeps the number from being used again.
    try:
        os.killpg(server["pid"], number)
    except ProcessLookupError:
        return {}
    effects = {
        signal.SIGKILL: lambda: state_letter(server) is None,
        signal.SIGSTOP: lambda: state_letter(server) in (None, "T", "t"),
        signal.SIGCONT: lambda: state_letter(server) not in ("T", "t"),
    }
    if number in effects and not waited_for(effects[signal.Signals(number)]):
        raise Refused(
            f"signal {number} has shown no effect on pid {server['pid']} for {PATIENCE} s"
        )
    return {}


def start(home: str, argv: list[str], env: dict[str, str]) -> dict[str, Any]:
    """Start the server under a parent that waits for it; return once it runs or can't."""
    os.makedirs(STATE, exist_ok=True)  # noqa: PTH103
    server = load("server")
    if server is not None and state_letter(server) is not None:
        raise Refused(f"the server already runs, as pid {server['pid']}: stop it first")
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.close(reader)
        supervise(home, argv, env, writer)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        answer = pipe.read()
    if not answer:
        raise Refused("the server's supervisor died; see server.log")
    answer = json.loads(answer)
    if "error" in answer:
        raise Refused(answer["error"])
    return dict(answer)


def supervise(home: str, argv: list[str], env: dict[str, str], writer: int) -> NoReturn:
    """Be the parent of the server until it ends. Never returns into `start`."""
    import subprocess
    import traceback

    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        log = os.open(f"{home}/{LOG}", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        # SSH waits until nobody holds its pipes any more.
        for number, file in ((0, nothing), (1, log), (2, log)):
            os.dup2(file, number)
        try:
            server = subprocess.Popen(
                argv, cwd=home, env={**os.environ, **env}, start_new_session=True
            )
        except OSError as error:
            answer: dict[str, Any] = {"error": f"{argv[0]} does not start: {error.strerror}"}
        else:
            found = birth_and_state(server.pid)
            assert found is not None  # it can't vanish: nobody but us may reap it
            answer = {"pid": server.pid}
            birth = found[0]
            save("server", {"pid": server.pid, "birth": birth})
        os.write(writer, json.dumps(answer).encode())
        os.close(writer)
        if "pid" in answer:
            code = server.wait()
            save("exit", {"birth": birth, "code": code})
    except Exception:
        traceback.print_exc()  # into the server's log
    finally:
        os._exit(0)


def main(command: str) -> None:
    """Do one command; its arguments are a JSON object on stdin, its result is one on stdout."""
    commands: dict[str, Callable[..., dict[str, Any]]] = {
        "start": start,
        "signal": send_signal,
        "process": process,
    }
    try:
        answer = commands[command](**json.load(sys.stdin))
    except Refused as refused:
        answer = {"refused": str(refused)}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
