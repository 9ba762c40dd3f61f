"""Events as conflict researchers code them (ACLED) → what they claim about a place.

Written after the codebook (https://acleddata.com/methodology/acled-codebook): neither `actor1` nor
`actor2` is by itself the one who won, so who took a place follows from the kind of event and from
which of the two belongs to the state. Where that leaves a doubt, the event waits for somebody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.feeds.parsing import from_epoch, one_line, text_of
from storage.model.feeds import Item
from storage.model.reports import Claim

if TYPE_CHECKING:
    from collections.abc import Mapping

REGAINS = "government regains territory"
OVERTAKES = "non-state actor overtakes territory"
TRANSFER = "non-violent transfer of territory"
BATTLES = "battles"
# How `inter1` and `inter2` say that an actor is of the state: in words, by a number before 2024.
STATE = ("state forces", "1")
EXACT = "1"
LONGEST_QUOTE = 1000
BOTH = ("actor1", "actor2")


def is_about_control(event: Mapping[str, Any]) -> bool:
    """Whether an event is one of a place that is fought for or changes hands."""
    return _said(event, "event_type") == BATTLES or _said(event, "sub_event_type") == TRANSFER


def item_of(event: Mapping[str, Any], transfers_to: str | None) -> Item:
    """An event as a report; `transfers_to` is the actor that gains in a transfer without violence
    (`actor1` or `actor2`), where the operator has said which.

    An item whose time, place or direction is not sure has an error that says so.
    """
    key = _text(event, "event_id_cnty")
    claim, party, doubt = _claim(event, transfers_to)
    fields = {
        "id": key,
        "place": _text(event, "location"),
        "claim": claim.value,
        "party": party,
        "occurred_at": _text(event, "event_date"),
        "reported_at": _published(event),
        "quote": one_line(_text(event, "notes"), LONGEST_QUOTE),
        "via": one_line(_text(event, "source"), 200),
        "lat": _text(event, "latitude"),
        "lon": _text(event, "longitude"),
    }
    # The time of publishing moves with every change, also where nothing of this is another one.
    return Item(key, fields, dict(event), doubt or _vague(event), apart=("reported_at",))


def _published(event: Mapping[str, Any]) -> str:
    try:
        return from_epoch(float(_text(event, "timestamp")))
    except ValueError:
        return ""


def _claim(event: Mapping[str, Any], transfers_to: str | None) -> tuple[Claim, str, str | None]:
    """The claim, who took the place (as the event calls that), and what is doubtful about it."""
    kind = _said(event, "sub_event_type")
    of_state = [actor for actor in BOTH if _said(event, f"inter{actor[-1]}") in STATE]
    others = [actor for actor in BOTH if actor not in of_state and _text(event, actor)]
    if kind == REGAINS:
        return _took(event, of_state, "which of the actors is the government")
    if kind == OVERTAKES:
        rivals = others if of_state else []
        return _took(event, rivals, "which of the actors overtook the other")
    if kind == TRANSFER:
        gains = [transfers_to] if transfers_to else []
        return _took(event, gains, "which actor gained (`transfers_to` of the block may say)")
    return Claim.FIGHTING, "", None


def _took(event: Mapping[str, Any], actors: list[str], doubt: str) -> tuple[Claim, str, str | None]:
    if len(actors) == 1 and _text(event, actors[0]):
        return Claim.TOOK, _text(event, actors[0]), None
    return Claim.TOOK, "", f"party: it is not sure {doubt}"


def _vague(event: Mapping[str, Any]) -> str | None:
    if (precision := _text(event, "time_precision")) != EXACT:
        return f"occurred_at: the day is not known exactly (time_precision {precision or 'none'})"
    if (precision := _text(event, "geo_precision")) != EXACT:
        return f"place: it is not known exactly (geo_precision {precision or 'none'})"
    return None


def _text(event: Mapping[str, Any], name: str) -> str:
    return text_of(event.get(name))


def _said(event: Mapping[str, Any], name: str) -> str:
    return _text(event, name).casefold()
