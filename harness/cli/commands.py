"""The subcommands of `splitbrain`, and what every one of them does with an error.

An error costs one line and an exit code of the contract (`harness.exit_codes`), never a traceback.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys

import click

from harness import exit_codes, plugins
from harness.cli.printable import printable
from harness.history import MalformedHistory
from harness.os_error import told
from harness.plugins import BadPlugin, UnknownName
from harness.run_folder import NoFolder, NotARun
from harness.spec import SpecError
from harness.worlds.world import WorldError

BAD_INPUT = (UnknownName, BadPlugin, SpecError, MalformedHistory, NotARun, NoFolder)
BUILT_IN = (
    "run",
    "suite",
    "replay",
    "shrink",
    "score",
    "check",
    "verify",
    "list",
    "doctor",
    "clean",
)
_NOWHERE = logging.NullHandler()


class _Commands(click.Group):
    """Imports a command only when it is used, so that `splitbrain --help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*BUILT_IN, *plugins.names("command")})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in BUILT_IN:
            module = importlib.import_module(f"harness.cli.{name}_command")
            found = module.command
        elif name in plugins.names("command"):
            found = plugins.load("command", name)
        else:
            return None
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        known = self.list_commands(ctx)
        if args and args[0] not in known and not args[0].startswith("-"):
            plugins.require("command", args[0], known)
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
        "show_default": True,
    },
)
@click.version_option(package_name="splitbrain")
def cli() -> None:
    """Find out whether a replicated store keeps its promises when things fail.

    Exit codes: 0 valid, 1 invalid, 2 unknown, 254 bad input, 255 splitbrain or its environment
    failed.
    """


def run(args: list[str]) -> int:
    """Run a command; returns its exit code."""
    logging.getLogger().addHandler(_NOWHERE)  # what is logged goes into a run's folder,
    logging.raiseExceptions = False  # and what does not fit there, nowhere
    try:
        code = cli.main(args, prog_name="splitbrain", standalone_mode=False)
    except click.exceptions.Exit as asked:
        return asked.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return exit_codes.BAD_INPUT
    except click.UsageError as error:
        where = f" (see `{error.ctx.command_path} --help`)" if error.ctx else ""
        return _fail(exit_codes.BAD_INPUT, error.format_message() + where)
    except BAD_INPUT as error:
        if isinstance(error, BadPlugin) and error.__cause__ and os.environ.get("SPLITBRAIN_DEBUG"):
            raise
        return _fail(exit_codes.BAD_INPUT, str(error))
    except (KeyboardInterrupt, click.Abort):
        return _fail(exit_codes.FAILED, "interrupted")
    except (BrokenPipeError, SystemExit):
        # Click makes an exit with 1 of a closed pipe, and 1 is a verdict here. Whoever read our
        # output has enough; a second error at interpreter exit would follow.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exit_codes.FAILED
    except OSError as error:
        return _fail(exit_codes.FAILED, told(error))
    except (WorldError, click.ClickException) as error:
        return _fail(exit_codes.FAILED, str(error))
    except MemoryError:
        return _fail(exit_codes.FAILED, "there is not enough memory for this")
    except Exception as error:
        if os.environ.get("SPLITBRAIN_DEBUG"):
            raise
        return _fail(
            exit_codes.FAILED,
            f"a mistake in splitbrain or a plugin: {type(error).__name__}: {error} "
            "(SPLITBRAIN_DEBUG=1 shows where)",
        )
    return code if isinstance(code, int) else exit_codes.VALID


def _fail(code: int, text: str) -> int:
    click.echo(f"splitbrain: {printable(' '.join(text.split()))}", err=True)
    return code
