"""A made-up gazetteer as large as a country's, each place with five names, what people type, and
reports as files to import.
"""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from storage.model.places import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ARABIC = {
    "b": "ب", "d": "د", "f": "ف", "h": "ه", "j": "ج", "k": "ك", "l": "ل", "m": "م", "n": "ن",
    "r": "ر", "s": "س", "t": "ت", "w": "و", "y": "ي", "z": "ز", "sh": "ش", "kh": "خ", "gh": "غ",
    "q": "ق", "th": "ث", "dh": "ذ",
}  # fmt: skip
_CYRILLIC = {
    "b": "б", "d": "д", "f": "ф", "h": "г", "j": "дж", "k": "к", "l": "л", "m": "м", "n": "н",
    "r": "р", "s": "с", "t": "т", "w": "в", "y": "й", "z": "з", "sh": "ш", "kh": "х", "gh": "г",
    "q": "к", "th": "т", "dh": "д",
}  # fmt: skip
_VOWELS = {"a": ("", "а"), "i": ("", "и"), "u": ("", "у"), "aw": ("و", "ау"), "ay": ("ي", "ай")}
_SPELT: tuple[dict[str, str], ...] = (
    {},
    {"q": "k", "ay": "ei", "u": "ou"},
    {"i": "ee", "aw": "au", "dh": "d"},
)

_Syllable = tuple[str, str, str]


def places(number: int, seed: int = 7) -> list[Place]:
    """That many places with a name and four other spellings."""
    chance = random.Random(seed)
    return [_place(chance, f"p{i}") for i in range(number)]


def typed(known: list[Place], number: int, seed: int = 8) -> Iterator[tuple[str, str]]:
    """Spellings that people type, with the id of the place; four of five have a typo."""
    chance = random.Random(seed)
    for _ in range(number):
        place = chance.choice(known)
        name = chance.choice((place.name, *place.aliases))
        yield place.id, _with_typo(chance, name) if chance.random() < 0.8 else name


def _place(chance: random.Random, place_id: str) -> Place:
    words = [_word(chance) for _ in range(chance.choice((1, 1, 1, 2, 2, 3)))]
    article = chance.choice(("", "", "Al ", "Al-", "Ar "))
    latin = [article + " ".join(_latin(w, spelt) for w in words) for spelt in _SPELT]
    arabic = " ".join(
        "".join(_ARABIC[a] + _VOWELS[v][0] + _ARABIC.get(e, "") for a, v, e in w) for w in words
    )
    cyrillic = " ".join(
        "".join(_CYRILLIC[a] + _VOWELS[v][1] + _CYRILLIC.get(e, "") for a, v, e in w) for w in words
    )
    return Place(place_id, latin[0], "town", ("IQ",), aliases=(*latin[1:], arabic, cyrillic))


def _word(chance: random.Random) -> list[_Syllable]:
    return [
        (
            chance.choice(list(_ARABIC)),
            chance.choice(("a", "a", "a", "i", "i", "u", "u", "aw", "ay")),
            chance.choice(["n", "m", "r", "l", "b", "d", "s", "t", "k", "h"])
            if chance.random() < 0.4
            else "",
        )
        for _ in range(chance.choice((2, 2, 3, 3, 4)))
    ]


def _latin(word: list[_Syllable], spelt: dict[str, str]) -> str:
    return "".join(spelt.get(part, part) for syllable in word for part in syllable).title()


def _with_typo(chance: random.Random, name: str) -> str:
    at = chance.randrange(len(name))
    instead = chance.choice(["", name[at] * 2, chance.choice("abdefhiklmnorstu")])
    return name[:at] + instead + name[at + 1 :]


def write_reports(folder: Path, number: int, seed: int = 3) -> None:
    """Files to import with that many reports of two years: 1,000 places, 50 sources, 8 parties.

    Half of them say when it happened, and one of fifty denies another.
    """
    chance = random.Random(seed)
    at = datetime(2022, 1, 1, tzinfo=UTC)
    step = timedelta(days=730) / number
    names = ("place", "claim", "party", "source", "via", "occurred_at", "reported_at")
    with (folder / "reports.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", *names, "url", "quote", "refers_to", "credibility"))
        for i in range(number):
            at += step
            source = chance.randrange(50)
            claim = chance.choices(("holds", "took", "fighting", "left"), (80, 8, 8, 4))[0]
            other = chance.random() < 0.02 and i > 0
            happened = at - timedelta(days=chance.randrange(3)) if chance.random() < 0.5 else None
            row = (
                f"r{i}",
                f"p{chance.randrange(1000)}",
                "denies" if other else claim,
                f"party-{chance.randrange(8)}",
                f"source-{source}",
                f"agency {source % 20}",
                f"{happened:%Y-%m-%d}" if happened else "",
                f"{at:%Y-%m-%dT%H:%M:%SZ}",
                f"https://news.example/{at:%Y/%m/%d}/{i}",
                f"Two officers said on the telephone that it is so, in their call number {i}.",
                f"r{chance.randrange(max(0, i - 1000), i)}" if other else "",
                chance.choice(("", "2", "3")),
            )
            writer.writerow(row)
    lists = {
        "places": ("id,name,kind,countries", [f"p{i},Place {i},town,IQ" for i in range(1000)]),
        "parties": ("id,name", [f"party-{i},Party {i}" for i in range(8)]),
        "sources": ("id,name,kind", [f"source-{i},Source {i},media" for i in range(50)]),
    }
    for name, (header, lines) in lists.items():
        text = "".join(f"{line}\n" for line in (header, *lines))
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
