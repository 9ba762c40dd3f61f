"""`whoholds rejects` and `whoholds leads`: what waits for somebody to look at it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import typer

from bot.clock import utc_now
from bot.commands.common import get_ready, opened
from bot.feeds.config import feeds_of
from bot.feeds.keeping import How, Outcome
from bot.feeds.naming import Names
from bot.feeds.retrying import BATCH, retry
from bot.importing.load import check_until_done
from bot.policy_file import policy_of
from handlers.messages.message import clean
from storage import leads, rejects
from storage.model.errors import BadInput
from storage.model.times import iso
from storage.place_index import PlaceIndex

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

ALL = "all"
LARGEST = 2**63


def show_rejects(*, as_json: bool) -> None:
    """Print the rows that wait, oldest first, as JSON one object a line."""
    with opened(get_ready(), make=False) as database, database.connect() as conn:
        last: int | None = 0
        none = True
        while last is not None:
            rows = rejects.waiting(conn, after=last, limit=BATCH)
            last = rows[-1].id if len(rows) == BATCH else None
            none = none and not rows
            for row in rows:
                where = f"{row.field}: " if row.field else ""
                line = f"{row.id}  {row.origin}  {row.item.key}  {where}{row.reason}"
                found = {
                    "id": row.id,
                    "origin": row.origin,
                    "item": row.item.key,
                    "field": row.field,
                    "reason": row.reason,
                    "since": iso(row.made_at),
                    "tried": iso(row.tried_at),
                    "row": dict(row.item.fields),
                    "raw": dict(row.item.raw),
                }
                typer.echo(json.dumps(found, ensure_ascii=False) if as_json else clean(line))
    if none and not as_json:
        typer.echo("no row waits")


def retry_rejects(numbers: Sequence[str]) -> bool:
    """Try rows again and print what became of them; True if none of them waits any more.

    Raises BadInput for what is no number, or that of no row.
    """
    settings = get_ready()
    ids = _ids(numbers)
    blocks = feeds_of(settings).blocks
    policy = policy_of(settings)
    index = PlaceIndex()
    how = How("", Names(), utc_now(), timedelta(hours=settings.late_hours))
    outcome = Outcome()
    with opened(settings, make=False) as database:
        with database.connect() as conn:
            _check_there(ids, {w.id for w in rejects.waiting(conn, ids=ids)} if ids else set())
        last: int | None = 0
        while last is not None:
            with database.begin() as conn:
                rows = rejects.waiting(conn, ids=ids, after=last, limit=BATCH)
                outcome.add(retry(conn, rows, blocks, how, index.current(conn)))
            last = rows[-1].id if len(rows) == BATCH else None
        check_until_done(database, how.now, policy)
    through = outcome.new + outcome.corrected + outcome.unchanged
    typer.echo(f"{_rows(through)} went through, {outcome.rejected} still waiting")
    return not outcome.rejected


def dismiss_rejects(numbers: Sequence[str]) -> None:
    """Let rows wait no more; raises BadInput as `retry_rejects` does."""
    ids = _ids(numbers)
    with opened(get_ready(), make=False) as database, database.begin() as conn:
        _check_there(ids, {w.id for w in rejects.waiting(conn, ids=ids)} if ids else set())
        dismissed = rejects.dismiss(conn, ids, utc_now())
    typer.echo(f"{_rows(dismissed)} dismissed")


def show_leads(*, as_json: bool, most: int) -> None:
    """Print the newest leads, as JSON one object a line."""
    with opened(get_ready(), make=False) as database, database.connect() as conn:
        found = leads.newest(conn, most)
    for kept in found:
        lead = kept.lead
        if as_json:
            line = {
                "id": kept.id,
                "feed": kept.feed,
                "item": lead.key,
                "title": lead.title,
                "summary": lead.summary,
                "url": lead.url,
                "said": iso(lead.said),
                "changed": iso(lead.changed) if lead.changed else None,
                "withdrawn": iso(kept.withdrawn_at) if kept.withdrawn_at else None,
            }
            typer.echo(json.dumps(line, ensure_ascii=False))
        else:
            gone = "WITHDRAWN  " if kept.withdrawn_at else ""
            text = f"{gone}{lead.title}  {lead.url}"
            when = f"{lead.said:%Y-%m-%d %H:%M}"
            typer.echo(f"{kept.id}  {when}  {kept.feed}  {clean(text)}")
    if not found and not as_json:
        typer.echo("no leads")


def _ids(numbers: Sequence[str]) -> list[int] | None:
    """The numbers given; None for all rows."""
    if list(numbers) == [ALL]:
        return None
    wrong = [n for n in numbers if not (n.isascii() and n.isdecimal()) or int(n[:20]) >= LARGEST]
    if wrong:
        raise BadInput(f"{wrong[0][:40]!r} is no number of a row; give numbers, or `{ALL}` alone")
    return [int(n) for n in numbers]


def _check_there(ids: Collection[int] | None, there: Collection[int]) -> None:
    gone = [str(i) for i in ids or () if i not in there]
    if gone:
        raise BadInput(f"no row that waits has the number {', '.join(gone)}")


def _rows(number: int) -> str:
    return "1 row" if number == 1 else f"{number} rows"
