"""Rows of reports → reports; or what is wrong with a row, and where.

Nearly all rows of a large file are well formed. A batch of them is looked at column by column, and
only one in which anything is out of the ordinary row by row: the reports are the same either way.
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.importing.fields import LONGEST_NAME, id_in, member, needed, plain
from bot.importing.files import COLUMNS, Kind
from storage.columns import Columns
from storage.model.errors import BadInput
from storage.model.places import check_id
from storage.model.reports import NEEDS_PARTY, Claim, Report
from storage.model.times import Moment, parse_moment

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from bot.importing.files import Row

LONGEST_URL = 2000
LONGEST_QUOTE = 4000
# Clocks and time zones differ; what lies further ahead was not said yet.
AHEAD = timedelta(days=1)

# An address with a plain host, as nearly all are; whatever is unlike it is looked at more closely.
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?:/[^ ]*)?")


def read_report(row: Row, now: datetime) -> Report:
    """A report as told by the time `now` (UTC); raises BadInput naming the column."""
    get = row.fields.get
    occurred = get("occurred_at")
    refers_to, party = get("refers_to"), get("party")
    report = Report(
        id_in(row, "id"),
        _place_id(needed(row, "place")),
        _claim(needed(row, "claim")),
        id_in(row, "source"),
        _moment(needed(row, "reported_at"), "reported_at"),
        id_in(row, "party") if party else None,
        _moment(occurred, "occurred_at") if occurred else None,
        plain(get("via", ""), "via", LONGEST_NAME),
        _url(get("url", "")),
        plain(get("quote", ""), "quote", LONGEST_QUOTE),
        id_in(row, "refers_to") if refers_to else None,
        _credibility(get("credibility", "")),
    )
    _check_times(report, now)
    _check_claim(report.claim, bool(report.party), bool(report.refers_to))
    if report.refers_to == report.id:
        raise BadInput("a report cannot refer to itself", column="refers_to")
    return report


def read_columns(rows: Sequence[Row], now: datetime) -> Columns | None:
    """What `read_report` reads of each of these rows; None where anything is out of the ordinary.

    That is a row that it would refuse, but also one with a rare form of an address or of a time,
    or with an id that another of these rows has.
    """
    if any(row.error for row in rows):
        return None
    text = _by_column(rows)
    ids, refers_to = text["id"], text["refers_to"]
    parties = [party or None for party in text["party"]]
    named = {*text["source"], *filter(None, refers_to), *filter(None, parties)}
    if (
        len(set(ids)) < len(ids)
        or not all(text["reported_at"])
        or not (_are_ids(ids) and _are_ids(named))
        or not _are_plain(set(text["via"]), LONGEST_NAME)
        or not _are_plain(text["quote"], LONGEST_QUOTE)
        or not _are_plain(text["url"], LONGEST_URL)
        or not all(map(_PLAIN_URL.fullmatch, filter(None, text["url"])))
        or any(i == other for i, other in zip(ids, refers_to, strict=True))
    ):
        return None
    try:
        for place in set(text["place"]):
            _place_id(place)
        claims = [_claim(t) for t in text["claim"]]
        lacks = zip(claims, map(bool, parties), map(bool, refers_to), strict=True)
        for claim, has_party, refers in set(lacks):
            _check_claim(claim, has_party, refers)
        grades = {t: _credibility(t) for t in set(text["credibility"])}
        times = {t: parse_moment(t) for t in {*text["reported_at"], *text["occurred_at"]} if t}
    except BadInput:
        return None
    reported = [times[t] for t in text["reported_at"]]
    occurred = [times.get(t) for t in text["occurred_at"]]
    if max(m.at for m in reported) > now + AHEAD or any(
        o is not None and o.at > r.at for o, r in zip(occurred, reported, strict=True)
    ):
        return None
    return Columns(
        ids,
        text["place"],
        claims,
        parties,
        text["source"],
        text["via"],
        occurred,
        reported,
        text["url"],
        text["quote"],
        [other or None for other in refers_to],
        [grades[t] for t in text["credibility"]],
    )


def _by_column(rows: Sequence[Row]) -> dict[str, Sequence[str]]:
    """The texts of the rows, column by column."""
    columns = rows[0].columns
    if any(row.columns is not columns for row in rows):
        return {c: [row.get(c) for row in rows] for c in COLUMNS[Kind.REPORTS]}
    given = dict(zip(columns, zip(*(row.values for row in rows), strict=True), strict=True))
    return {c: given.get(c) or ("",) * len(rows) for c in COLUMNS[Kind.REPORTS]}


def _are_ids(texts: Collection[str]) -> bool:
    return all(texts) and _are_plain(texts, LONGEST_NAME)


def _are_plain(texts: Collection[str], longest: int) -> bool:
    return max(map(len, texts), default=0) <= longest and "".join(texts).isprintable()


def _check_times(report: Report, now: datetime) -> None:
    reported, occurred = report.reported, report.occurred
    if reported.at > now and reported.at > now + AHEAD:
        raise BadInput(f"{reported} is still to come", column="reported_at")
    if occurred and occurred.at > reported.at and reported.surely_before(occurred):
        raise BadInput(f"{occurred} is after it was reported ({reported})", column="occurred_at")


def _check_claim(claim: Claim, has_party: bool, refers: bool) -> None:
    if claim in NEEDS_PARTY and not has_party:
        raise BadInput(f"is missing: who {claim} the place?", column="party")
    if claim is Claim.RETRACTS and not refers:
        raise BadInput("is missing: which report is taken back?", column="refers_to")
    if claim is Claim.DENIES and not (refers or has_party):
        raise BadInput(
            "is missing: which report is denied? (or name the party that holds the place)",
            column="refers_to",
        )


# The same places, words and times come again and again; what cannot be used is not remembered.
@lru_cache(maxsize=50_000)
def _place_id(text: str) -> str:
    return check_id(text, column="place")


@lru_cache(maxsize=100)
def _claim(text: str) -> Claim:
    return member(Claim, text.casefold(), "claim")


@lru_cache(maxsize=20_000)
def _moment(text: str, column: str) -> Moment:
    try:
        return parse_moment(text)
    except BadInput as error:
        raise BadInput(error.reason, column=column) from None


def _url(text: str) -> str:
    plain(text, "url", LONGEST_URL)
    if not text or _PLAIN_URL.fullmatch(text):
        return text
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or " " in text:
        raise BadInput(f"{text[:60]!r} is no http or https address", column="url")
    return text


def _credibility(text: str) -> int | None:
    if not text:
        return None
    if text not in ("1", "2", "3", "4", "5", "6"):
        raise BadInput(f"{text[:40]!r} is no grade from 1 to 6", column="credibility")
    return int(text)
