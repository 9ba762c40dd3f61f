"""Alerts about places, areas and what was wrong, as messages.

The first line is all that a notification shows: one emoji, the place, what is now true. Then what
changed, who says so, how sure and why, since when, and what it was before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.area_alerts import area_lines
from handlers.messages.buttons import place_buttons
from handlers.messages.corrections import correction_lines, subject
from handlers.messages.message import Message, one_message
from handlers.messages.place_alerts import place_lines
from handlers.messages.words import Telling
from storage.model.alerts import AreaAlert, Correction, PlaceAlert

if TYPE_CHECKING:
    from handlers.messages.message import Buttons, Reader
    from storage.model.alerts import Alert
    from storage.model.parties import Parties


def compose(alert: Alert, parties: Parties, reader: Reader) -> Message:
    """An alert as the message that tells it, as it is to be read now: amended or withdrawn.

    Times of day are in the reader's zone. Lists are shortened so that it always fits one message.
    """
    telling = Telling(reader, parties, alert.made_at)
    buttons = _buttons(reader, alert)
    if isinstance(alert, Correction):
        return one_message(correction_lines(telling, alert), buttons)
    lines = (
        area_lines(telling, alert) if isinstance(alert, AreaAlert) else place_lines(telling, alert)
    )
    if alert.withdrawn_at is not None:
        struck = (Markup("<s>{}</s>").format(line) for line in lines)
        lines = [reader.say("↩️ <b>Withdrawn, see below.</b>"), *struck]
    return one_message(lines, buttons, silent=isinstance(alert, PlaceAlert) and alert.silent)


def _buttons(reader: Reader, alert: Alert) -> Buttons:
    if isinstance(alert, Correction):
        return place_buttons(reader, subject(alert), subscribed=True)
    if isinstance(alert, AreaAlert):
        return place_buttons(reader, alert.area, subscribed=True)
    latest = alert.additions[-1].after if alert.additions else alert.after
    reports = len(latest.counting)
    return place_buttons(reader, alert.place, subscribed=True, reports=reports)
