"""The command line of what is kept: `sources`, `outbox` and `gazetteer`."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.commands.gazetteer import USUAL_SIZE, run_add, run_list
from bot.commands.groups import ShowByDefault
from bot.commands.outbox import retry_letters, show_outbox
from bot.commands.sources import pin_source, rebuild_records, show_sources, unpin_source


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.add_typer(sources_app, name="sources")
    app.add_typer(outbox_app, name="outbox")
    app.add_typer(gazetteer_app, name="gazetteer")


sources_app = typer.Typer(
    cls=ShowByDefault,
    help="Tell what became of each source's claims, and fix grades. `show` may be left out.",
    epilog='Example: whoholds sources "border guards"',
)
SourceName = Annotated[str, typer.Argument(help="A source: its name, the beginning of it, or id.")]


@sources_app.command("show", epilog="Example: whoholds sources --json")
def sources_show(
    name: Annotated[
        str | None, typer.Argument(help="A source; all of them where none is named.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a source, one a line.")
    ] = False,
) -> None:
    """Tell what a source, or each, has claimed and what came of it."""
    show_sources(name, as_json=as_json)


@sources_app.command("pin", epilog='Example: whoholds sources pin "a news agency" --grade B')
def sources_pin(
    name: SourceName,
    grade: Annotated[
        str | None, typer.Option(metavar="A–F", help="The grade to fix; its own if left out.")
    ] = None,
) -> None:
    """Fix the grade of a source. Its record does not move its weight any more."""
    pin_source(name, grade)


@sources_app.command("unpin", epilog='Example: whoholds sources unpin "a news agency"')
def sources_unpin(name: SourceName) -> None:
    """Let the record of a source move its weight again."""
    unpin_source(name)


@sources_app.command("rebuild", epilog="Example: whoholds sources rebuild")
def sources_rebuild() -> None:
    """Learn anew from all reports. Of use after a long history was imported."""
    rebuild_records()


outbox_app = typer.Typer(
    cls=ShowByDefault,
    help="Tell what is on its way, what waits and what died. `show` may be left out.",
    epilog="Example: whoholds outbox --dead",
)


@outbox_app.command("show", epilog="Example: whoholds outbox --json")
def outbox_show(
    dead: Annotated[
        bool, typer.Option("--dead", help="The dead letters: those that Telegram refuses, and why.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object; of dead letters one each, one a line.")
    ] = False,
) -> None:
    """Tell how far alerts are, what waits, and what died."""
    show_outbox(dead=dead, as_json=as_json)


@outbox_app.command("retry", epilog="Example: whoholds outbox retry all")
def outbox_retry(
    which: Annotated[str, typer.Argument(metavar="ID|all", help="A dead letter, or all of them.")],
) -> None:
    """Try dead letters again. Told is what is still news when they go out."""
    retry_letters(which)


gazetteer_app = typer.Typer(
    help="Put crossings and towns on record, by country. They come with this program.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="Example: whoholds gazetteer add IQ SY JO UA",
)


@gazetteer_app.command("add", epilog="Example: whoholds gazetteer add IQ SY JO UA")
def gazetteer_add(
    countries: Annotated[
        list[str], typer.Argument(help="ISO 3166 codes of two letters: IQ SY JO.")
    ],
    towns: Annotated[
        bool, typer.Option("--towns/--no-towns", help="Towns too, or crossings alone.")
    ] = True,
    people: Annotated[
        int,
        typer.Option(help="Towns of this many people and more: 500, 1000, 5000 or 15000."),
    ] = USUAL_SIZE,
) -> None:
    """Put the crossings and towns of countries on record.

    What is on record already stays as it is, and is found by more names afterwards.
    """
    run_add(countries, towns=towns, people=people)


@gazetteer_app.command("list", epilog="Example: whoholds gazetteer list")
def gazetteer_list() -> None:
    """Tell which countries there are, and what of them is on record."""
    run_list()
