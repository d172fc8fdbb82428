"""One SSH connection to a node: commands with input, output and a time limit. Blocks; for threads.

paramiko's Transport is used directly: the host key is compared with the one we made ourselves, and
there is no list of known hosts, no agent and no password that could stand in for it.
"""

from __future__ import annotations

import logging
import shlex
import socket
import time
from collections.abc import Sequence
from threading import Event

from paramiko import Channel, SSHException, Transport

from harness.worlds.docker.keys import Key
from harness.worlds.world import Address, WorldError

CONNECT_LIMIT = 20
COMMAND_LIMIT = 20

_CHUNK = 1 << 16
_LOGGER = "splitbrain.docker.ssh"
# paramiko reports a lost connection there and to us; without a handler Python prints it.
logging.getLogger(_LOGGER).addHandler(logging.NullHandler())


class Shell:
    """Runs commands on one node; several threads may use it at once."""

    def __init__(self, node: str, transport: Transport) -> None:
        self._node = node
        self._transport = transport

    @staticmethod
    def connect(node: str, address: Address, login: Key, host: Key, stop: Event) -> Shell:
        """Connect to a node that is just starting. Setting `stop` gives up."""
        deadline = time.monotonic() + CONNECT_LIMIT
        while True:
            try:
                return Shell(node, _transport(address, login, host, deadline - time.monotonic()))
            except (OSError, EOFError) as error:  # sshd is not there yet
                if time.monotonic() > deadline or stop.is_set():
                    raise WorldError(
                        f"{node}: no SSH at {address.host}:{address.port} within {CONNECT_LIMIT} s"
                        f" ({error}): is the Docker engine on this machine and not overloaded?"
                    ) from error
            except SSHException as error:
                raise WorldError(f"{node}: SSH refused: {error}") from error
            stop.wait(0.02)

    def run(self, argv: Sequence[str], stdin: bytes = b"", limit: float = COMMAND_LIMIT) -> bytes:
        """Run a command and return its stdout; WorldError when it fails or takes too long."""
        what = f"{self._node}: `{shlex.join(argv)[:80]}`"
        deadline = time.monotonic() + limit
        try:
            with self._transport.open_session(timeout=limit) as channel:
                channel.settimeout(limit)
                channel.exec_command(shlex.join(argv))
                channel.sendall(stdin)
                channel.shutdown_write()
                output = _read(channel, deadline)
                errors = channel.makefile_stderr("rb").read().decode(errors="replace").strip()
                if not channel.status_event.wait(max(0.0, deadline - time.monotonic())):
                    raise TimeoutError
                status = channel.exit_status
                if status == -1:  # no status came: paramiko closes channels when the line is cut
                    raise ConnectionResetError("it ended without a status")
        except TimeoutError as error:
            raise WorldError(
                f"{what} took more than {limit:g} s: is the machine overloaded?"
            ) from error
        except (OSError, EOFError, SSHException) as error:
            raise WorldError(
                f"{what}: the SSH connection is lost ({error or type(error).__name__}):"
                " was the container stopped?"
            ) from error
        if status != 0:
            reason = errors.splitlines()[-1] if errors else "it said nothing"
            raise WorldError(f"{what} ended with {status}: {reason}")
        return output

    def close(self) -> None:
        """Hang up; commands that run raise."""
        self._transport.close()


def _read(channel: Channel, deadline: float) -> bytes:
    chunks = []
    while chunk := channel.recv(_CHUNK):
        chunks.append(chunk)
        if time.monotonic() > deadline:
            raise TimeoutError
    return b"".join(chunks)


def _transport(address: Address, login: Key, host: Key, limit: float) -> Transport:
    connection = socket.create_connection(address, timeout=max(limit, 0.1))
    # A command is several small packets; with Nagle's algorithm each exchange costs 40 ms.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        # The engine's forwarder accepts before sshd listens, and then hangs up: wait for the first
        # bytes before paramiko, which would call that an error, has a look.
        if not connection.recv(4, socket.MSG_PEEK):
            raise ConnectionResetError("sshd does not listen yet")
        transport = Transport(connection)
    except BaseException:
        connection.close()
        raise
    try:
        transport.set_log_channel(_LOGGER)
        transport.start_client(timeout=limit)
        if transport.get_remote_server_key() != host.for_paramiko():
            raise SSHException("another host answers: the host key is not the one this run made")
        transport.auth_publickey("root", login.for_paramiko())
    except BaseException:
        transport.close()
        raise
    return transport
