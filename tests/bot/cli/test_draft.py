"""`whoholds draft`: the claims in a news text, printed for a person or a machine."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from tests.bot.cli.conftest import Ran, objects

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bot.cli.conftest import Command

TEXT = """\
BAGHDAD, June 23 (Agency) - Militants seized the Al Waleed crossing on Sunday, two border guard
officers said.

A spokesman for the government said on state television that it had been retaken by the army. But
two officials at the crossing said it had not been retaken and was still held by militants.

The town of Pelivar fell overnight. Fighting raged in Anbar.
"""


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_each_draft_is_told_with_its_sentence(story: Command, text: Path) -> None:
    ran = story("draft", text, "--dateline", "2014-06-23")
    assert (ran.code, ran.err) == (0, "")
    first, second, third, fourth, fifth, sixth = ran.out.split("\n1. ")[0].split("\n2. ")[0:1] + [
        part
        for n in range(2, 7)
        for part in [ran.out.split(f"\n{n}. ")[1].split(f"\n{n + 1}. ")[0]]
    ]
    assert first == (
        "1. al-waleed  Al Waleed: took  militants\n"
        "   who says so: “two border guard officers” (officer, of government of Iraq), by Agency\n"
        "   happened: 2014-06-22 “on Sunday”; said: 2014-06-23 (the text's date)\n"
        "   “Militants seized the Al Waleed crossing on Sunday, two border guard officers said.”"
    )
    assert second.startswith("al-waleed  Al Waleed: took  government of Iraq\n")
    assert "(spokesman, of government of Iraq), by state television" in second
    assert third.startswith("al-waleed  Al Waleed: denies that somebody took it (draft 2)\n")
    assert "“two officials at the crossing” (official, at the scene), by Agency" in third
    assert "happened: (the text does not say when)" in third
    assert fourth.startswith("al-waleed  Al Waleed: holds  militants\n")
    assert fifth.startswith("“Pelivar” (no place on record is called so): took  (the text does not")
    assert "who says so: (the text itself says so and names nobody for it), by Agency" in fifth
    assert "happened: 2014-06-22 to 2014-06-23 “overnight”" in fifth
    assert sixth.startswith("anbar  Anbar (an area has no status of its own): fighting")


def test_a_machine_is_told_where_each_part_stands(
    story: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def piped(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    piped(TEXT.encode())
    took, retook, denied, holds, fell, fighting = objects(
        story("draft", "-", "--dateline", "2014-06-24", "--json")
    )

    def part(span: list[int]) -> str:
        return TEXT[span[0] : span[1]]

    assert took["place"]["id"] == "al-waleed"
    assert part(took["place"]["span"]) == "Al Waleed crossing"
    assert part(took["verb"]) == "seized"
    assert part(took["party"]["span"]) == "Militants"
    assert part(took["speaker"]["span"]) == "two border guard\nofficers"
    assert (took["speaker"]["kind"], took["speaker"]["number"]) == ("officer", 2)
    assert (took["happened"]["first"], took["happened"]["precision"]) == ("2014-06-22", "day")
    assert part(took["happened"]["span"]) == "on Sunday"
    assert part(took["publisher"]["span"]) == "Agency"
    assert took["said"]["from_dateline"]
    assert (retook["party"]["id"], retook["place"]["stands_for"]) == ("iraq", "Al Waleed")
    assert retook["speaker"]["side"]["id"] == "iraq"
    assert denied["claim"] == "denies"
    assert denied["denied"]["claim"] == "took"
    assert denied["denied"]["draft"] == 2
    assert denied["party"]["id"] == "militants"
    assert denied["speaker"]["position"] == "scene"
    assert holds["attribution"] == "said"
    assert (fell["place"]["id"], fell["speaker"]["written"]) == (None, None)
    assert fell["place"]["gap"] == "no place on record is called so"
    assert fighting["happened"]["gap"] == "the text does not say when"
    piped(b"The dam fell on Sunday.")
    (dam,) = objects(story("draft", "-", "--json"))
    assert dam["happened"]["gap"] == "without the date of the text its day cannot be told"


def test_several_places_and_unclear_words_are_told(story: Command, tmp_path: Path) -> None:
    more = tmp_path / "places.csv"
    more.write_text("id,name,kind\nrawa-2,Rawa,town\n", encoding="utf-8")
    assert story("import", more).code == 0
    path = tmp_path / "text.txt"
    path.write_text(
        "Gunmen captured Rawa, according to Karim. Kurdish forces left it in June, he said. "
        "Ana, seized by militants in 2013, is quiet.",
        encoding="utf-8",
    )
    ran = story("draft", path, "--dateline", "2014-07-01")
    assert (
        "“Rawa” (several places may be meant: rawa  Rawa; rawa-2  Rawa): took  “Gunmen”" in ran.out
    )
    assert "who says so: “Karim” (of no known kind)" in ran.out
    assert "“he” (of no known kind, that is Karim)" in ran.out
    assert "ana  Ana: took  militants [background]" in ran.out
    assert "happened: 2013-01-01 to 2013-12-31 “in 2013”" in ran.out
    found = objects(story("draft", path, "--dateline", "2014-07-01", "--json"))
    assert [c["id"] for c in found[0]["place"]["candidates"]] == ["rawa", "rawa-2"]


def test_lines_that_end_as_on_windows_are_read(story: Command, tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(b"\xef\xbb\xbfHeadline\r\n\r\nMilitants\r\ntook Rawa.\r\n")
    (draft,) = objects(story("draft", path, "--json"))
    assert (draft["place"]["id"], draft["quote"]) == ("rawa", "Militants\r\ntook Rawa.")


def test_a_text_without_claims_says_so(story: Command, tmp_path: Path) -> None:
    path = tmp_path / "text.txt"
    path.write_text("The weather in Rawa was fine.", encoding="utf-8")
    assert story("draft", path) == Ran(
        0, "no claim of who holds a place was found in this text (only English is read)\n", ""
    )
    assert story("draft", path, "--json") == Ran(0, "", "")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b" \n", "there is no text in it"),
        (b"Militants\ncaptured \xff", "line 2: not UTF-8"),
        (b"a " * 60_000, "120000 characters; at most 100000 are read"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused(
    content: bytes, error: str, story: Command, tmp_path: Path
) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes(content)
    ran = story("draft", path)
    assert ran.code == 2
    assert f"whoholds: {path}" in ran.err
    assert error in ran.err
    assert story("draft", tmp_path / "none.txt").code == 2


@pytest.mark.parametrize(
    ("dateline", "error"),
    [
        ("Monday", "--dateline: 'Monday' is not a time"),
        ("2014-06-23T10:00", "--dateline: '2014-06-23T10:00' is a time: give the day"),
    ],
)
def test_a_dateline_that_is_no_day_is_refused(
    dateline: str, error: str, story: Command, text: Path
) -> None:
    ran = story("draft", text, "--dateline", dateline)
    assert ran.code == 2
    assert error in ran.err


def test_without_places_there_is_nothing_to_draft(whoholds: Command, text: Path) -> None:
    assert whoholds("migrate").code == 0
    ran = whoholds("draft", text)
    assert ran.code == 2
    assert "no place is on record yet" in ran.err


def test_a_text_that_is_not_all_in_english_is_refused_with_the_line(
    story: Command, tmp_path: Path
) -> None:
    path = tmp_path / "two.txt"
    spanish = "Los militantes tomaron el paso el domingo, dijeron dos oficiales de la guardia."
    path.write_text(f"Rawa fell to militants.\n\n{spanish}\n", encoding="utf-8")
    ran = story("draft", path)
    assert (ran.code != 0, ran.out) == (True, "")
    assert f"{path}, line 3: not English ('Los militantes tomaron el paso el doming')" in ran.err
    assert "give its English part by itself" in ran.err
