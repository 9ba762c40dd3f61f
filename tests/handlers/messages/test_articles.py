"""What an editor reads of a news text: its claims, and what each leaves open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.messages.articles import MOST_CLAIMS, claim_list
from handlers.messages.message import MAX_TEXT, plain, utf16_length
from handlers.messages.words import Telling
from storage.model.articles import Article, DraftedClaim, Given
from storage.model.drafting import Gap
from storage.model.reports import Claim
from tests.handlers.messages.scenes import AL_WALEED, PARTIES, READER, lines

NOW = datetime(2014, 6, 23, 14, 0, tzinfo=UTC)
DAY = date(2014, 6, 22)
GIVEN = Given("a text", NOW, date(2014, 6, 23))
CLAIM = DraftedClaim(
    "They took <it>.",
    Claim.TOOK,
    "al-waleed",
    "Al Waleed",
    party="militants",
    party_called="they",
    speaker="a colonel",
    publisher="AP",
    happened=(DAY, DAY),
    said=(DAY, DAY),
)


def told(*claims: DraftedClaim) -> list[str]:
    """The lines about the claims of a text, without those above and below."""
    [message] = claim_list(Article(17, 1, 2, GIVEN, claims), {"al-waleed": AL_WALEED}, telling())
    return lines(message.text)[2:-1]


def telling() -> Telling:
    return Telling(READER, PARTIES, NOW)


def test_a_claim_is_told_with_its_sentence_and_all_that_the_text_tells_of_it() -> None:
    assert told(CLAIM) == [
        "1. “They took <it>.”",
        "Al Waleed crossing: militants took it",
        "Says who: a colonel (AP)",
        "Happened: Sun 22 Jun",
        "Said: Sun 22 Jun",
    ]
    assert told(replace(CLAIM, background=True))[0] == "1. “They took <it>.” (told of the past)"


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (replace(CLAIM, claim=Claim.LEFT), "militants left"),
        (replace(CLAIM, claim=Claim.HOLDS), "militants hold it"),
        (replace(CLAIM, claim=Claim.HOLDS, party="iraq"), "the government of Iraq holds it"),
        (replace(CLAIM, claim=Claim.FIGHTING), "there is fighting"),
        (replace(CLAIM, party=None), "they took it"),
        (replace(CLAIM, party=None, party_called=""), "somebody took it"),
        (replace(CLAIM, claim=Claim.DENIES), "an earlier report is wrong"),
        (
            replace(CLAIM, claim=Claim.DENIES, denied=Claim.LEFT, denied_party="militants"),
            "denied that militants left",
        ),
        (
            replace(CLAIM, claim=Claim.RETRACTS, denied=Claim.TOOK),
            "taken back that somebody took it",
        ),
    ],
)
def test_what_is_claimed_is_told_in_words(claim: DraftedClaim, words: str) -> None:
    assert told(claim)[1] == f"Al Waleed crossing: {words}"


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (
            replace(CLAIM, place=None, place_gap=Gap.SEVERAL_PLACES),
            "the place, as several may be “Al Waleed”",
        ),
        (
            replace(CLAIM, place=None, place_gap=Gap.AN_AREA),
            "the place, as “Al Waleed” is an area",
        ),
        (
            replace(CLAIM, place=None, place_gap=Gap.NO_SUCH_PLACE),
            "the place, as none that I know is “Al Waleed”",
        ),
        (
            replace(CLAIM, party=None, party_gap=Gap.SEVERAL_PARTIES),
            "the party, as several may be “they”",
        ),
        (
            replace(CLAIM, party=None, party_gap=Gap.NO_SUCH_PARTY, claim=Claim.FIGHTING),
            "the party, as none that I know is “they”",
        ),
        (replace(CLAIM, party=None, party_gap=Gap.NO_PARTY, party_called=""), "the party"),
        (replace(CLAIM, speaker="", happened=None), "who says so; when it happened"),
        (
            replace(CLAIM, happened=(date(2014, 6, 21), DAY)),
            "on which of the days it happened",
        ),
    ],
)
def test_what_is_missing_is_told_in_words(claim: DraftedClaim, words: str) -> None:
    assert told(claim)[-1] == f"Missing: {words}"


def test_some_days_and_a_speaker_without_a_publisher_are_told_as_they_are() -> None:
    claim = replace(CLAIM, publisher="", said=None, happened=(date(2014, 6, 21), DAY))
    assert told(claim)[2:4] == ["Says who: a colonel", "Happened: Sat 21 Jun to Sun 22 Jun"]


def test_each_claim_has_a_button_up_to_as_many_as_fit_and_the_rest_is_counted() -> None:
    for more, words in ((1, "to see it."), (2, "to see them.")):
        article = Article(17, 1, 2, GIVEN, (CLAIM,) * (MOST_CLAIMS + more))
        *_, last = claim_list(article, {}, telling())
        data = [b.data for row in last.buttons for b in row]
        assert data == [f"text:17:{n}" for n in range(MOST_CLAIMS)]
        [left] = [line for line in lines(last.text) if line.startswith("…")]
        assert left.startswith(f"… and {more} more: ")
        assert left.endswith(words)


def test_a_long_text_without_a_claim_may_have_one_in_what_was_cut() -> None:
    long = Article(17, 1, 2, replace(GIVEN, text="x" * 4000), ())
    [message] = claim_list(long, {}, telling())
    assert lines(message.text)[-1].startswith("⚠️ The text is as long as a message can be.")
    assert message.buttons == ()


@given(st.text(), st.integers(1, 70))
def test_whatever_a_text_says_fits_messages(text: str, number: int) -> None:
    claim = replace(
        CLAIM,
        quote=text * 50,
        place=None,
        place_called=text * 9,
        place_gap=Gap.SEVERAL_PLACES,
        party=None,
        party_called=text * 9,
        party_gap=Gap.SEVERAL_PARTIES,
        speaker=text * 9,
        publisher=text * 9,
    )
    for message in claim_list(Article(17, 1, 2, GIVEN, (claim,) * number), {}, telling()):
        assert utf16_length(plain(message)) <= MAX_TEXT


def test_of_a_text_in_another_language_it_is_told_where_that_is() -> None:
    [message] = claim_list(
        Article(17, 1, 2, GIVEN, ()), {}, telling(), foreign="Los  militantes\n<tomaron>"
    )
    assert lines(message.text) == [
        "This text is not all in English, so I read no claim in it.",
        "“Los militantes <tomaron>”",
        "Give me its English part by itself, or put on record with /report what it says.",
    ]
    assert message.buttons == ()
