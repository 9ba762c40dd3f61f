"""A text that is not all in English has no drafts, and it can be told where it is not."""

from __future__ import annotations

import pytest

from storage.lexicons import english
from storage.model.drafting import foreign_part
from tests.storage.model.drafting.scoring import in_short, read, texts

ENGLISH = "Militants captured Rawa on Sunday, an army officer said."
ARABIC = "سيطر مسلحون على معبر الوليد الحدودي يوم الأحد، بحسب ضابطين في حرس الحدود."
SPANISH = (
    "Los militantes tomaron Rawa el domingo, dijeron dos oficiales de la guardia fronteriza a la "
    "agencia por la noche."
)
GERMAN = (
    "Der Ort war in der Hand der Rebellen, so ein Sprecher, und die Armee will ihn in den Tagen "
    "vor dem Fest an sich bringen, so hat es der Minister in Bagdad gesagt."
)
FRENCH = (
    "Des hommes armés se sont emparés dimanche de Rawa, ont déclaré deux officiers, selon lesquels "
    "la ville est tombée sans combat."
)
RUSSIAN = "Боевики захватили пограничный переход в воскресенье, сообщили два офицера."


@pytest.mark.parametrize("foreign", [ARABIC, SPANISH, GERMAN, FRENCH, RUSSIAN])
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_a_text_of_which_a_part_is_in_another_language_has_no_drafts(
    foreign: str, between: str
) -> None:
    for text in (foreign, foreign + between + ENGLISH, ENGLISH + between + foreign):
        part = foreign_part(text, english())
        assert part is not None
        assert text[slice(*part)] == foreign
        assert read(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        "الوليد",
        f"{ENGLISH}\n\n@alwaleed_news",
        f"{ENGLISH} Die Gefallenen.",
        "Rawa, Ana, Haditha, Al-Qaim, Trebil, Rabia, Tikrit, Baiji, Mosul, Kirkuk",
        "The town is known as الوليد in Arabic, and so it is on the maps of the army.",
        "Over seven lazy dogs some quick brown foxes jumped while the sun set and geese flew home.",
        "(Reporting by Suad Salhy and Ahmed Rashid in Baghdad, Isra Rubei in Amman; Writing by Ned "
        "Park; Editing by Alison Will)",
    ],
)
def test_names_and_what_is_too_short_to_tell_make_no_text_foreign(text: str) -> None:
    assert foreign_part(text, english()) is None


def test_english_with_a_foreign_name_is_read() -> None:
    text = f"{ENGLISH} Die Gefallenen."
    assert [in_short(d) for d in read(text)] == [
        "rawa took militants | an army officer | 2014-06-22"
    ]


def test_no_english_text_passes_for_another_language() -> None:
    for name in ("development", "wire", "held_apart"):
        assert [t["name"] for t in texts(name) if foreign_part(t["text"], english())] == []
