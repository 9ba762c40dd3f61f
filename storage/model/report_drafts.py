"""Reports that an editor is writing: what is known of them so far, and what is still asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from storage.model.reports import NEEDS_PARTY, Claim, Report
from storage.model.times import Moment

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.effects import Shown
    from storage.model.sources import Source

# What nobody has gone on with for so long is put away.
KEPT_FOR = timedelta(hours=24)
# Telegram delivers at most so many messages again (the limit of getUpdates, unless told otherwise).
MOST_HEARD = 100


class Asks(StrEnum):
    """A part of a report, as it is asked for."""

    PLACE = "place"
    CLAIM = "claim"
    PARTY = "party"  # of the claim
    DENIED = "denied"  # which report is denied
    SOURCE = "source"
    KIND = "kind"  # of a source that is new, and the next three
    SIDE = "side"
    POSITION = "position"
    GRADE = "grade"
    WHEN = "when"
    VIA = "via"
    LINK = "link"
    QUOTE = "quote"
    CREDIBILITY = "credibility"  # of the claim, 1 to 6
    TAKEN_BACK = "taken-back"  # which report is, where nothing takes its place
    CORRECTED = "corrected"  # which report is, by what is written
    ARTICLE = "article"  # a news text: no report yet, its claims are to be drafted


# What a report cannot do without, and what else is asked where it is told step by step.
NEEDED = (Asks.PLACE, Asks.CLAIM, Asks.SOURCE, Asks.WHEN)
STEP_BY_STEP = (*NEEDED, Asks.VIA, Asks.LINK)
ABOUT_SOURCE = (Asks.KIND, Asks.SIDE, Asks.POSITION, Asks.GRADE)
CHANGEABLE = (*STEP_BY_STEP, Asks.QUOTE, Asks.CREDIBILITY)


@dataclass(frozen=True)
class ReportDraft:
    """A report in the making, in one chat by one person.

    `denied` is the report that it denies or takes back, `corrects` the one that it takes the place
    of. `named` is what its source was called, where that is not yet one on record. `person` is the
    private person whose message was forwarded: the name is kept only where an editor chooses so.
    `lead` is the number of the lead that it began with, `album` what the messages of the forwarded
    album that it began with share. `heard` are the messages (by id) that it took up last.

    Of `asks` the first is the open question, and `offers` are what its numbered buttons stand for.
    `new_source` is to be put on record with the report; its grade may still be asked. `shown` is
    the effect that the editor has seen, once there is a preview. `version` grows with each step:
    a button under an older question is known by it.
    """

    id: int
    chat_id: int
    user_id: int
    version: int = 0
    place: str | None = None
    claim: Claim | None = None
    party: str | None = None
    denied: str | None = None
    named: str = ""
    source: str | None = None
    new_source: Source | None = None
    occurred: Moment | None = None
    reported: Moment | None = None
    via: str = ""
    url: str = ""
    quote: str = ""
    credibility: int | None = None
    person: str = ""
    lead: int | None = None
    corrects: str | None = None
    album: str = ""
    heard: tuple[int, ...] = ()
    asks: tuple[Asks, ...] = ()
    offers: tuple[str, ...] = ()
    shown: Shown | None = None

    @property
    def open(self) -> Asks | None:
        """The open question; None where everything is known."""
        return self.asks[0] if self.asks else None

    @property
    def report_id(self) -> str:
        """The id that the report will have: pressing a button twice records one."""
        return report_id(self.id)

    @property
    def takes_back(self) -> str | None:
        """The report that will count no more."""
        return self.denied if self.claim is Claim.RETRACTS else self.corrects

    def hears(self, message_id: int) -> ReportDraft:
        """The draft with a message taken up; 0 is none."""
        last = (*self.heard, message_id)[-MOST_HEARD:]
        return replace(self, heard=last) if message_id else self

    def answered(self, *more: Asks, **known: object) -> ReportDraft:
        """The draft with the open question answered; `more` is asked next."""
        left = tuple(a for a in self.asks[1:] if a not in more)
        return replace(self, asks=(*more, *left), offers=(), shown=None, **known)  # type: ignore[arg-type] # fields of this class, given by name

    def claims(self, claim: Claim, party: str | None = None, *, told: bool) -> ReportDraft:
        """The draft with its claim; what goes with it is asked, unless the party was `told`."""
        more: list[Asks] = []
        if claim is Claim.DENIES:
            more.append(Asks.DENIED)
        if party is None and (claim in NEEDS_PARTY or not told):
            more.append(Asks.PARTY)
        return self.answered(*more, claim=claim, party=party, denied=None)

    def report(self, now: datetime) -> Report:
        """The report as it would be recorded at the time `now` (UTC); RuntimeError where
        something is still asked.
        """
        source = self.new_source.id if self.new_source else self.source
        if self.asks or self.place is None or self.claim is None or source is None:
            raise RuntimeError("a draft that still asks is no report")
        return Report(
            self.report_id,
            self.place,
            self.claim,
            source,
            self.reported or Moment(now),
            self.party,
            self.occurred,
            self.via,
            self.url,
            self.quote,
            self.denied,
            self.credibility,
        )

    def retracting(self, target: Report) -> ReportDraft:
        """A draft that takes a report back: it is its own source's word, so that it counts."""
        return self.answered(
            place=target.place, claim=Claim.RETRACTS, source=target.source, denied=target.id
        )

    def correcting(self, target: Report) -> ReportDraft:
        """A draft that takes the place of a report, and says the same so far."""
        return self.answered(**_said_by(target), corrects=target.id)

    def says_the_same_as(self, target: Report) -> bool:
        """Whether nothing has been changed yet of the report to be corrected."""
        said = {name: getattr(self, name) for name in _said_by(target)}
        return self.new_source is None and said == _said_by(target)


def report_id(draft_id: int) -> str:
    """The id that the report of a draft has."""
    return f"editor-{draft_id}"


def _said_by(report: Report) -> dict[str, object]:
    """What a report says, by the names that a draft has for it."""
    return {
        "place": report.place,
        "claim": report.claim,
        "party": report.party,
        "denied": report.refers_to,
        "source": report.source,
        "occurred": report.occurred,
        "reported": report.reported,
        "via": report.via,
        "url": report.url,
        "quote": report.quote,
        "credibility": report.credibility,
    }
