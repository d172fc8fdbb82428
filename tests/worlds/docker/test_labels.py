"""Who owns what: a pid that is used again must never pass for the owner."""

from __future__ import annotations

import re
import socket
import subprocess
import sys

import pytest

from harness.worlds.docker import labels
from harness.worlds.docker.labels import Owner

HOST = socket.gethostname()


def owner_of_this_process() -> str:
    return labels.mine("r1")[labels.OWNER]


def test_this_process_lives() -> None:
    assert labels.judge(owner_of_this_process()) is Owner.LIVE
    assert labels.mine("r1")[labels.RUN] == "r1"


def test_a_process_that_ended_is_dead() -> None:
    code = "from harness.worlds.docker import labels; print(labels.mine('r')[labels.OWNER])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert labels.judge(done.stdout.strip()) is Owner.DEAD


def test_another_process_with_the_same_pid_is_not_the_owner() -> None:
    host, pid, _ = owner_of_this_process().split("/")
    assert labels.judge(f"{host}/{pid}/another-boot.123") is Owner.DEAD


@pytest.mark.parametrize("owner", ["", "nonsense", f"not-{HOST}/1/x", f"{HOST}/none/x"])
def test_what_can_not_be_judged_is_elsewhere(owner: str) -> None:
    assert labels.judge(owner) is Owner.ELSEWHERE


def test_names_are_what_docker_takes_and_tell_what_is_kept() -> None:
    name = labels.container_name("raft/2024 12:30", "n1")
    assert re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+", name)
    assert not labels.is_kept(name)
    assert labels.is_kept(labels.kept_name(name))
