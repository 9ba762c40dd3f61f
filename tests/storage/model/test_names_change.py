"""An index of names that places come into and go from, and its tables."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from storage.model.names import Index, fold, resolve, words
from storage.model.names.folding import MOST_REMEMBERED, take_apart
from storage.model.names.sounds import romanised
from storage.model.places import Place
from tests.storage.model.naming import INDEX, PLACES, answer, shown


def test_an_index_learns_of_a_place_and_forgets_one() -> None:
    new = Place("faw", "Al Faw", "town")
    index = INDEX.with_places([new], removed=["rawa", "nowhere"])
    assert shown(resolve("faw", index)) == "faw"
    assert "rawa" not in shown(resolve("rawa", index))
    assert (len(INDEX), len(index)) == (len(PLACES), len(PLACES))
    assert shown(resolve("rawa", INDEX)) == "rawa"


def test_a_place_that_was_renamed_is_found_by_its_new_name_only() -> None:
    index = INDEX.with_places([Place("trebil", "Zummar", "town")])
    assert shown(resolve("zummar", index)) == "trebil"
    assert shown(resolve("zumar", index)) == "trebil"
    assert "trebil" not in shown(resolve("Karameh", index))
    assert "trebil" not in shown(resolve("Turaibel", index))


def test_a_place_is_found_among_many_that_sound_alike() -> None:
    many = [Place(f"p{i}", f"Dayr {i:o} al-Waleed", "town") for i in range(400)]
    assert answer("Deir 17 Walid", many).startswith("- p15 ")


def test_a_name_too_long_to_be_compared_is_found_as_it_is_written() -> None:
    name = "Ras Tannur Munif " * 8
    index = Index.build([Place("long", name, "town"), Place("short", "Ras Tannur", "town")])
    assert shown(resolve(name.upper(), index)) == "long"
    assert shown(resolve("Ras Tanur", index)) == "short"


def test_any_number_of_different_letters_is_folded_and_heard() -> None:
    many = "".join(map(chr, range(0x4E00, 0x4E00 + 2 * MOST_REMEMBERED)))
    assert fold(many) == many
    assert romanised(many).startswith("yi")


spellings = st.sampled_from(["Rawa", "Ana", "Tal Afar", "Rabia airport", "Nahr crossing", "رابع"])


@given(
    st.lists(st.lists(st.tuples(st.sampled_from("abcdef"), spellings), max_size=4), max_size=6),
    st.sampled_from(["rawa", "rabia", "tal afar", "nahr crossing", "rabia airport", "anna"]),
)
def test_an_index_that_grew_answers_as_one_made_anew(
    batches: list[list[tuple[str, str]]], query: str
) -> None:
    grown, kept = Index.build([]), dict[str, Place]()
    for batch in batches:
        changed = [Place(i, name, "town") for i, name in batch]
        grown = grown.with_places(changed)
        kept |= {p.id: p for p in changed}
    assert resolve(query, grown) == resolve(query, Index.build(kept.values()))


def test_every_word_in_the_tables_is_written_as_names_are_folded() -> None:
    tables = [t for t in vars(words).values() if isinstance(t, frozenset)]
    tables += words.AIR_BASE
    assert {w for table in tables for w in table if take_apart(w).words != [w]} == set()
    assert tables
