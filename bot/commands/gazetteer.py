"""`whoholds gazetteer`: ready-made lists of crossings and towns, put on record by country."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from bot.commands.common import get_ready, opened
from bot.gazetteer.lists import (
    SIZES,
    count_towns,
    country_name,
    crossings,
    crossings_of,
    towns_of,
)
from storage.gazetteer import Adopted, adopt, on_record
from storage.model.errors import BadInput, NotMigrated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.model.places import Place

USUAL_SIZE = 5000
CREDIT = "Towns: GeoNames (https://www.geonames.org), CC BY 4.0"


def run_add(codes: Sequence[str], *, towns: bool, people: int) -> None:
    """Put the crossings and, with `towns`, the towns of countries on record; says what came of it.

    `people` is the size of the smallest towns. Raises BadInput for what is no country, or no size.
    """
    countries = tuple(dict.fromkeys(code.upper() for code in codes))
    names = [country_name(code) for code in countries]
    if people not in SIZES:
        raise BadInput(f"{people} is none of {', '.join(map(str, SIZES))}", column="--people")
    listed = crossings_of(countries)
    if towns:
        listed += towns_of(countries, people)
    if not listed:
        raise BadInput(f"no list has a place in {', '.join(names)}")
    with opened(get_ready(), make=True) as database, database.begin() as conn:
        done = adopt(conn, listed)
    _tell(done, listed, names)


def _tell(done: Adopted, listed: Sequence[Place], names: Sequence[str]) -> None:
    areas = sum(p.is_area for p in listed)
    crossings = sum(p.kind == "crossing" for p in listed)
    towns = len(listed) - areas - crossings
    typer.echo(f"{', '.join(names)}: {areas} borders, {crossings} crossings, {towns} towns")
    counts = {
        "new": len(done.new),
        "on record under another id": len(done.merged),
        "on record already": len(done.unchanged),
    }
    typer.echo(", ".join(f"{n} {words}" for words, n in counts.items() if n))
    if done.grown:
        typer.echo(f"{len(done.grown)} of those on record got names or areas they lacked")
    for place_id in done.taken:
        typer.echo(f"not loaded: the id {place_id} is another place on record", err=True)
    if towns:
        typer.echo(CREDIT)


def run_list() -> None:
    """Print the countries, how many places the lists have of each, and how many are on record."""
    sizes = count_towns(min(SIZES))
    usual = count_towns(USUAL_SIZE)
    ids = [p.id for p in crossings()] + [t for towns in sizes.values() for t in towns]
    loaded = _loaded(ids)
    covered = {c for p in crossings() if not p.is_area for c in p.countries}
    shown = covered | {c for c, towns in sizes.items() if not loaded.isdisjoint(towns)}
    typer.echo(
        f"{'':2}  {'country':22}  {'crossings':>9}  {'loaded':>6}  {'towns':>6}  {'loaded':>6}"
    )
    for code in sorted(shown, key=country_name):
        mine = [p.id for p in crossings() if code in p.countries and not p.is_area]
        towns = sizes.get(code, [])
        typer.echo(
            f"{code}  {country_name(code):22}  {len(mine):9}  {len(loaded.intersection(mine)):6}  "
            f"{len(usual.get(code, [])):6}  {len(loaded.intersection(towns)):6}"
        )
    typer.echo(
        f"Towns are those of {USUAL_SIZE} people and more; --people 500 brings smaller ones. "
        f"{len(sizes) - len(shown)} more countries have towns only: name their code."
    )
    typer.echo(CREDIT)


def _loaded(ids: Sequence[str]) -> set[str]:
    """Which of these are on record; none where there is no database yet."""
    try:
        with opened(get_ready(), make=False) as database, database.connect() as conn:
            return on_record(conn, ids)
    except NotMigrated:
        return set()
