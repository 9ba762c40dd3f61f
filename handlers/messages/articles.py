"""What an editor is told of a news text: the claims that were drafted from it, one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.message import Button, Message, link, one_message, outside, split
from handlers.messages.voices import SOURCE_LIMIT
from handlers.messages.words import is_plural, party_name, place_label, show_day, show_instant
from storage.model.drafting import Gap
from storage.model.reports import Claim

if TYPE_CHECKING:
    from collections.abc import Mapping

    from handlers.messages.message import Reader
    from handlers.messages.words import Telling
    from storage.model.articles import Article, Days, DraftedClaim
    from storage.model.places import Place

# A button of a text: "text:17:3" is the claim with the number 3 in text 17, from 0.
ARTICLE, READ = "text", "read"
QUOTE_LIMIT = 200
PER_ROW = 5
URL_LIMIT = 80
# As many as there can be buttons; a message seldom has more than a dozen.
MOST_CLAIMS = 60
# Telegram takes 4096 characters; its apps cut what is longer, somewhat before that.
CUT_FROM = 4000


def claim_list(
    article: Article, places: Mapping[str, Place], telling: Telling, *, foreign: str | None = None
) -> tuple[Message, ...]:
    """The claims of a text, each with its sentence and what is missing, and a button for each.

    `foreign` is the first part of it in another language, for which none was read.
    """
    reader = telling.reader
    claims = article.claims or ()
    if not claims:
        nothing = _nothing(reader) if foreign is None else _not_english(foreign, reader)
        return (one_message([*nothing, *_cut(article, reader)]),)
    lines = [
        reader.count(
            "<b>I read {n} claim in this text.</b> Nothing is recorded by itself.",
            "<b>I read {n} claims in this text.</b> Nothing is recorded by itself.",
            len(claims),
        ),
        _counted_from(article, telling),
        *_linked(article, reader),
        *_cut(article, reader),
    ]
    shown = claims[:MOST_CLAIMS]
    lines += [_claim(number, c, places, telling) for number, c in enumerate(shown, 1)]
    if left := len(claims) - len(shown):
        lines.append(
            reader.count(
                "… and {n} more: give me the last part of the text by itself to see it.",
                "… and {n} more: give me the last part of the text by itself to see them.",
                left,
            )
        )
    lines.append(
        reader.say(
            "Only English is read, some claims are missed and some misread. A number begins a "
            "report with that claim, to be looked through."
        )
    )
    buttons = [
        Button(str(number + 1), data=f"{ARTICLE}:{article.id}:{number}")
        for number in range(len(shown))
    ]
    rows = tuple(tuple(buttons[i : i + PER_ROW]) for i in range(0, len(buttons), PER_ROW))
    return split(lines, rows)


def _nothing(reader: Reader) -> list[Markup]:
    return [
        reader.say("<b>I found no claim in this text.</b>"),
        reader.say("Only English is read. What you read in it yourself, /report puts on record."),
    ]


def _not_english(foreign: str, reader: Reader) -> list[Markup]:
    quote = outside(" ".join(foreign.split()), QUOTE_LIMIT)
    return [
        reader.say("<b>This text is not all in English, so I read no claim in it.</b>"),
        reader.say("“{quote}”", quote=quote),
        reader.say(
            "Give me its English part by itself, or put on record with /report what it says."
        ),
    ]


def _counted_from(article: Article, telling: Telling) -> Markup:
    say, given = telling.reader.say, article.given
    if given.forwarded:
        return say(
            "Days are counted from {when}, when it was said, unless the text has its own date.",
            when=show_instant(telling, given.sent),
        )
    return say(
        "Days are counted from {day}, when it was sent, unless the text has its own date.",
        day=show_day(telling, given.day),
    )


def _linked(article: Article, reader: Reader) -> list[Markup]:
    """The address that the reports get, where it was found in the text."""
    url = article.given.url
    if not url or article.given.forwarded:
        return []
    return [reader.say("Its link: {link}", link=link(url, outside(url, URL_LIMIT)))]


def _cut(article: Article, reader: Reader) -> list[Markup]:
    """Telegram's apps cut a long text in two, and only its first part follows the command."""
    if len(article.given.text) < CUT_FROM:
        return []
    return [
        reader.say(
            "⚠️ The text is as long as a message can be. If it goes on, send me the rest with "
            "/article too."
        )
    ]


def _claim(
    number: int, claim: DraftedClaim, places: Mapping[str, Place], telling: Telling
) -> Markup:
    say = telling.reader.say
    quote = say("<b>{n}.</b> “{quote}”", n=number, quote=outside(claim.quote, QUOTE_LIMIT))
    place = places.get(claim.place or "")
    lines = [
        say("{quote} (told of the past)", quote=quote) if claim.background else quote,
        say(
            "<b>{place}:</b> {what}",
            place=place_label(place) if place else outside(claim.place_called),
            what=_what(claim, telling),
        ),
    ]
    if claim.speaker and claim.publisher:
        who = outside(claim.speaker, SOURCE_LIMIT)
        via = outside(claim.publisher, SOURCE_LIMIT)
        lines.append(say("Says who: {who} ({via})", who=who, via=via))
    elif claim.speaker:
        lines.append(say("Says who: {who}", who=outside(claim.speaker, SOURCE_LIMIT)))
    if claim.happened:
        lines.append(say("Happened: {days}", days=_days(claim.happened, telling)))
    if claim.said:
        lines.append(say("Said: {days}", days=_days(claim.said, telling)))
    if missing := _missing(claim, place, telling.reader):
        lines.append(say("<b>Missing:</b> {what}", what=Markup("; ").join(missing)))
    return Markup("\n").join(lines)


def _what(claim: DraftedClaim, telling: Telling) -> Markup:
    say = telling.reader.say
    if claim.claim in (Claim.DENIES, Claim.RETRACTS) and claim.denied is not None:
        said = replace(claim, claim=claim.denied, denied=None, party=claim.denied_party)
        # Whose word it is that nobody is named in is not this claim's to tell.
        what = _what(replace(said, party_called=""), telling)
        if claim.claim is Claim.DENIES:
            return say("denied that {what}", what=what)
        return say("taken back that {what}", what=what)
    known = telling.parties.get(claim.party or "")
    party = party_name(known) if known else say("somebody")
    if known is None and claim.party_called:
        party = outside(claim.party_called)
    match claim.claim:
        case Claim.TOOK:
            return say("{party} took it", party=party)
        case Claim.LEFT:
            return say("{party} left", party=party)
        case Claim.HOLDS if is_plural(known.name if known else claim.party_called):
            return say("{party} hold it", party=party)
        case Claim.HOLDS:
            return say("{party} holds it", party=party)
        case Claim.FIGHTING:
            return say("there is fighting")
    return say("an earlier report is wrong")


def _days(days: Days, telling: Telling) -> Markup:
    first, last = (show_day(telling, day) for day in days)
    if first == last:
        return Markup("{}").format(first)
    return telling.reader.say("{first} to {last}", first=first, last=last)


def _missing(claim: DraftedClaim, place: Place | None, reader: Reader) -> list[Markup]:
    """What the text does not tell, or not surely, in words."""
    say = reader.say
    missing = []
    if place is None:
        called = outside(claim.place_called)
        if claim.place_gap is Gap.SEVERAL_PLACES:
            missing.append(say("the place, as several may be “{name}”", name=called))
        elif claim.place_gap is Gap.AN_AREA:
            missing.append(say("the place, as “{name}” is an area", name=called))
        else:
            missing.append(say("the place, as none that I know is “{name}”", name=called))
    if claim.lacks_party and claim.party_gap is Gap.SEVERAL_PARTIES:
        called = outside(claim.party_called)
        missing.append(say("the party, as several may be “{name}”", name=called))
    elif claim.lacks_party and claim.party_called:
        called = outside(claim.party_called)
        missing.append(say("the party, as none that I know is “{name}”", name=called))
    elif claim.lacks_party:
        missing.append(say("the party"))
    if not claim.speaker:
        missing.append(say("who says so"))
    if claim.happened is None:
        missing.append(say("when it happened"))
    elif claim.occurred is None:
        missing.append(say("on which of the days it happened"))
    return missing


# ------------------------------------------------------------------------------ beginning with one


def begins(number: int, claim: DraftedClaim, reader: Reader) -> Markup:
    """A report begins with a claim; its number is counted from 1."""
    quote = outside(claim.quote, QUOTE_LIMIT)
    return reader.say("<b>Claim {n}:</b> “{quote}”", n=number, quote=quote)


def says_ahead(reader: Reader) -> Markup:
    """By its date the text is still to be written."""
    return reader.say("The text has a date that is still to come: it counts as said now.")


def already(number: int, reader: Reader) -> Message:
    """The report with a claim is on record, and still counts."""
    return one_message(
        [reader.say("Claim {n} is on record already. Nothing was recorded twice.", n=number)]
    )


def gone(reader: Reader) -> Message:
    """A button under a text that is not kept any more, or that somebody else gave."""
    return one_message(
        [
            reader.say("I do not keep that text for you any more."),
            reader.say("/article reads one anew."),
        ]
    )


def nothing_to_read(reader: Reader) -> Message:
    """There is no text where one should be read."""
    return one_message(
        [
            reader.say("There is no text in that to read."),
            reader.say("/article and the text, or /article as a reply to a message with it."),
        ]
    )


def offered(message: Message, article: Article, reader: Reader) -> Message:
    """A message with one more button: the claims of the forwarded text are drafted."""
    button = Button(reader.label("Draft the claims"), data=f"{ARTICLE}:{article.id}:{READ}")
    return replace(message, buttons=(*message.buttons, (button,)))
