"""What an editor is asked while writing a report, what that would change, and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.messages.message import Button, Message, one_message, outside
from handlers.messages.voices import SOURCE_LIMIT
from handlers.messages.words import (
    Telling,
    place_label,
    show_instant,
)
from storage.model.report_drafts import Asks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from markupsafe import Markup

    from handlers.messages.message import Reader
    from storage.model.places import Place
    from storage.model.report_drafts import ReportDraft

# A button of a draft: "r:17:3:2" is the second offer under step 3 of draft 17.
DRAFT = "r"
RECORD, CHANGE, CANCEL, PART = "record", "change", "cancel", "="
QUOTE_LIMIT = 300
TYPED_LIMIT = 60
PER_ROW = 2
_ONE_A_ROW = frozenset(
    {Asks.SOURCE, Asks.DENIED, Asks.SIDE, Asks.PARTY, Asks.TAKEN_BACK, Asks.CORRECTED}
)


def question(
    draft: ReportDraft,
    labels: Sequence[str],
    reader: Reader,
    *,
    place: Place | None,
    note: Markup | None = None,
) -> Message:
    """The open question of a draft with a button for each offer; `note` is what was wrong with the
    last answer.
    """
    if draft.open is None:
        raise ValueError("nothing is asked")
    lines = [note] if note else []
    lines += _asked(draft, draft.open, place, reader)
    buttons = [
        Button(label or "?", data=button_data(draft, str(number)))
        for number, label in enumerate(labels)
    ]
    per_row = 1 if draft.open in _ONE_A_ROW else PER_ROW
    rows = tuple(tuple(buttons[i : i + per_row]) for i in range(0, len(buttons), per_row))
    return one_message(lines, (*rows, (cancel_button(draft, reader),)))


def _asked(draft: ReportDraft, asks: Asks, place: Place | None, reader: Reader) -> list[Markup]:
    say = reader.say
    name = outside(draft.named, SOURCE_LIMIT)
    if asks is Asks.VIA and draft.person:
        person = outside(draft.person, SOURCE_LIMIT)
        return [
            say("<b>Is the name of {name} kept?</b>", name=person),
            say("Then everybody who asks is shown it. Choose, or type who relays it."),
        ]
    if asks is Asks.SOURCE and draft.named:
        return [say("<b>Which source is “{name}”?</b>", name=name)]
    where = place_label(place) if place else say("the place")
    return list((_about_report(where, reader) | _about_source(name, reader))[asks])


def _about_report(where: Markup, reader: Reader) -> dict[Asks, Sequence[Markup]]:
    """What is asked about the report itself, or about the one or the text that it begins with."""
    say = reader.say
    return {
        Asks.PLACE: (say("<b>Which place is it about?</b>"), say("Type its name.")),
        Asks.CLAIM: (
            say("<b>What is claimed about {place}?</b>", place=where),
            say("Choose, or type it: <code>militants took it</code>."),
        ),
        Asks.PARTY: (
            say("<b>Which party does the claim speak of?</b>"),
            say("Choose, or type its name."),
        ),
        Asks.DENIED: (say("<b>Which report is denied?</b>"),),
        Asks.SOURCE: (say("<b>Who says so?</b>"), say("Choose, or type a name.")),
        Asks.WHEN: (
            say("<b>When did it happen?</b>"),
            say("Choose, or type it: <code>22 June 18:00</code>."),
        ),
        Asks.VIA: (
            say("<b>How is it known?</b>"),
            say("Type who relays it, such as <code>state television</code>."),
        ),
        Asks.LINK: (say("<b>Is there a link to it?</b>"), say("Paste it.")),
        Asks.QUOTE: (say("<b>What was said, word for word?</b>"), say("Type it.")),
        Asks.CREDIBILITY: (
            say("<b>How credible is the claim itself?</b>"),
            say("Whoever says so. /why shows it; it moves no weight."),
        ),
        Asks.TAKEN_BACK: (
            say("<b>Which report is taken back?</b>"),
            say("Choose one of yours, or type the id of any."),
        ),
        Asks.ARTICLE: (
            say("<b>Which text shall I read?</b>"),
            say("Send or forward an English news text. Nothing is recorded by itself."),
        ),
        Asks.CORRECTED: (
            say("<b>Which report is corrected?</b>"),
            say("Choose one of yours, or type the id of any."),
        ),
    }


def _about_source(name: Markup, reader: Reader) -> dict[Asks, Sequence[Markup]]:
    """What is asked about a source that is not on record."""
    say = reader.say
    return {
        Asks.KIND: (
            say("<b>What is “{name}”?</b>", name=name),
            say("Choose, or type a word for it."),
        ),
        Asks.SIDE: (
            say("<b>Which party does “{name}” belong to?</b>", name=name),
            say("Choose, or type its name."),
        ),
        Asks.POSITION: (say("<b>Is “{name}” where it speaks of?</b>", name=name),),
        Asks.GRADE: (say("<b>How reliable is “{name}”?</b>", name=name),),
    }


def which_part(
    draft: ReportDraft, parts: Sequence[Asks], reader: Reader, note: Markup | None = None
) -> Message:
    """Which part of a report is to be changed."""
    say = reader.label
    words = {
        Asks.PLACE: say("The place"),
        Asks.CLAIM: say("What is claimed"),
        Asks.SOURCE: say("Who says so"),
        Asks.WHEN: say("When it happened"),
        Asks.VIA: say("How it is known"),
        Asks.LINK: say("The link"),
        Asks.QUOTE: say("The quote"),
        Asks.CREDIBILITY: say("How credible it is"),
    }
    buttons = [Button(words[p], data=button_data(draft, f"{PART}{p.value}")) for p in parts]
    rows = tuple(tuple(buttons[i : i + PER_ROW]) for i in range(0, len(buttons), PER_ROW))
    line = reader.say("<b>What do you want to change?</b>")
    return one_message([note, line] if note else [line], (*rows, (cancel_button(draft, reader),)))


def already(reader: Reader) -> Message:
    """A report was recorded already: nothing is recorded twice."""
    return one_message(
        [reader.say("That report is on record already. Nothing was recorded twice.")]
    )


def gone(reader: Reader) -> Message:
    """A button of a draft that is not there any more."""
    return one_message(
        [
            reader.say("That report is not being written any more."),
            reader.say("/report begins a new one."),
        ]
    )


def not_yours(reader: Reader) -> Message:
    """A button or a choice of a report that somebody else writes, or nobody."""
    return one_message([reader.say("You are writing no report here. /report begins one.")])


def cancelled(reader: Reader) -> Message:
    """The report is not wanted any more."""
    return one_message([reader.say("Nothing was recorded, and the report is put away.")])


def nothing_to_cancel(reader: Reader) -> Message:
    """/cancel where nothing is being written."""
    return one_message([reader.say("You are writing nothing here.")])


def no_edits(reader: Reader) -> Message:
    """A message was edited that may have been an answer."""
    return one_message(
        [reader.say("An edited message is no answer here: please type the answer anew.")]
    )


def how_to(reader: Reader) -> Markup:
    """How a report is written in one line."""
    return reader.say(
        "In one line: <code>/report al waleed: militants hold it, say two officials at the "
        "crossing, today</code>"
    )


# ------------------------------------------------------------------- what is said of an answer


def forwarded(publisher: str, said: datetime, telling: Telling) -> Markup:
    """A message was forwarded: a report begins with it."""
    return telling.reader.say(
        "<b>A report of what {publisher} said</b> on {when}.",
        publisher=outside(publisher, SOURCE_LIMIT),
        when=show_instant(telling, said),
    )


def is_private(reader: Reader) -> Markup:
    """The forwarded message is from a private person: what becomes of the name."""
    return reader.say(
        "That is a private person: you are asked at the end whether the name is kept and shown."
    )


def shortened(most: int, reader: Reader) -> Markup:
    """A text is longer than a quote may be."""
    return reader.say("Only the first {most} characters are kept as its quote.", most=most)


def put_away(reader: Reader) -> Markup:
    """Another report was being written."""
    return reader.say("The report that you were writing here is put away.")


def no_claim(typed: str, reader: Reader) -> Markup:
    """A text is no claim."""
    return reader.say("I cannot read “{text}” as a claim.", text=outside(typed, TYPED_LIMIT))


def no_party(typed: str, reader: Reader) -> Markup:
    """A text is the name of no one party."""
    return reader.say("“{text}” is no party that I know.", text=outside(typed, TYPED_LIMIT))


def no_credibility(typed: str, reader: Reader) -> Markup:
    """A text is no grade of a claim."""
    text = outside(typed, TYPED_LIMIT)
    return reader.say("“{text}” is no grade: 1 (confirmed) to 6 (impossible to judge).", text=text)


def no_offer(reader: Reader) -> Markup:
    """A text where only a button is an answer."""
    return reader.say("Please use one of the buttons.")


def no_such_report(report_id: str, reader: Reader) -> Markup:
    """No report has this id."""
    return reader.say("No report has the id “{id}”.", id=outside(report_id, TYPED_LIMIT))


def taken_back_already(report_id: str, reader: Reader) -> Markup:
    """A report does not count any more."""
    return reader.say(
        "The report “{id}” is taken back already.", id=outside(report_id, TYPED_LIMIT)
    )


def not_to_be_corrected(reader: Reader) -> Markup:
    """A retraction says nothing that could be mended."""
    return reader.say("That report only takes another one back: /retract ends that.")


def none_of_yours(reader: Reader) -> Markup:
    """Somebody has put no report on record that still counts."""
    return reader.say("You have no report on record that could be.")


def nothing_changed(reader: Reader) -> Markup:
    """A correction that says what was said before."""
    return reader.say("It says the same so far.")


def no_link(typed: str, reader: Reader) -> Markup:
    """A text is no link."""
    return reader.say("“{text}” is no http or https address.", text=outside(typed, TYPED_LIMIT))


def too_long(length: int, most: int, reader: Reader) -> Markup:
    """An answer is too long; both in characters."""
    return reader.say("That has {n} characters; at most {most} fit.", n=length, most=most)


def nothing_in_it(reader: Reader) -> Markup:
    """An answer without a letter or digit."""
    return reader.say("There is nothing in that to read.")


def is_area(place: Place, reader: Reader) -> Markup:
    """A report is about one place, and not an area."""
    return reader.say("{place} is an area: please name one place in it.", place=place_label(place))


def too_late(reader: Reader) -> Markup:
    """It is said to have happened after it was said."""
    return reader.say("That is after it was said.")


def twice(typed: Sequence[str], reader: Reader) -> Markup:
    """Parts of a line that were given more than once."""
    some = reader.all_of([reader.say("“{text}”", text=outside(t, TYPED_LIMIT)) for t in typed])
    return reader.say("This was one too many, and is left out: {some}.", some=some)


def changed_since(reader: Reader) -> Markup:
    """What would follow is not what the preview said any more."""
    return reader.say("⚠️ Things have changed meanwhile. This is what would follow now:")


def older_button(reader: Reader) -> Markup:
    """A button under an earlier step."""
    return reader.say("That button was under an earlier step. This is where we are:")


def cancel_button(draft: ReportDraft, reader: Reader) -> Button:
    """Puts the report away."""
    return Button(reader.label("Cancel"), data=button_data(draft, CANCEL))


def button_data(draft: ReportDraft, what: str) -> str:
    """The data of a button under this step of a draft."""
    return f"{DRAFT}:{draft.id}:{draft.version}:{what}"
