"""What any text from outside has to pass before it is put into a message."""

from __future__ import annotations

from gettext import NullTranslations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from bot.sandbox.markup import parse_html
from handlers.messages.message import (
    MAX_TEXT,
    Button,
    Message,
    Reader,
    clean,
    link,
    outside,
    plain,
    shorten,
    split,
    utf16_length,
)

READER = Reader(ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("Al Waleed", "Al Waleed"),
        ("الوليد", "الوليد"),
        ("  Al\n\tWaleed\u2028 ", "Al Waleed"),
        ("Al\u202eWaleed\u202c", "AlWaleed"),
        ("Al\u200bWa\ufeffleed\x00", "AlWaleed"),
        ("\u2067Al\u2069", "Al"),
        ("نمی‌دانم", "نمی‌دانم"),  # Persian needs its joiner
        ("half \ud83d of an emoji", "half of an emoji"),
        ("\u200d \u0301", ""),
        ("", ""),
    ],
)
def test_control_and_direction_characters_do_not_come_through(
    given_text: str, expected: str
) -> None:
    assert clean(given_text) == expected


def test_a_name_is_escaped_and_keeps_its_direction_to_itself() -> None:
    assert outside("<b>Al</b> & Waleed") == "\u2068&lt;b&gt;Al&lt;/b&gt; &amp; Waleed\u2069"


def test_a_name_with_nothing_to_see_is_a_question_mark() -> None:
    assert outside("\u202e") == "\u2068?\u2069"


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("Al Waleed", 9, "Al Waleed"),
        ("Al Waleed", 8, "Al Wale…"),
        ("Al Waleed", 4, "Al…"),
        ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 12, "👩‍👩‍👧‍👦…"),
        ("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 21, "👩‍👩‍👧‍👦…"),
        ("🇮🇶🇸🇾🇯🇴", 9, "🇮🇶🇸🇾…"),
        ("👋🏽👋🏽👋🏽", 9, "👋🏽👋🏽…"),
        ("e\u0301e\u0301e\u0301", 5, "e\u0301e\u0301…"),
        ("e" + "\u0301" * 99, 5, "e\u0301\u0301\u0301…"),
    ],
)
def test_a_long_text_is_cut_between_what_people_see_as_characters(
    text: str, limit: int, expected: str
) -> None:
    assert shorten(text, limit) == expected


@given(st.text(max_size=200), st.integers(min_value=1, max_value=60))
def test_a_shortened_text_fits_whatever_is_in_it(text: str, limit: int) -> None:
    assert utf16_length(shorten(text, limit)) <= limit


def test_length_is_counted_as_telegram_counts_it() -> None:
    assert utf16_length("a🟠é") == 4


@pytest.mark.parametrize(
    "url", ["https://example.org/a?b=1&c=2", "http://example.org/", "HTTPS://example.org"]
)
def test_a_link_from_outside_is_put_behind_words(url: str) -> None:
    [entity] = parse_html(link(url, Markup("source"))).entities
    assert entity.type == "text_link"
    assert entity.url == url


@pytest.mark.parametrize(
    "url",
    ["", "javascript:alert(1)", "tg://resolve", "https://a b", 'https://"', "https://" + "a" * 500],
)
def test_what_is_no_web_address_is_not_linked(url: str) -> None:
    assert link(url, Markup("source")) == "source"


@pytest.mark.parametrize(
    ("label", "data", "url"),
    [("Why", None, None), ("Why", "why:x", "https://x"), (" ", "why:x", None), ("Why", "", None)],
)
def test_a_button_does_exactly_one_thing_and_says_what(
    label: str, data: str | None, url: str | None
) -> None:
    with pytest.raises(ValueError, match="button"):
        Button(label, data, url)


def test_a_button_carries_up_to_64_bytes() -> None:
    assert Button("Why", "ö" * 32).data == "ö" * 32
    with pytest.raises(ValueError, match="64 bytes"):
        Button("Why", "ö" * 32 + "x")


@pytest.mark.parametrize("text", ["", " \n", "<b></b>", "x" * 4097, "🟠" * 2049])
def test_a_message_that_telegram_would_refuse_is_not_made(text: str) -> None:
    with pytest.raises(ValueError, match="4096"):
        Message(text)


def test_only_what_is_shown_counts_for_the_limit() -> None:
    assert plain(Message("<b>" + "&lt;" * 4096 + "</b>")) == "<" * 4096


def test_a_message_can_be_told_without_its_markup() -> None:
    assert plain(
        Message('<b>Al</b> &lt;&#39;Waleed&#39;&gt; <a href="https://x.org/?a&gt;b">map</a>')
    ) == ("Al <'Waleed'> map")


def test_a_long_list_becomes_several_messages_cut_between_lines() -> None:
    lines = [Markup("<b>{}</b>").format("&" * 999) for _ in range(9)]
    pages = split(lines, ((Button("Why", "why:x"),),))
    assert [len(page.text.split("\n")) for page in pages] == [4, 4, 1]
    assert [bool(page.buttons) for page in pages] == [False, False, True]
    assert all(utf16_length(parse_html(page.text).text) <= MAX_TEXT for page in pages)


def test_a_short_list_is_one_message() -> None:
    [page] = split([Markup("one"), Markup("two")])
    assert page == Message("one\ntwo")


class German(NullTranslations):
    """A catalogue of two texts."""

    def gettext(self, message: str) -> str:
        return {"<b>{place}</b> is disputed": "<b>{place}</b> ist umstritten", "Map": "Karte"}.get(
            message, message
        )

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return {"{n} report": "{n} Meldung", "{n} reports": "{n} Meldungen"}[
            msgid1 if n == 1 else msgid2
        ]


def test_every_text_can_be_had_in_another_language() -> None:
    reader = Reader(ZoneInfo("UTC"), German())
    assert reader.say("<b>{place}</b> is disputed", place="A<B") == "<b>A&lt;B</b> ist umstritten"
    assert reader.count("{n} report", "{n} reports", 1) == "1 Meldung"
    assert reader.count("{n} report", "{n} reports", 2) == "2 Meldungen"
    assert reader.label("Map") == "Karte"


def test_a_list_reads_as_people_write_it() -> None:
    names = [Markup("<b>a</b>"), Markup("b"), Markup("c")]
    assert READER.all_of(names) == "<b>a</b>, b and c"
    assert READER.all_of(names[:2]) == "<b>a</b> and b"
    assert READER.all_of(names[:1]) == "<b>a</b>"


def test_a_label_is_shortened_to_what_fits_a_button() -> None:
    assert READER.label("Unsubscribe: {place}", place="x" * 99) == f"Unsubscribe: {'x' * 46}…"
