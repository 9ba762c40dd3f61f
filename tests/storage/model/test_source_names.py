"""Which source a person means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.model.source_names import NoSource, OneSource, SeveralSources, find_source
from storage.model.sources import Source
from tests.builders import story

SOURCES = [
    *story().sources.values(),
    Source("reuters", "Reuters", "agency"),
    Source("al-arabiya", "Al-Arabiyá", "media"),
    Source("Ω1", "The Observatory", "analyst"),
    Source("twin-1", "the twin", "media"),
    Source("twin-2", "Twin!", "media"),
]


@pytest.mark.parametrize(
    ("query", "source"),
    [
        ("reuters", "reuters"),
        ("REUTERS", "reuters"),
        ("Reuterss", "reuters"),
        ("Al Arabiya", "al-arabiya"),
        ("Ω1", "Ω1"),
        ("observatory", "Ω1"),
        ("Observ", "Ω1"),
        ("colonel", "colonel"),
        ("the colonel", "colonel"),
        ("A  Colonel of the border-guards", "colonel"),
        ("spokesman", "spokesman"),
        ("twin-2", "twin-2"),
    ],
)
def test_a_source_is_found_by_its_id_name_beginning_or_a_clear_spelling(
    query: str, source: str
) -> None:
    found = find_source(query, SOURCES)
    assert isinstance(found, OneSource)
    assert found.source.id == source


@pytest.mark.parametrize(
    ("query", "sources"),
    [
        ("border guards", ["captain", "colonel"]),
        ("twin", ["twin-2", "twin-1"]),
        ("Tal Afar", ["tal-afar-official", "tal-afar-witnesses"]),
    ],
)
def test_what_may_be_several_is_asked_about(query: str, sources: list[str]) -> None:
    found = find_source(query, SOURCES)
    assert isinstance(found, SeveralSources)
    assert [s.id for s in found.candidates] == sources


@pytest.mark.parametrize(
    ("query", "near"),
    [
        ("a major of the border guards", "captain"),
        ("zzzzzz", None),
        ("z", None),
        ("???", None),
        ("", None),
        ("x" * 5000, None),
        ("x" * 500, None),
    ],
)
def test_what_is_no_source_comes_back_with_what_is_near(query: str, near: str | None) -> None:
    found = find_source(query, SOURCES)
    assert isinstance(found, NoSource)
    assert (near in [s.id for s in found.near]) if near else not found.near


def test_among_no_sources_none_is_found() -> None:
    assert find_source("reuters", []) == NoSource()


@given(st.text(max_size=60))
def test_any_text_is_answered(query: str) -> None:
    assert isinstance(find_source(query, SOURCES), OneSource | SeveralSources | NoSource)


def test_the_only_source_there_is_needs_a_likely_spelling_all_the_same() -> None:
    only = [Source("reuters", "Reuters", "agency")]
    assert find_source("Reuterss", only) == OneSource(only[0])
    assert find_source("Interfax", only) == NoSource()
