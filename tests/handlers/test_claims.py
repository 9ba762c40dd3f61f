"""Claims and whole reports as people type them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.claims import ReadClaim, read_claim
from handlers.messages.looking_back import Trouble
from handlers.report_line import read_line
from storage.model.reports import Claim
from tests.builders import story

PARTIES = story().parties
ZONE = ZoneInfo("Asia/Baghdad")
NOW = datetime(2014, 6, 23, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "claim", "party"),
    [
        ("militants hold it", Claim.HOLDS, "militants"),
        ("Militants still hold the crossing.", Claim.HOLDS, "militants"),
        ("the government of Iraq is in control of it", Claim.HOLDS, "iraq"),
        ("held by the Kurdish forces", Claim.HOLDS, "kurdish"),
        ("it is still in the hands of militants", Claim.HOLDS, "militants"),
        ("government retook it", Claim.TOOK, "iraq"),
        ("militants overran the town", Claim.TOOK, "militants"),
        ("militants have taken it", Claim.TOOK, "militants"),
        ("it was seized by militants", Claim.TOOK, "militants"),
        ("Kurdish forces withdrew from the town", Claim.LEFT, "kurdish"),
        ("abandoned by the government of Iraq", Claim.LEFT, "iraq"),
        ("there is heavy fighting", Claim.FIGHTING, None),
        ("clashes", Claim.FIGHTING, None),
        ("militants are still fighting there", Claim.FIGHTING, "militants"),
    ],
)
def test_a_claim_is_read_with_its_party(typed: str, claim: Claim, party: str | None) -> None:
    read = read_claim(typed, PARTIES)
    assert read is not None
    assert (read.claim, read.party) == (claim, party)


@pytest.mark.parametrize("typed", ["the army took it", "guards are fighting there"])
def test_a_party_that_is_not_known_is_left_to_be_asked(typed: str) -> None:
    read = read_claim(typed, PARTIES)
    assert read is not None
    assert (read.party, read.names_party) == (None, True)


def test_fighting_alone_names_no_party() -> None:
    assert read_claim("fighting", PARTIES) == ReadClaim(Claim.FIGHTING, names_party=False)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "militants",
        "militants took it and left again",
        "militants did not take it",
        "militants hold it, they say",
        "x" * 300,
    ],
)
def test_what_is_not_surely_a_claim_is_none(typed: str) -> None:
    assert read_claim(typed, PARTIES) is None


def test_a_line_is_taken_apart() -> None:
    line = read_line(
        "al waleed: militants hold it, says two officials, at the crossing via A, B, "
        "22 June, 18:00, https://example.org/a.",
        ZONE,
        NOW,
    )
    assert (line.place, line.claim) == ("al waleed", "militants hold it")
    assert (line.source, line.via) == ("two officials, at the crossing", "A, B")
    assert str(line.occurred) == "2014-06-22T15:00:00Z"
    assert (line.url, line.twice, line.bad_time) == ("https://example.org/a", (), None)


@pytest.mark.parametrize("says", ["says", "say", "said", "said by", "Said By", "according to"])
@pytest.mark.parametrize("comma", [", ", " "])
def test_who_says_so_may_follow_any_word_for_it(says: str, comma: str) -> None:
    line = read_line(
        f"al waleed: militants hold it{comma}{says} two officials at the crossing, today", ZONE, NOW
    )
    assert (line.place, line.claim) == ("al waleed", "militants hold it")
    assert (line.source, str(line.occurred)) == ("two officials at the crossing", "2014-06-23")
    assert (line.via, line.twice, line.bad_time) == ("", (), None)


def test_the_time_may_stand_behind_any_part() -> None:
    for text in (
        "x: fighting, today, says a colonel",
        "x: fighting, according to a colonel, today",
    ):
        line = read_line(text, ZONE, NOW)
        assert (line.claim, line.source, str(line.occurred)) == (
            "fighting",
            "a colonel",
            "2014-06-23",
        )


def test_what_is_given_twice_is_told() -> None:
    line = read_line(
        "x: fighting, today, says a, yesterday via b via c http://a http://b", ZONE, NOW
    )
    assert line.twice == ("http://b", "2014-06-22", "c")


def test_a_time_that_cannot_be_used_is_told() -> None:
    line = read_line("x: fighting, says May, 5/6", ZONE, NOW)
    assert line.source == "May"
    assert line.bad_time is not None
    assert line.bad_time.trouble is Trouble.TWO_DATES


@given(st.text(max_size=200) | st.from_regex(r"[a-z]+: .* (says|via) .*, .*", fullmatch=True))
def test_any_text_is_a_line_without_an_error(text: str) -> None:
    line = read_line(text, ZONE, NOW)
    read_claim(line.claim, PARTIES)
