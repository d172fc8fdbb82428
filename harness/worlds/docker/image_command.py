"""`splitbrain image`: make the node image of the docker world, and say how it was made."""

from __future__ import annotations

import click


@click.command(name="image")
def command() -> None:
    """Build the docker world's node image, unless it is there; say which way.

    From debian:bookworm-slim where a registry answers, else by debootstrap from the Debian mirror
    in this machine's apt sources. `splitbrain run --world docker` does this by itself.
    """
    # Imported late: `splitbrain --help` lists this command, and needs no engine for that.
    from harness.worlds.docker import engine
    from harness.worlds.docker.image import ensure_image

    client = engine.connect()
    try:
        ensure_image(client, click.echo)
    finally:
        client.close()
