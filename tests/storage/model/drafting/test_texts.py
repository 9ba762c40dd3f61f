"""Whole texts: the case of June 2014, headlines, odd marks, and any text at all."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.lexicons import english
from storage.model.drafting import Lexicon, drafts
from storage.model.drafting.text import LONGEST_SENTENCE
from storage.model.errors import BadInput
from storage.model.names import NotFound
from tests.storage.model.drafting.scoring import drafted, in_short, read, texts, unquoted


def test_the_case_of_june_2014_is_drafted_right() -> None:
    (text,) = (t for t in texts("development") if t["name"] == "al-waleed")
    made = drafted(text)
    assert [in_short(d) for d in made] == [
        "al-waleed took militants | two border guard officers | 2014-06-22",
        "al-waleed took iraq | A government security spokesman | -",
        "al-waleed denies - | two officials at the crossing | -",
        "al-waleed holds militants | two officials at the crossing | -",
    ]
    seized, retaken, denied, held = made
    assert seized.publisher == "Agency"
    assert retaken.publisher == "state television"
    assert retaken.said
    assert retaken.said.written == "on Monday"
    assert retaken.place.stands_for == "Al Waleed"
    assert denied.denied
    assert (denied.denied.claim.value, denied.denied.draft) == ("took", 1)
    assert denied.party == held.party
    assert denied.speaker
    assert (denied.speaker.position.value, denied.speaker.number) == ("scene", 2)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "Army retakes Rawa - state media\n\nThe road is open.",
            ["rawa took iraq | state media | -"],
        ),
        ("Army retakes Rawa - what we know\n\nThe road is open.", ["rawa took iraq | - | -"]),
        ("Army retakes Rawa.\n\nThe road is open.", ["rawa took iraq | - | -"]),
        ("Rawa fell. and Ana fell.", ["rawa took - | - | -", "ana took - | - | -"]),
        ("Rawa is in the militants’ hands.", ["rawa holds militants | - | -"]),
        ("Rawa didn’t fall.", ["rawa denies - | - | -"]),
        ("It’s said that Rawa fell.", ["rawa took - | - | -"]),
        ("«Rawa fell,» a colonel said.", ["rawa took - | a colonel | -"]),
        (
            '"Rawa fell. Ana fell," a colonel said.',
            ["rawa took - | a colonel | -", "ana took - | a colonel | -"],
        ),
        ('"Rawa fell," said', ["rawa took - | - | -"]),
        ("Said militants took Rawa.", ["rawa took militants | - | -"]),
        ("As said before, militants took Rawa.", ["rawa took militants | - | -"]),
        ("Ana and said militants took Rawa.", ["rawa took militants | - | -"]),
        (
            "Militants took Ana and residents said militants seized Rawa.",
            ["ana took militants | - | -", "rawa took militants | residents | -"],
        ),
        ("Militants took Rawa, according to Gen. Karim", ["rawa took militants | Gen. Karim | -"]),
        ("Militants took Rawa, citing weakness.", ["rawa took militants | - | -"]),
        ("A colonel quoted a poem. Militants took Rawa.", ["rawa took militants | - | -"]),
        ("If clashes in Rawa go on, Ana will fall.", []),
        ("Officers announced the capture of a man.", []),
        ("Prices fell. Time was lost.", []),
        ("The army fought militants. The army drove militants away.", []),
        ("Families were evacuated from Rawa. The guards were withdrawn.", []),
        ("Rawa fell, according to", ["rawa took - | - | -"]),
        ("The army withdrew quietly, orderly and slowly from Rawa.", []),
        ("The army withdrew quietly orderly slowly safely calmly fully from Rawa.", []),
        ("Rawa fell to nobody.", ["rawa took - | - | -"]),
        (f"Militants captured the {'very ' * 10}quiet Rawa.", []),
        ("Militants captured the Al Waleed gateway.", ["al-waleed took militants | - | -"]),
        ("Militants captured Pelivar town.", ["?Pelivar took militants | - | -"]),
        (
            "Rawa was captured by gunmen loyal to Karim Hassan.",
            ["rawa took ?gunmen loyal to Karim Hassan | - | -"],
        ),
        ("Rawa was captured by gunmen loyal to a b c d e f g h i.", ["rawa took ?gunmen | - | -"]),
        ("", []),
        ("\n\n", []),
        ("...", []),
        ("(Agency) - ", []),
    ],
)
def test_odd_texts_are_read_too(text: str, lines: list[str]) -> None:
    assert [in_short(d) for d in read(text)] == lines


def test_what_never_ends_is_read_in_pieces() -> None:
    text = "and militants took Rawa " * LONGEST_SENTENCE
    assert {in_short(d) for d in read(text)} == {"rawa took militants | - | -"}


WORDS = [
    *("militants", "the army", "a colonel", "Rawa", "Al Waleed", "the town", "it", "they", "its"),
    *("seized", "holds", "left", "fell", "drove", "lost", "to", "from", "out of", "fighting", "in"),
    *("said", "denied", "told", "according to", "citing", "quoted", "as saying", "that", "who"),
    *("on Sunday", "in May", "31 June", "not", "if", "was", "been", "by", "of", "and", "but", ","),
    *("the claim that", "to have taken", "was rejected", "called", "has", "control of", "only to"),
    *("neither", "nor", "having", "seizing", "holding", "after", "before", "on the 20th", "here"),
    *("two days after", "the bridge at", "all but", "parts of", "his men", "the group", "declared"),
    *(
        "what",
        "which",
        "police",
        "a spokesman",
        "Karim",
        "President",
        "'s forces",
        "at",
        "the 32nd",
    ),
    *(".", ";", ":", '"', "“", "”", "(", ")", "-", "'s", "’", "\n\n", "untrue", "claim", "Gen."),
]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(WORDS), max_size=30), st.none() | st.dates())
def test_no_text_fails_and_every_part_stands_where_it_says(
    words: list[str], dateline: date | None
) -> None:
    text = " ".join(words)
    made = read(text, dateline=dateline)
    assert made == read(text, dateline=dateline)
    for draft in made:
        assert text[slice(*draft.span)] == draft.quote
        for part in (draft.place, draft.party, draft.speaker, draft.happened):
            if part is not None and part.span is not None:
                assert unquoted(text[slice(*part.span)]) == unquoted(part.written)
        assert (draft.speaker is None) == (draft.speaker_gap is not None)
        assert (draft.happened is None) == (draft.happened_gap is not None)
        assert (draft.said is None) == (draft.said_gap is not None)
        assert draft.party or draft.party_gap
        assert draft.place.place or draft.place.gap


@given(st.text(max_size=200))
def test_any_text_at_all_is_read(text: str) -> None:
    drafts(text, date(2014, 6, 23), lambda _: NotFound(), {}, english())


def test_a_lexicon_that_lacks_a_list_is_refused() -> None:
    with pytest.raises(BadInput, match="the lexicon lacks 'common'"):
        Lexicon.build({}, {})
