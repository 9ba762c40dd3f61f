"""Who says what: reports as sentences, those who say the same together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.message import clean, outside
from handlers.messages.words import (
    CONTESTED,
    is_plural,
    party_name,
    party_symbol,
    party_title,
    show_moment,
)
from storage.model.reports import Claim, Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from handlers.messages.words import Telling
    from storage.model.control import Assessment, Evidence
    from storage.model.places import Place

SOURCE_LIMIT = 60
VIA_LIMIT = 30
# As many as a reader under stress takes in; the rest is behind "Who says so".
NAMED = 3
SAYINGS = 2
_GAINS = (Claim.HOLDS, Claim.TOOK)


def speeches(
    telling: Telling,
    evidence: Iterable[Evidence],
    known: Sequence[Evidence],
    *,
    most: int = SAYINGS,
) -> Markup:
    """Who says what, in one line: "a colonel and a captain say militants took it on Sun 22 Jun".

    `known` is all evidence about the place: it tells what a denial denies. At most `most` different
    sayings are told, the rest counted.
    """
    groups = list(_together(telling, evidence).values())
    told = [_speech(telling, group, known) for group in groups[:most]]
    if left := sum(len(group) for group in groups[most:]):
        told.append(telling.reader.count("{n} more report", "{n} more reports", left))
    return Markup("; ").join(told)


def source_name(evidence: Evidence, *, start: bool = False) -> Markup:
    """A source, and in brackets who relays it; `start` where it begins a line."""
    source = evidence.source.name
    name = outside(source[:1].upper() + source[1:] if start else source, SOURCE_LIMIT)
    if not clean(evidence.report.via):
        return name
    return Markup("{} ({})").format(name, outside(evidence.report.via, VIA_LIMIT))


def _together(telling: Telling, evidence: Iterable[Evidence]) -> dict[object, list[Evidence]]:
    """Evidence by what it says, in the order it is given."""

    def itself(item: Evidence) -> bool:
        return item.report.party is not None and _speaks_of_itself(telling, item)

    groups: dict[object, list[Evidence]] = {}
    for item in evidence:
        report = item.report
        says = (report.claim, report.party, report.occurred, report.refers_to)
        groups.setdefault((says, itself(item)), []).append(item)
    return groups


def _speech(telling: Telling, group: Sequence[Evidence], known: Sequence[Evidence]) -> Markup:
    names = list(dict.fromkeys(source_name(item) for item in group))
    many = len(names) > 1 or is_plural(group[0].source.name)
    if len(names) > NAMED:
        others = len(names) - NAMED
        names = [*names[:NAMED], telling.reader.count("{n} other", "{n} others", others)]
    who = telling.reader.all_of(names)
    what = claim_words(telling, group[0], known)
    if many:
        return telling.reader.say("{who} say {what}", who=who, what=what)
    return telling.reader.say("{who} says {what}", who=who, what=what)


def claim_words(telling: Telling, evidence: Evidence, known: Sequence[Evidence]) -> Markup:
    """What a report says, after "says": "militants took it on Sun 22 Jun".

    `known` is all evidence about the place, with what a denial denies.
    """
    report = evidence.report
    if report.claim is Claim.DENIES:
        return _denial(telling, evidence, known)
    if report.claim is Claim.RETRACTS:
        return telling.reader.say("an earlier report is withdrawn")
    if report.claim is Claim.FIGHTING:
        return _fighting(telling, evidence)
    done = _deed(telling, evidence, known)
    if report.occurred is None:
        return done
    when = show_moment(telling, report.occurred)
    return telling.reader.say("{done} on {when}", done=done, when=when)


def _deed(telling: Telling, evidence: Evidence, known: Sequence[Evidence]) -> Markup:
    report, say = evidence.report, telling.reader.say
    party, many = _spoken_of(telling, evidence)
    if report.claim is Claim.LEFT:
        return say("{party} left", party=party)
    if report.claim is Claim.TOOK:
        if _took_back(report, known):
            return say("{party} retook it", party=party)
        return say("{party} took it", party=party)
    if report.occurred is not None:
        return say("{party} held it", party=party)
    return say("{party} hold it", party=party) if many else say("{party} holds it", party=party)


def _fighting(telling: Telling, evidence: Evidence) -> Markup:
    say = telling.reader.say
    if evidence.report.party is None:
        return say("there is fighting")
    party, many = _spoken_of(telling, evidence)
    if many:
        return say("{party} are still fighting there", party=party)
    return say("{party} is still fighting there", party=party)


def _denial(telling: Telling, evidence: Evidence, known: Sequence[Evidence]) -> Markup:
    say = telling.reader.say
    if evidence.report.party is not None:
        party, many = _spoken_of(telling, evidence)
        if many:
            return say("{party} still hold it", party=party)
        return say("{party} still holds it", party=party)
    denied = next((e for e in known if e.report.id == evidence.report.refers_to), None)
    if denied is not None and denied.report.claim is Claim.FIGHTING:
        return say("there is no fighting")
    if denied is None or denied.report.claim in (Claim.DENIES, Claim.RETRACTS):
        return say("an earlier report is wrong")
    party, many = _spoken_of(telling, denied)
    if denied.report.claim is Claim.LEFT:
        return say("it is not so that {party} left", party=party)
    if many:
        return say("{party} do not hold it", party=party)
    return say("{party} does not hold it", party=party)


def _spoken_of(telling: Telling, evidence: Evidence) -> tuple[Markup, bool]:
    """The party a report speaks of, and whether it takes the plural."""
    party = telling.parties[evidence.report.party or ""]
    if _speaks_of_itself(telling, evidence):
        # The institution speaks of itself: "the government says it left".
        many = is_plural(party.name)
        return (telling.reader.say("they") if many else telling.reader.say("it")), many
    return party_name(party), is_plural(party.name)


def _speaks_of_itself(telling: Telling, evidence: Evidence) -> bool:
    party = telling.parties[evidence.report.party or ""]
    source, spoken_of = (
        clean(name).lower().removeprefix("the ") for name in (evidence.source.name, party.name)
    )
    return source == spoken_of


def _took_back(report: Report, known: Sequence[Evidence]) -> bool:
    """Whether others are on record to have held the place after this party and before this."""
    before = sorted(
        (e.report for e in known if e.report.about.at < report.about.at and e.report.party),
        key=lambda earlier: earlier.about.at,
    )
    held = [earlier.party for earlier in before if earlier.claim in _GAINS]
    return report.party in held and held[-1] != report.party


# ------------------------------------------------------------------------------------------- camps


@dataclass(frozen=True)
class Camp:
    """Those who say the same about who holds a place; `party` is None where they name nobody."""

    party: str | None
    evidence: tuple[Evidence, ...]


def camps(found: Assessment) -> tuple[Camp, ...]:
    """The evidence that counts, by whom it speaks for: the holder's first, then the heaviest."""
    sides: dict[str | None, list[Evidence]] = {}
    if found.holder:
        sides[found.holder] = []
    for item in found.counting:
        sides.setdefault(item.speaks_for(found.holder), []).append(item)
    return tuple(Camp(party, tuple(items)) for party, items in sides.items() if items)


def camp_line(
    telling: Telling, place: Place, camp: Camp, known: Sequence[Evidence], *, most: int = SAYINGS
) -> Markup:
    """One side and what its voices say: "⚫ Militants: two officials say …"."""
    said = speeches(telling, camp.evidence, known, most=most)
    if camp.party is None:
        symbol = CONTESTED if any(e.fighting for e in camp.evidence) else "▫️"
        return telling.reader.say("{symbol} Others: {said}", symbol=symbol, said=said)
    return telling.reader.say(
        "{symbol} {party}: {said}",
        symbol=party_symbol(camp.party, place, telling.parties),
        party=party_title(telling.parties[camp.party]),
        said=said,
    )
