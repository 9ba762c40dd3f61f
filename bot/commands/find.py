"""`whoholds find`: which place a name means, as the bot understands it; one name or a file."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import typer
from rich.console import Console
from rich.progress import track

from bot.commands.common import get_ready, opened
from storage.finding import find_place, offered
from storage.model.errors import BadInput
from storage.model.names import Ambiguous, Found, NotFound
from storage.place_index import PlaceIndex

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from storage.model.names import Index, Resolution
    from storage.model.places import Place

NEEDED = ("qid", "query")
WRITTEN = ("qid", "pred1", "pred2", "pred3")
SUGGESTIONS = 2


def find_one(query: str, *, as_json: bool) -> bool:
    """Print the place that is found, or those that would be asked about; returns whether one was.

    Raises BadInput when there are no places yet.
    """
    answer = find_place(query, _index())
    if as_json:
        typer.echo(json.dumps(_as_object(query, answer), ensure_ascii=False))
    else:
        typer.echo(_in_words(answer))
    return isinstance(answer, Found)


def find_all(queries: Path, out: Path) -> None:
    """Look for each query of a CSV file and write what was found to another.

    Raises BadInput naming the line of what cannot be read; nothing is written then.
    """
    if out.resolve() == queries.resolve():
        raise BadInput(
            f"{out} would be overwritten with its own answers: name another", column="--out"
        )
    asked = _read(queries)
    index = _index()
    console = Console(stderr=True)
    shown = track(
        asked, "finding", console=console, transient=True, disable=not console.is_terminal
    )
    answers = [(qid, *_predictions(find_place(query, index))) for qid, query in shown]
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(WRITTEN)
        writer.writerows(answers)
    found = sum(1 for _, first, *_ in answers if first)
    typer.echo(f"{len(answers)} queries: {found} found, {len(answers) - found} to be asked about")


def _index() -> Index:
    with opened(get_ready(), make=False) as database, database.connect() as conn:
        index = PlaceIndex().current(conn)
    if not index:
        raise BadInput("no place is on record yet: `whoholds import PATH` brings some")
    return index


def _read(path: Path) -> list[tuple[str, str]]:
    """The ids and queries of a file, in its order."""
    asked: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, strict=True)
        try:
            missing = [name for name in NEEDED if name not in (rows.fieldnames or ())]
            if missing:
                raise BadInput(f"{path}: its header lacks the column {' and '.join(missing)}")
            for row in rows:
                if None in row or None in row.values():
                    raise BadInput(f"{path}, line {rows.line_num}: not as many values as columns")
                qid = row["qid"]
                if not qid:
                    raise BadInput(f"{path}, line {rows.line_num}: no qid")
                if qid in asked:
                    raise BadInput(
                        f"{path}, line {rows.line_num}: the qid {qid!r} was given before"
                    )
                asked[qid] = row["query"]
        except UnicodeDecodeError:
            raise BadInput(f"{path}, after line {rows.line_num}: not UTF-8") from None
        except csv.Error as error:
            raise BadInput(f"{path}, after line {rows.line_num}: {error}") from None
    return list(asked.items())


def _predictions(answer: Resolution) -> tuple[str, str, str]:
    """The place found; or nothing, and the first of those that are asked about."""
    if isinstance(answer, Found):
        return answer.place.id, "", ""
    ids = [p.id for p in offered(answer)[:SUGGESTIONS]]
    second, third = [*ids, "", ""][:SUGGESTIONS]
    return "", second, third


def _as_object(query: str, answer: Resolution) -> dict[str, Any]:
    found = answer.place if isinstance(answer, Found) else None
    others = () if isinstance(answer, Found) else offered(answer)
    return {
        "query": query,
        "found": found.id if found else None,
        "ambiguous": isinstance(answer, Ambiguous),
        "offered": [
            {"id": p.id, "name": p.name, "kind": p.kind, "countries": list(p.countries)}
            for p in others
        ],
        "similar": answer.similar if isinstance(answer, NotFound) else len(others),
    }


def _in_words(answer: Resolution) -> str:
    match answer:
        case Found(place):
            return _line(place)
        case Ambiguous(candidates):
            return "could be any of these:\n" + _lines(candidates)
        case NotFound(()):
            return "no place is called so, nor nearly so"
        case NotFound(near, similar):
            more = f" ({len(near)} of {similar})" if similar > len(near) else ""
            return f"no place is surely meant; similar{more}:\n" + _lines(near)


def _lines(places: Sequence[Place]) -> str:
    return "\n".join(f"  {_line(p)}" for p in places)


def _line(place: Place) -> str:
    return f"{place.id}  {place.name} ({', '.join([place.kind, *place.countries])})"
