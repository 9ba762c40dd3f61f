"""Which country is named behind a place: "Karak, Jordan", "الكرك، الأردن", "Karak (JO)"."""

# Commas and brackets of several scripts are what this module is about.
# ruff: noqa: RUF001

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from babel import Locale
from babel.core import get_global

from storage.model.names import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LANGUAGES: Final = ("en", "ar", "ru", "uk")
# Names in daily use beside those of the Unicode CLDR, which Babel has.
_ALSO: Final = {
    "Turkey": "TR",
    "Czech Republic": "CZ",
    "Ivory Coast": "CI",
    "Palestine": "PS",
    "فلسطين": "PS",
    "Палестина": "PS",
    "Emirates": "AE",
    "الإمارات": "AE",
    "Эмираты": "AE",
    "Britain": "GB",
    "Burma": "MM",
}
_BEFORE: Final = ",،，(（["
_BEHIND: Final = ")）] \t"
_NO_COUNTRIES: Final = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
_TWO_LETTERS, _THREE_LETTERS = 2, 3


def country_behind(query: str) -> tuple[str, str | None]:
    """What stands before the last comma or bracket, and the country (ISO 3166) named behind it.

    A name in English, Arabic, Russian or Ukrainian, or a code. The whole query and None where no
    country is named.
    """
    at = max(query.rfind(mark) for mark in _BEFORE)
    if at <= 0:
        return query, None
    code = _codes().get(_key(query[at + 1 :].rstrip(_BEHIND)))
    return (query, None) if code is None else (query[:at].strip(), code)


def _key(name: str) -> str:
    return fold(name).replace(" ", "")


@cache
def _codes() -> Mapping[str, str]:
    """The countries by their folded names and codes."""
    found: dict[str, str] = {}
    # Codes first: where a name is written like the code of another country, the name is meant.
    for name, code in (*_by_code(), *_by_name(), *_ALSO.items()):
        if len(code) == _TWO_LETTERS and code not in _NO_COUNTRIES:
            found[_key(name)] = code
    return found


def _by_name() -> Iterator[tuple[str, str]]:
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            yield str(name), str(code)


def _by_code() -> Iterator[tuple[str, str]]:
    yield from ((str(code), str(code)) for code in Locale("en").territories)
    for other, codes in get_global("territory_aliases").items():  # "UK", "JOR"
        if len(other) in (_TWO_LETTERS, _THREE_LETTERS) and other.isalpha() and len(codes) == 1:
            yield other, codes[0]
