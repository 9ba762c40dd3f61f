"""Telegram's HTML: what it means, and what Telegram says where it means nothing."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.entities import as_html, command_of, finish, plain
from bot.sandbox.markup import (
    Entity,
    Formatted,
    ParseError,
    link_problem,
    parse_html,
    utf16_length,
)

# Anything Telegram can be sent as UTF-8.
texts = st.text(st.characters(exclude_categories=["Cs"]))
tags = st.sampled_from(["b", "i", "u", "s", "code", "tg-spoiler", "blockquote"])


def part(text: str, entity: Entity) -> str:
    units = text.encode("utf-16-le")[2 * entity.offset : 2 * entity.end]
    return units.decode("utf-16-le")


@given(texts)
def test_escaped_text_comes_out_as_it_went_in(text: str) -> None:
    assert parse_html(escape(text)) == Formatted(text)


@given(st.lists(st.tuples(texts, tags, texts.filter(bool)), max_size=5))
def test_offsets_count_utf16_units(parts: list[tuple[str, str, str]]) -> None:
    source = "".join(f"{escape(a)}<{tag}>{escape(b)}</{tag}>" for a, tag, b in parts)
    formatted = parse_html(source)
    assert formatted.text == "".join(a + b for a, _, b in parts)
    assert [part(formatted.text, e) for e in formatted.entities] == [b for _, _, b in parts]


@given(st.lists(st.tuples(texts, tags, texts.filter(bool)), max_size=5))
def test_html_of_a_message_says_the_same_as_the_html_it_was_made_of(
    parts: list[tuple[str, str, str]],
) -> None:
    source = "".join(f"{escape(a)}<{tag}>{escape(b)}</{tag}>" for a, tag, b in parts)
    assert parse_html(as_html(parse_html(source))) == parse_html(source)


@pytest.mark.parametrize(
    "source",
    [
        '<a href="https://example.org/?a=1&amp;b=2">x</a>',
        '<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>',
        "<blockquote expandable>x</blockquote>",
        '<pre><code class="language-py">a &lt; b</code></pre>',
        "<b>a<i>b</i></b> <pre>c</pre>",
    ],
)
def test_html_of_a_message_is_the_html_it_was_made_of(source: str) -> None:
    assert as_html(parse_html(source)) == source


def test_an_entity_that_cuts_a_character_in_two_is_dropped() -> None:
    assert finish(Formatted(" 🟠x", (Entity("bold", 2, 2),))) == Formatted("🟠x")


@given(st.text(st.sampled_from("<>&;/ab=\"' \n#x1tg-ltقا🟠\0"), max_size=40))
def test_any_text_is_either_read_or_refused(source: str) -> None:
    try:
        formatted = parse_html(source)
    except ParseError:
        return
    assert all(0 < e.length <= utf16_length(formatted.text) - e.offset for e in formatted.entities)


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("<b>Al Waleed</b> &amp; more", "Al Waleed & more", [Entity("bold", 0, 9)]),
        ("🟠 <b>الوليد</b>", "🟠 الوليد", [Entity("bold", 3, 6)]),
        ("<B>a</b >", "a", [Entity("bold", 0, 1)]),
        ("<b>a<i>b</i></b>", "ab", [Entity("bold", 0, 2), Entity("italic", 1, 1)]),
        ("<strong>a</strong><em>b</em>", "ab", [Entity("bold", 0, 1), Entity("italic", 1, 1)]),
        ("<b></b>a", "a", []),
        ("<b>a</>", "a", [Entity("bold", 0, 1)]),
        ('<a href="https://t.me/b?start=a&amp;b=1">x</a>', "x",
         [Entity("text_link", 0, 1, url="https://t.me/b?start=a&b=1")]),
        ("<a href='http://x.org'>x</a>", "x", [Entity("text_link", 0, 1, url="http://x.org")]),
        ("<a>x.org</a>", "x.org", [Entity("text_link", 0, 5, url="http://x.org")]),
        ("<a href=\"nonsense\">x</a>", "x", []),
        ('<span class="tg-spoiler">x</span>', "x", [Entity("spoiler", 0, 1)]),
        ("<blockquote>x</blockquote>", "x", [Entity("blockquote", 0, 1)]),
        ("<blockquote expandable>x</blockquote>", "x", [Entity("expandable_blockquote", 0, 1)]),
        ('<pre><code class="language-py">x</code></pre>', "x",
         [Entity("pre", 0, 1, language="py")]),
        ('<code class="language-py">x</code>', "x", [Entity("code", 0, 1)]),
        ('<code class="language-py"><pre>x</pre></code>', "x",
         [Entity("pre", 0, 1, language="py")]),
        ('<b title="a&quot;b" lang=en hidden>x</b>', "x", [Entity("bold", 0, 1)]),
        ("<blockquote expandable='1'>x</blockquote>", "x",
         [Entity("expandable_blockquote", 0, 1)]),
        ('<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>', "👍",
         [Entity("custom_emoji", 0, 2, custom_emoji_id="5368324170671202286")]),
        ("&lt;&gt;&amp;&quot;&#39;&#x1F7E0;", "<>&\"'🟠", []),
        ("&nbsp;&apos;& &unknown; &#0; &#x;", "&nbsp;&apos;& &unknown; &#0; &#x;", []),
        ("&lt&gt", "<>", []),
        ("a > b", "a > b", []),
    ],
)  # fmt: skip
def test_the_subset_means(source: str, text: str, entities: list[Entity]) -> None:
    assert parse_html(source) == Formatted(text, tuple(entities))


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("<script>x</script>", 'Unsupported start tag "script" at byte offset 0'),
        ("ي<br>", 'Unsupported start tag "br" at byte offset 2'),
        ("a < b > c", 'Unsupported start tag "" at byte offset 2'),
        ("<b>unclosed", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>test</b></i>", 'Unmatched end tag at byte offset 10, '
                               'expected "</i>", found "</b>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("x<b", "Unclosed start tag at byte offset 1"),
        ("<a href", 'Unclosed start tag "a" at byte offset 0'),
        ("<a href=", 'Unclosed start tag "a" at byte offset 0'),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<a =x>y</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=x/y>z</a>", "Unexpected end of name token at byte offset 8"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<tg-emoji emoji-id='x'>y</tg-emoji>", "Invalid custom emoji identifier specified"),
        ("&#xD800;", "Text contains invalid Unicode characters after decoding HTML entities, "
                     "check for unmatched surrogate code units"),
    ],
)  # fmt: skip
def test_telegram_refuses(source: str, says: str) -> None:
    with pytest.raises(ParseError) as refused:
        parse_html(source)
    assert str(refused.value) == says


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("  <b> x </b>\n", Formatted("x", (Entity("bold", 0, 1),))),
        ("a\r\nb\tc\x00d", Formatted("a\nb c d")),
        ("a\u202eb\u2068c\u2069", Formatted("ab\u2068c\u2069")),
        ("\u202a🟠 <i>\u202cx</i>", Formatted("🟠 x", (Entity("italic", 3, 1),))),
        ("<b> </b>x", Formatted("x")),
        ("\n \n", Formatted("")),
    ],
)
def test_telegram_cleans_a_text_and_moves_its_formatting(before: str, after: Formatted) -> None:
    assert finish(parse_html(before)) == after


@given(texts)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert finish(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/status Al Waleed", [("bot_command", "/status")]),
        ("try /why@WhoHoldsBot or /list.", [("bot_command", "/why@WhoHoldsBot"),
                                            ("bot_command", "/list")]),
        ("and/or 1/2 </b>", []),
        ("see https://t.me/WhoHoldsBot?start=p_a, and t.me/x", [
            ("url", "https://t.me/WhoHoldsBot?start=p_a"), ("url", "t.me/x")]),
        ("@WhoHoldsBot #Anbar #1 a@b.com", [("mention", "@WhoHoldsBot"), ("hashtag", "#Anbar")]),
        ("الوليد /status", [("bot_command", "/status")]),
    ],
)  # fmt: skip
def test_commands_and_links_are_found(text: str, found: list[tuple[str, str]]) -> None:
    message = plain(text)
    assert [(e.type, part(message.text, e)) for e in message.entities] == found


def test_nothing_is_found_inside_code_and_links() -> None:
    message = finish(parse_html('<code>/status</code> <a href="http://x.org">/why</a>'))
    assert [e.type for e in message.entities] == ["code", "text_link"]


def test_a_command_is_what_a_text_starts_with() -> None:
    assert command_of(plain("/status@WhoHoldsBot x")) == ("status", "WhoHoldsBot")
    assert command_of(plain("/status x")) == ("status", "")
    assert command_of(plain("see /status")) is None


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("https://example.org/a?b=c", None),
        ("example.org", None),
        ("tg://user?id=1", None),
        ("not-a-url", "Wrong HTTP URL"),
        ("http://localhost:8080", "Wrong HTTP URL"),
        ("http://a b.org", "Wrong HTTP URL"),
        ("http://[::1", "Wrong HTTP URL"),
        ("ftp://example.org", "Unsupported URL protocol"),
        ("", "URL host is empty"),
    ],
)
def test_links_are_judged_like_telegram_does(url: str, problem: str | None) -> None:
    assert link_problem(url) == problem
