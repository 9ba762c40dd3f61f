"""Groups of commands."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup


class ShowByDefault(TyperGroup):
    """A group whose command `show` runs where none is named: `sources NAME`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `show` before arguments that name no command and do not ask for help."""
        if not args or args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["show", *args]
        return super().parse_args(ctx, args)
