"""A server that says its name to every peer all the time, and tells a client whom it has heard.

Run on a node as `python chatter.py NAME CLIENT_PORT PEER_PORT PEER=HOST:PORT …`. A client sends an
empty frame and gets JSON: for each peer, the seconds since it was last heard.
"""

import asyncio
import json
import struct
import sys
import time

EVERY_S = 0.05


async def read_frame(reader: asyncio.StreamReader) -> bytes:
    """The next frame's payload."""
    (length,) = struct.unpack("!I", await reader.readexactly(4))
    return await reader.readexactly(length)


def frame(payload: bytes) -> bytes:
    """A payload with its length before it."""
    return struct.pack("!I", len(payload)) + payload


async def talk_to(host: str, port: int, name: str) -> None:
    """Say the name for ever, dialling again when the connection is lost."""
    while True:
        try:
            _, writer = await asyncio.open_connection(host, port)
            while True:
                writer.write(frame(name.encode()))
                await writer.drain()
                await asyncio.sleep(EVERY_S)
        except OSError:
            await asyncio.sleep(EVERY_S)


async def main(name: str, host: str, client_port: str, peer_port: str, *peers: str) -> None:
    """Serve until killed."""
    heard: dict[str, float] = {}

    async def on_peer(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        while True:
            heard[(await read_frame(reader)).decode()] = time.monotonic()

    async def on_client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await read_frame(reader)
            now = time.monotonic()
            answer = {peer: now - at for peer, at in heard.items()}
            writer.write(frame(json.dumps(answer).encode()))
            await writer.drain()

    await asyncio.start_server(on_client, host, int(client_port))
    await asyncio.start_server(on_peer, host, int(peer_port))
    talks = []
    for peer in peers:
        _, _, address = peer.partition("=")
        to_host, _, to_port = address.rpartition(":")
        talks.append(asyncio.create_task(talk_to(to_host, int(to_port), name)))
    await asyncio.gather(*talks)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
