"""Reach the Docker engine, and say in one line what is wrong when it does not do as asked."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from docker import DockerClient
from docker.constants import DEFAULT_UNIX_SOCKET
from docker.context import ContextAPI
from docker.errors import APIError, DockerException
from docker.utils import kwargs_from_env
from requests.exceptions import ReadTimeout, RequestException

from harness.worlds.world import WorldError

CALL_LIMIT = 30
"""Seconds that one call to the engine may be silent."""

_CONNECTIONS = 32  # as many nodes are made and removed at once


class Unreachable(WorldError):
    """No engine; `what` happened and its `remedy`."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}: {remedy}")
        self.what = what
        self.remedy = remedy


def connect(limit: int = CALL_LIMIT) -> DockerClient:
    """Connect to the engine that the `docker` command would use. The caller closes the client."""
    try:
        settings = kwargs_from_env()
        if "base_url" not in settings:
            settings["base_url"] = ContextAPI.get_current_context().Host or DEFAULT_UNIX_SOCKET
        _knock(settings["base_url"], limit)
        # Asks the engine for its version: from here on there is one.
        return DockerClient(timeout=limit, max_pool_size=_CONNECTIONS, **settings)
    except PermissionError as error:
        raise Unreachable(
            "the Docker engine refuses this user",
            "add the user to the group that owns its socket (usually `docker`) and log in again,"
            " or use --world local",
        ) from error
    except (OSError, DockerException) as error:  # OSError: also what requests raises
        known: dict[type[Exception], str] = {
            FileNotFoundError: "its socket does not exist",
            ConnectionRefusedError: "nobody listens at its socket",
        }
        raise Unreachable(
            f"no Docker engine answers ({known.get(type(error)) or _first_line(str(error))})",
            "install Docker Engine and start it, or use --world local",
        ) from error


def _knock(base_url: str, limit: int) -> None:
    # The SDK hides why it can't reach a socket in a chain of exceptions, and leaks the descriptor.
    scheme, _, path = base_url.partition("://")
    if scheme in {"unix", "http+unix"}:
        with socket.socket(socket.AF_UNIX) as knocking:
            knocking.settimeout(limit)
            knocking.connect(path)


@contextmanager
def asked_to(what: str) -> Iterator[None]:
    """Turn what the engine objects to into a WorldError that begins with what it was asked."""
    try:
        yield
    except ReadTimeout as error:
        raise WorldError(
            f"{what}: the Docker engine was silent for {CALL_LIMIT} s; is the machine overloaded?"
        ) from error
    except (DockerException, RequestException) as error:
        reason = error.explanation if isinstance(error, APIError) else None
        raise WorldError(f"{what}: {_first_line(str(reason or error))}") from error


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:300] if text.strip() else "no reason given"
