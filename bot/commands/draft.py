"""`whoholds draft`: the claims in a news text, for a person to look through."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands.common import get_ready, opened
from storage.finding import find_place
from storage.lexicons import english
from storage.model.drafting import LONGEST_TEXT, drafts, foreign_part
from storage.model.errors import BadInput
from storage.model.times import Precision, parse_moment
from storage.place_index import PlaceIndex
from storage.sources import all_parties

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from storage.model.drafting import Draft, Gap, PartySaid, PlaceSaid, Span, Speaker, TimeSaid
    from storage.model.names import Index
    from storage.model.parties import Parties
    from storage.model.places import Place

STDIN = "-"


def draft(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="A text file in UTF-8, or - for what is piped in.")
    ],
    dateline: Annotated[
        str | None,
        typer.Option(
            metavar="DAY",
            help="The day of the text; “on Sunday” is counted from it or the text's dateline.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object a draft, one a line.")
    ] = False,
) -> None:
    """Draft the claims in an English news text. Nothing is recorded: a person confirms them.

    Each is told with its sentence. Where the text does not tell a part of it, the draft says so.
    """
    day = None if dateline is None else _day(dateline)
    text = _text(file)
    _check_language(text, file)
    index, parties = _known()
    found = drafts(text, day, lambda name: find_place(name, index), parties, english())
    if as_json:
        for one in found:
            typer.echo(json.dumps(_as_object(one), ensure_ascii=False))
        return
    if not found:
        typer.echo("no claim of who holds a place was found in this text (only English is read)")
    for number, one in enumerate(found, 1):
        typer.echo(_in_words(number, one))


def _day(text: str) -> date:
    try:
        moment = parse_moment(text)
    except BadInput as error:
        raise BadInput(error.reason, column="--dateline") from None
    if moment.precision is not Precision.DAY:
        raise BadInput(
            f"{text[:40]!r} is a time: give the day of the text, such as 2014-06-23",
            column="--dateline",
        )
    return moment.at.date()


def _text(file: str) -> str:
    """The text; raises BadInput where it is none, or OSError where there is no such file."""
    name = _called(file)
    read = sys.stdin.buffer.read() if file == STDIN else Path(file).read_bytes()
    try:
        text = read.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = read.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{name}, line {line}: not UTF-8") from None
    if not text.strip():
        raise BadInput(f"{name}: there is no text in it")
    if len(text) > LONGEST_TEXT:
        raise BadInput(
            f"{name}: {len(text)} characters; at most {LONGEST_TEXT} are read, so give one news "
            "text at a time"
        )
    return text


def _called(file: str) -> str:
    return "what was piped in" if file == STDIN else file


def _check_language(text: str, file: str) -> None:
    """Raises BadInput where a part of the text is in another language than English."""
    if part := foreign_part(text, english()):
        line = text.count("\n", 0, part.start) + 1
        raise BadInput(
            f"{_called(file)}, line {line}: not English ({text[slice(*part)].strip()[:40]!r}); "
            "only English is read, so give its English part by itself"
        )


def _known() -> tuple[Index, Parties]:
    with opened(get_ready(), make=False) as database, database.connect() as conn:
        index, parties = PlaceIndex().current(conn), all_parties(conn)
    if not index:
        raise BadInput("no place is on record yet: `whoholds import PATH` brings some")
    return index, parties


def _in_words(number: int, draft: Draft) -> str:
    claim = draft.claim.value
    if draft.denied:
        of = f" (draft {draft.denied.draft + 1})" if draft.denied.draft is not None else ""
        claim += f" that {_party(draft.denied.party, None)} {draft.denied.claim.value} it{of}"
    else:
        claim += f"  {_party(draft.party, draft.party_gap)}"
    lines = [
        f"{number}. {_place(draft.place)}: {claim}" + (" [background]" if draft.background else ""),
        f"   who says so: {_speaker(draft.speaker, draft.speaker_gap)}"
        + (f", by {draft.publisher}" if draft.publisher else ""),
        f"   happened: {_time(draft.happened, draft.happened_gap)}; "
        f"said: {_time(draft.said, draft.said_gap)}",
        f"   “{' '.join(draft.quote.split())}”",
    ]
    return "\n".join(lines)


def _place(place: PlaceSaid) -> str:
    if place.place is not None:
        name = f"{place.place.id}  {place.place.name}"
        return name + (f" ({place.gap})" if place.gap else "")
    some = "; ".join(f"{p.id}  {p.name}" for p in place.candidates)
    return f"“{place.written}” ({place.gap}{': ' if some else ''}{some})"


def _party(party: PartySaid | None, gap: Gap | None) -> str:
    if party is None:
        return f"({gap})" if gap else "somebody"
    if party.party is not None:
        return party.party.name
    some = "; ".join(p.name for p in party.candidates)
    return f"“{party.stands_for or party.written}” ({party.gap}{': ' if some else ''}{some})"


def _speaker(speaker: Speaker | None, gap: Gap | None) -> str:
    if speaker is None:
        return f"({gap})"
    notes = [
        speaker.kind or "of no known kind",
        *([f"that is {speaker.stands_for}"] if speaker.stands_for else []),
        *([f"of {speaker.side.party.name}"] if speaker.side and speaker.side.party else []),
        *(["at the scene"] if speaker.position else []),
    ]
    return f"“{speaker.written}” ({', '.join(notes)})"


def _time(said: TimeSaid | None, gap: Gap | None) -> str:
    if said is None:
        return f"({gap})"
    days = said.first.isoformat()
    if said.last != said.first:
        days = f"{days} to {said.last.isoformat()}"
    since = "since " if said.since else ""
    return f"{since}{days} " + ("(the text's date)" if said.from_dateline else f"“{said.written}”")


def _as_object(draft: Draft) -> dict[str, Any]:
    denied = draft.denied
    return {
        "place": {
            **_mention(draft.place),
            "id": draft.place.place.id if draft.place.place else None,
            "candidates": _places(draft.place.candidates),
        },
        "claim": draft.claim.value,
        "verb": _span(draft.verb),
        "party": _party_object(draft.party, draft.party_gap),
        "denied": denied
        and {
            "claim": denied.claim.value,
            "party": _party_object(denied.party, None),
            "draft": None if denied.draft is None else denied.draft + 1,
        },
        "speaker": _speaker_object(draft.speaker, draft.speaker_gap),
        "publisher": {
            "written": draft.publisher,
            "span": _span(draft.publisher_span),
            "gap": draft.publisher_gap,
        },
        "happened": _time_object(draft.happened, draft.happened_gap),
        "said": _time_object(draft.said, draft.said_gap),
        "attribution": draft.attribution.value,
        "background": draft.background,
        "quote": draft.quote,
        "span": _span(draft.span),
    }


def _mention(said: PlaceSaid | PartySaid) -> dict[str, Any]:
    return {
        "written": said.written,
        "span": _span(said.span),
        "stands_for": said.stands_for or None,
        "gap": said.gap,
    }


def _party_object(party: PartySaid | None, gap: Gap | None) -> dict[str, Any]:
    if party is None:
        return {"written": None, "id": None, "gap": gap}
    return {
        **_mention(party),
        "id": party.party.id if party.party else None,
        "candidates": [{"id": p.id, "name": p.name} for p in party.candidates],
    }


def _speaker_object(speaker: Speaker | None, gap: Gap | None) -> dict[str, Any]:
    if speaker is None:
        return {"written": None, "gap": gap}
    return {
        "written": speaker.written,
        "span": _span(speaker.span),
        "kind": speaker.kind,
        "number": speaker.number,
        "side": _party_object(speaker.side, None) if speaker.side else None,
        "position": speaker.position.value or None,
        "stands_for": speaker.stands_for or None,
        "gap": None,
    }


def _time_object(said: TimeSaid | None, gap: Gap | None) -> dict[str, Any]:
    if said is None:
        return {"first": None, "last": None, "gap": gap}
    return {
        "first": said.first.isoformat(),
        "last": said.last.isoformat(),
        "precision": said.precision.value,
        "written": said.written or None,
        "span": _span(said.span),
        "since": said.since,
        "from_dateline": said.from_dateline,
        "gap": None,
    }


def _places(places: Sequence[Place]) -> list[dict[str, Any]]:
    return [
        {"id": p.id, "name": p.name, "kind": p.kind, "countries": list(p.countries)} for p in places
    ]


def _span(span: Span | None) -> list[int] | None:
    return None if span is None else [span.start, span.end]
