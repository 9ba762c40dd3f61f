"""The command line of what comes in: `feeds`, `rejects` and `leads`."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.commands.feeds import check_feeds, rename_feed, run_feed, show_example, show_feeds
from bot.commands.groups import ShowByDefault
from bot.commands.rejects import dismiss_rejects, retry_rejects, show_leads, show_rejects

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object each, one a line.")]
Numbers = Annotated[
    list[str], typer.Argument(metavar="ID|all", help="Numbers as `whoholds rejects` shows, or all.")
]

feeds_app = typer.Typer(
    cls=ShowByDefault,
    help="Tell how the feeds are doing, and read one now. They are those of the file in "
    "WHOHOLDS_FEEDS. `show` may be left out.",
    epilog="Example: whoholds feeds run border-desk",
)
rejects_app = typer.Typer(
    cls=ShowByDefault,
    help="List rows that cannot be used yet, try or dismiss them. They come from feeds and "
    "imports. `show` may be left out.",
    epilog="Example: whoholds rejects retry all",
)


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(feeds_app, name="feeds")
    app.add_typer(rejects_app, name="rejects")
    app.command(epilog="Example: whoholds leads --json")(leads)


@feeds_app.command("show", epilog="Example: whoholds feeds --json")
def feeds_show(as_json: AsJson = False) -> None:
    """Tell of each feed when it was read, and what came of that."""
    show_feeds(as_json=as_json)


@feeds_app.command("check", epilog="Example: whoholds feeds check")
def feeds_check() -> None:
    """Name all that is wrong with the feeds file.

    That is what it says, which secrets are missing, and what it names that is not on record. It
    reads no feed. Exits with 1 where something is not on record, with 2 where the file cannot
    be used.
    """
    raise typer.Exit(check_feeds())


@feeds_app.command("run", epilog="Example: whoholds feeds run border-desk")
def feeds_run(
    name: Annotated[str, typer.Argument(help="A feed, as its block is called.")],
) -> None:
    """Read a feed now, and check what changes. Exits with 1 where it cannot be read."""
    if not run_feed(name):
        raise typer.Exit(1)


@feeds_app.command("rename", epilog="Example: whoholds feeds rename border-desk desk")
def feeds_rename(
    old: Annotated[str, typer.Argument(help="What the feed was called so far.")],
    new: Annotated[str, typer.Argument(help="What its block is called from now on.")],
) -> None:
    """Give what a feed has brought to another name.

    Do so before it is read under that: there it is a new feed, and would bring the same leads and
    rows once more.
    """
    rename_feed(old, new)


@feeds_app.command("example", epilog="Example: whoholds feeds example > feeds.toml")
def feeds_example() -> None:
    """Print a feeds file with a block of every kind, to change."""
    show_example()


@rejects_app.command("show", epilog="Example: whoholds rejects --json")
def rejects_show(as_json: AsJson = False) -> None:
    """List the rows that wait, oldest first, with their numbers."""
    show_rejects(as_json=as_json)


@rejects_app.command("retry", epilog="Example: whoholds rejects retry 12 13")
def rejects_retry(numbers: Numbers) -> None:
    """Try rows again, after what was missing is on record.

    Exits with 1 where some still wait.

    While the bot runs, rows that wait for a place, a party or a source go through by themselves
    within a minute after it is on record, or a place has that name.
    """
    if not retry_rejects(numbers):
        raise typer.Exit(1)


@rejects_app.command("dismiss", epilog="Example: whoholds rejects dismiss 12")
def rejects_dismiss(numbers: Numbers) -> None:
    """Dismiss rows that can never be used. One comes back only if it says something else."""
    dismiss_rejects(numbers)


def leads(
    as_json: AsJson = False,
    most: Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")] = 50,
) -> None:
    """List what feeds point to, newest first.

    They are no claims: editors may look into them.
    """
    show_leads(as_json=as_json, most=most)
