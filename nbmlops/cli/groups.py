"""Click's group, taught our manners: lazy commands, singular names, options before or after the words."""

from __future__ import annotations

import difflib
import importlib
from typing import Any

import click


class WordGroup(click.Group):
    """A group whose commands are loaded when they are asked for.

    Parameters
    ----------
    lazy : dict, optional
        Command name to ``module:attribute`` and one line of help, so that ``--help`` imports none of them.
    """

    def __init__(self, *args: Any, lazy: dict[str, tuple[str, str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lazy = lazy or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order they were written."""
        return [*self.commands, *self.lazy]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; ``run`` means ``runs``."""
        names = self.list_commands(ctx)
        name = cmd_name if cmd_name in names else f"{cmd_name}s"
        if name in self.commands:
            return self.commands[name]
        if name in self.lazy:
            module, _, attribute = self.lazy[name][0].partition(":")
            command: click.Command = getattr(importlib.import_module(module), attribute)
            return command
        return None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the words name; an unknown word gets the nearest ones as an answer."""
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            names = self.list_commands(ctx)
            close = difflib.get_close_matches(args[0], names, n=2, cutoff=0.5)
            question = f" Did you mean {' or '.join(close)}?" if close else ""
            ctx.fail(f"no command {args[0]!r}.{question} There are: {', '.join(names)}.")
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let options stand before the words too: ``runs --limit 3 list`` is ``runs list --limit 3``."""
        if args and args[0].startswith("-") and not {"--help", "-h", "--version"} & set(args[:1]):
            for index, word in enumerate(args):
                if not word.startswith("-") and self.get_command(ctx, word) is not None:
                    args = [word, *args[:index], *args[index + 1 :]]
                    break
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands with their one line each, without loading them."""
        rows = []
        for name in self.list_commands(ctx):
            if name in self.lazy:
                rows.append((name, self.lazy[name][1]))
            else:
                rows.append((name, self.commands[name].get_short_help_str(90)))
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)
