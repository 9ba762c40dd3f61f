"""The command line."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from sqlalchemy.exc import DBAPIError

from bot.commands import incoming, kept
from bot.commands.audit import show_audit
from bot.commands.backtest import run_backtest
from bot.commands.common import get_ready
from bot.commands.doctor import run_doctor
from bot.commands.draft import draft
from bot.commands.find import find_all, find_one
from bot.commands.imports import run_import
from bot.commands.migrate import run_migrate
from bot.commands.policy import show_history, show_policy
from bot.commands.status import show_status
from bot.commands.wishes import show_wishes
from bot.logs import Redactor
from bot.settings import SettingsError
from storage.model.errors import WhoHoldsError

VERSION = "0.1.0"
HOW_TO_GET_ONE = (
    "WHOHOLDS_TELEGRAM_TOKEN is not set: talk to @BotFather in Telegram, send /newbot, and set "
    "the variable to the token it gives you (or WHOHOLDS_TELEGRAM_TOKEN_FILE to a file with it); "
    "`whoholds sandbox` tries the bot without one"
)
NOT_IN_SANDBOX = (
    "a token is set, and the sandbox must never come near a real bot: unset "
    "WHOHOLDS_TELEGRAM_TOKEN and WHOHOLDS_TELEGRAM_TOKEN_FILE, or start the bot with `whoholds run`"
)

app = typer.Typer(
    help="Who holds a place, who says so, how sure, and what changed.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,  # they show the values of variables, the token among them
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run a command; exits with 2 and one sentence on stderr when it cannot be done."""
    for stream in (sys.stdout, sys.stderr):
        # Names come in every script; a terminal that cannot show one is no reason to stop.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr] # a TextIOWrapper
    try:
        app(prog_name="whoholds")
    except WhoHoldsError as error:
        _give_up(str(error))
    except OSError as error:  # a full disk, a port in use
        where = f" ({error.filename})" if error.filename else ""
        _give_up(f"{error.strerror or error}{where}")
    except DBAPIError as error:
        _give_up(f"the database failed: {error.orig}; `whoholds doctor` looks at it more closely")


def _give_up(text: str) -> NoReturn:
    typer.echo(f"whoholds: {Redactor()(text)}", err=True)
    sys.exit(2)


def _show_version(*, asked: bool) -> None:
    if asked:
        typer.echo(f"whoholds {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool,
        typer.Option(
            "--version",
            is_eager=True,
            callback=lambda asked: _show_version(asked=asked),
            help="Print the version and exit.",
        ),
    ] = False,
) -> None:
    pass


@app.command(epilog="Example: WHOHOLDS_TELEGRAM_TOKEN=123456:AAE0… whoholds run")
def run() -> None:
    """Run the bot until it is stopped. The database is made or upgraded first."""
    settings = get_ready(quiet=False)
    if settings.telegram_token is None:
        raise SettingsError((HOW_TO_GET_ONE,))
    # Telegram's library loads for half a second; no other command needs it.
    from bot.app import run as run_bot

    asyncio.run(run_bot(settings))


@app.command(epilog="Example: whoholds sandbox --pace 3")
def sandbox(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port of the chat page; 0 takes a free one.")
    ] = 0,
    pace: Annotated[
        float, typer.Option(min=0.05, max=3600, help="Seconds between two steps of the story.")
    ] = 8.0,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Open the page where there is a browser.")
    ] = True,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder to keep the data in; by default it is removed in the end."),
    ] = None,
) -> None:
    """Try the bot without Telegram.

    A chat page on this machine shows a story, step by step, and one can talk to the bot there.
    """
    settings = get_ready(quiet=False)
    if settings.telegram_token is not None:
        raise SettingsError((NOT_IN_SANDBOX,))
    # Here and not above: the real bot never imports the sandbox.
    from bot.sandbox.run import run_sandbox

    asyncio.run(run_sandbox(settings, port=port, pace=pace, browser=browser, data=data))


@app.command(epilog="Example: whoholds migrate")
def migrate() -> None:
    """Make the database, or bring it to this version."""
    run_migrate()


@app.command(
    "import",
    epilog="Example: whoholds import bot/sandbox/story",
)
def import_files(
    paths: Annotated[
        list[Path],
        typer.Argument(
            help="Files, or folders with places.csv, corridors.csv, parties.csv, sources.csv, "
            "reports.csv or reports.jsonl."
        ),
    ],
    alert: Annotated[
        bool,
        typer.Option(
            "--alert", help="Tell subscribers of what changed; says how many, and asks if any."
        ),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Put places, parties, sources and reports on record.

    Changes found this way raise no alerts unless --alert is given. Rows that cannot be taken are
    written to NAME.rejected.csv with line, column and reason, and the exit code is 1.
    """
    if not run_import(paths, alert=alert, agreed=yes):
        raise typer.Exit(1)


@app.command(epilog='Example: whoholds status "Al Waleed" --as-of 2014-06-23')
def status(
    name: Annotated[str, typer.Argument(help="A place or an area: a name, an alias or an id.")],
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="T",
            help="At this time, by what is known now. 2014-06-22 18:00, 22 June 2014, yesterday…; "
            "in UTC unless it has an offset; a date means the end of that day.",
        ),
    ] = None,
    known_at: Annotated[
        str | None,
        typer.Option(metavar="T", help="By what was known at this time, and as of then."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a place, one a line.")
    ] = False,
) -> None:
    """Tell who holds a place, who says so and how sure that is."""
    show_status(name, as_of, known_at, as_json=as_json)


@app.command(epilog='Example: whoholds find "al walid"')
def find(
    query: Annotated[
        str | None, typer.Argument(help="A name as somebody may type it, in any script.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    queries: Annotated[
        Path | None, typer.Option(help="A CSV file with the columns qid and query, instead.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Where to write qid,pred1,pred2,pred3: the place found; or no pred1 and the first "
            "two that are asked about."
        ),
    ] = None,
) -> None:
    """Tell which place the bot takes a name for. Exits with 1 where it would have to ask."""
    if queries is not None and out is not None and query is None and not as_json:
        find_all(queries, out)
    elif query is not None and queries is None and out is None:
        if not find_one(query, as_json=as_json):
            raise typer.Exit(1)
    else:
        raise typer.BadParameter("give either QUERY, or both --queries and --out")


app.command(epilog="Example: whoholds draft report.txt --dateline 2014-06-23")(draft)


@app.command(epilog="Example: whoholds backtest my-history --out changes.csv --policy policy.toml")
def backtest(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR",
            help="A folder with places.csv, parties.csv, sources.csv and reports.csv (or "
            "reports.jsonl), as for the import; each may be packed (.gz).",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help="Where to write the changes, a row each: place, at (UTC), holder (a party's id, "
            "or empty), standing (confirmed, likely, disputed, contested, unknown), confidence "
            "(0 to 1).",
        ),
    ],
    alerts: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where to write the alerts, a row each: place (or area), at (UTC), kind, holder "
            "and standing (empty for an area, and for a withdrawal), silent (yes or no), id, and "
            "about: the id of the alert that an amendment, correction or withdrawal is about. "
            "Amendments and withdrawals edit a message, all others are one.",
        ),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Decide by this policy; by default by the one in force."),
    ] = None,
) -> None:
    """Play a history, and write what the bot would have told.

    It goes through the check that the bot runs. Reports become known at the time they were said
    (with a bare date, when that day begins, UTC). No chat is told anything, and the database of the
    bot is not touched. Rows that cannot be taken are written to NAME.rejected.csv with line, column
    and reason, and the exit code is 1.
    """
    if not run_backtest(folder, out, alerts, policy):
        raise typer.Exit(1)


@app.command(epilog="Example: whoholds policy > policy.toml")
def policy(
    file: Annotated[
        Path | None,
        typer.Option(
            "--policy", metavar="FILE", help="Print this one; by default the one in force."
        ),
    ] = None,
    history: Annotated[
        bool,
        typer.Option(
            "--history", help="Instead: since when which numbers were in force; what changed."
        ),
    ] = False,
) -> None:
    """Print the numbers that decide who holds a place.

    They come as a file, to change and to try.
    """
    if not history:
        show_policy(file)
    elif file is None:
        show_history()
    else:
        raise typer.BadParameter("give either --policy or --history")


@app.command(epilog="Example: whoholds doctor --json")
def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a check, one a line.")
    ] = False,
) -> None:
    """Look at the set-up and tell how to mend what is wrong. Exits with 1 on a problem."""
    if not run_doctor(as_json=as_json):
        raise typer.Exit(1)


@app.command(epilog="Example: whoholds wishes")
def wishes() -> None:
    """List the places that people miss: asked for, and not known."""
    show_wishes()


@app.command(epilog="Example: whoholds audit --json")
def audit(
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object an entry, one a line.")
    ] = False,
) -> None:
    """List what owners and editors did, oldest first; times are UTC."""
    show_audit(as_json=as_json)


incoming.add_to(app)
kept.add_to(app)
