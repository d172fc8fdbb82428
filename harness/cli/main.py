"""Where the `splitbrain` command starts: it imports nothing before an interrupt of that is caught.

Importing what a command needs takes a moment, and Ctrl-C within it would show where in whose module
that was. Nothing has begun then, so nothing is said.
"""

import sys

INTERRUPTED = 130
"""What shells say of a program that SIGINT has ended."""


def main() -> None:
    """Entry point of the command."""
    try:
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)


def run(args: list[str]) -> int:
    """Run a command; returns its exit code."""
    from harness.cli.commands import run as run_command

    return run_command(args)
