"""Who made a container or a network, and does that process still live?

Everything the world makes carries two labels: its run, and its owner, the process that made it. A
pid alone is no identity: pids are used again, and machines restart. So an owner is::

    host / pid / birth        birth: when the kernel says the process began, and in which boot

Labels can't change once a container exists. That a run was left running on purpose is therefore
written where it can change later: in the names of its containers.
"""

from __future__ import annotations

import os
import re
import socket
from enum import Enum

from harness.worlds.processes import birth

RUN = "splitbrain.run"
OWNER = "splitbrain.owner"
NODE = "splitbrain.node"
IMAGE = "splitbrain.image"
BUILT = "splitbrain.built"

_KEPT = "splitbrain-kept-"
_MADE = "splitbrain-"


class Owner(Enum):
    """What is known of the process that made something."""

    LIVE = "live"
    DEAD = "dead"
    ELSEWHERE = "elsewhere"
    """It ran on another machine that shares this engine: from here nobody can tell."""


def mine(run_id: str) -> dict[str, str]:
    """Return the labels for what this process makes for a run."""
    pid = os.getpid()
    return {RUN: run_id, OWNER: f"{socket.gethostname()}/{pid}/{birth(pid)}"}


def judge(owner: str) -> Owner:
    """Tell whether the owner in a label still lives. What can't be read counts as elsewhere."""
    match = re.fullmatch(r"(.+)/(\d+)/(.+)", owner)
    if match is None or match[1] != socket.gethostname():
        return Owner.ELSEWHERE
    return Owner.LIVE if birth(int(match[2])) == match[3] else Owner.DEAD


def container_name(run_id: str, node: str) -> str:
    """Return the name of a node's container."""
    return network_name(f"{run_id}-{node}")


def network_name(run_id: str) -> str:
    """Return the name of a run's network; Docker takes few characters."""
    return _MADE + re.sub(r"[^a-zA-Z0-9_.-]+", "-", run_id)


def kept_name(name: str) -> str:
    """Return the name that says: left running on purpose."""
    return _KEPT + name.removeprefix(_MADE)


def is_kept(name: str) -> bool:
    """Tell whether a container's name says that it was left running on purpose."""
    return name.startswith(_KEPT)
