"""Asking servers: politely, within limits, and never where a feed must not lead."""

from __future__ import annotations

import gzip
import io
import time
import zipfile
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

from bot.feeds.fetching import FeedTrouble, Fetcher, fetcher
from bot.feeds.guard import is_public, may_connect
from bot.feeds.unpacking import unpacked
from storage.model.errors import BadInput
from tests.bot.feeds.server import Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.bot.feeds.server import Server

pytestmark = pytest.mark.anyio
NOW = datetime(2014, 6, 23, 12, tzinfo=UTC)


@asynccontextmanager
async def asking(*, private: bool = True) -> AsyncIterator[Fetcher]:
    fetch = fetcher(lambda: NOW, largest=100_000, private=private, first_pause=0.001)
    async with fetch.client:
        yield fetch


async def told(server: Server, path: str = "/") -> FeedTrouble:
    """Why an address cannot be read."""
    async with asking() as fetch:
        with pytest.raises(FeedTrouble) as caught:
            await fetch.get(server.url + path)
    return caught.value


async def test_a_request_says_who_asks(server: Server) -> None:
    server.serves("/", "a,b\n")
    async with asking() as fetch:
        answer = await fetch.get(server.url + "/", params={"page": 2}, headers={"x-token": "s"})
    assert answer is not None
    assert answer.body == b"a,b\n"
    (request,) = server.asked
    assert request.headers["user-agent"].startswith("whoholds/")
    assert (request.query, request.headers["x-token"]) == ({"page": "2"}, "s")


async def test_a_body_packed_for_the_way_is_unpacked(server: Server) -> None:
    server.serves("/", gzip.compress(b"a,b\n"), Content_Encoding="gzip")
    async with asking() as fetch:
        answer = await fetch.get(server.url + "/")
    assert answer is not None
    assert answer.body == b"a,b\n"
    server.serves("/", gzip.compress(b"a,b\n" * 100)[:-9], Content_Encoding="gzip")
    assert "was cut before its end" in (await told(server)).reason
    server.serves("/", b"\x1f\x8bnonsense", Content_Encoding="gzip")
    assert "packed and damaged" in (await told(server)).reason
    server.serves("/", b"a", Content_Encoding="br")
    assert "packed as 'br', unasked" in (await told(server)).reason


@pytest.mark.parametrize(
    "fault",
    [
        Response(status=503),
        Response(b"<html>busy</html>", status=502),
        Response(status=429, headers={"Retry-After": "0"}),
        Response(status=429, headers={"Retry-After": "Mon, 23 Jun 2014 11:00:00 GMT"}),
        Response(status=500, headers={"Retry-After": "soon"}),
        Response(status=503, headers={"Retry-After": "Fri, 31 Dec 9999 23:59:59 -2300"}),
        Response(b"a,b\n" * 99, cut=7),
    ],
)
async def test_what_fails_for_a_moment_is_tried_again(fault: Response, server: Server) -> None:
    server.serves("/", "a,b\n")
    server.faults = [fault] * 3
    async with asking() as fetch:
        answer = await fetch.get(server.url + "/")
    assert answer is not None
    assert answer.body == b"a,b\n"
    assert len(server.asked) == 4


async def test_what_goes_on_failing_is_given_up(server: Server) -> None:
    server.faults = [Response(status=503)] * 9
    error = await told(server, "/list?token=secret")
    assert error.reason == f"{server.url}/list answered 503 Service Unavailable"
    assert len(server.asked) == 4


async def test_a_server_that_names_a_pause_gets_it(server: Server) -> None:
    server.serves("/", "a,b\n")
    server.faults = [Response(status=429, headers={"Retry-After": "1"})]
    began = time.monotonic()
    async with asking() as fetch:
        await fetch.get(server.url + "/")
    assert time.monotonic() - began >= 1


@pytest.mark.parametrize("after", ["600", "Mon, 23 Jun 2014 12:10:00 GMT"])
async def test_a_long_pause_is_left_to_the_next_run(after: str, server: Server) -> None:
    server.faults = [Response(status=429, headers={"Retry-After": after})]
    error = await told(server)
    assert error.not_before == NOW + timedelta(minutes=10)
    assert len(server.asked) == 1


async def test_what_will_not_mend_is_not_tried_again(server: Server) -> None:
    assert (await told(server, "/nowhere")).status == 404
    assert len(server.asked) == 1


async def test_redirects_are_followed_as_far_as_is_sane(server: Server) -> None:
    server.serves("/new", "a,b\n")
    server.paths["/old"] = lambda _: Response(status=301, headers={"Location": "/new"})
    server.paths["/round"] = lambda _: Response(status=302, headers={"Location": "/round"})
    server.paths["/file"] = lambda _: Response(status=302, headers={"Location": "file:///etc/x"})
    server.paths["/odd"] = lambda _: Response(
        status=302, headers={"Location": "http://x:123456789/"}
    )
    async with asking() as fetch:
        answer = await fetch.get(server.url + "/old")
    assert answer is not None
    assert answer.body == b"a,b\n"
    assert "more than 5 times" in (await told(server, "/round")).reason
    assert "no web address" in (await told(server, "/file")).reason
    assert "no address" in (await told(server, "/odd")).reason


async def test_secrets_do_not_follow_a_redirect_to_another_server(server: Server) -> None:
    elsewhere = server.url.replace("127.0.0.1", "localhost")
    server.serves("/new", "a,b\n")
    server.paths["/old"] = lambda _: Response(status=302, headers={"Location": elsewhere + "/new"})
    server.paths["/post"] = lambda _: Response(status=307, headers={"Location": elsewhere + "/new"})
    async with asking() as fetch:
        assert await fetch.get(server.url + "/old") is not None
        with pytest.raises(FeedTrouble, match="must not be sent the secrets"):
            await fetch.get(server.url + "/old", headers={"x-token": "secret"})
        with pytest.raises(FeedTrouble, match="must not be sent the secrets"):
            await fetch.post(server.url + "/post", form={"password": "secret"})
    assert [r.path for r in server.asked].count("/new") == 1


async def test_a_private_address_is_refused_unless_the_block_allows_it(server: Server) -> None:
    async with asking(private=False) as fetch:
        for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
            with pytest.raises(FeedTrouble, match="is no public address"):
                await fetch.get(url + "/")
    assert server.asked == []


async def test_a_redirect_to_the_machines_credentials_is_refused_also_there(
    server: Server,
) -> None:
    target = "http://169.254.169.254/latest/meta-data"
    server.paths["/"] = lambda _: Response(status=302, headers={"Location": target})
    assert "169.254.169.254 is no public address" in (await told(server)).reason


@pytest.mark.parametrize(
    ("address", "public", "private_too"),
    [
        ("93.184.216.34", True, True),
        ("2606:4700::1111", True, True),
        ("10.0.0.1", False, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("100.64.0.1", False, True),
        ("fd00::1", False, True),
        ("::ffff:127.0.0.1", False, True),
        ("64:ff9b::7f00:1", False, True),
        ("64:ff9b::5db8:d822", True, True),
        ("2002:7f00:1::", False, True),
        ("::7f00:1", False, True),
        ("::ffff:0:127.0.0.1", False, True),
        ("64:ff9b:1::a00:1", False, True),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("2002:a9fe:a9fe::", False, False),
        ("64:ff9b:1::a9fe:a9fe", False, False),
        ("::", False, False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False, True),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("fe80::1", False, False),
        ("224.0.0.1", False, False),
        ("0.0.0.0", False, False),  # noqa: S104 - refused
    ],
)
def test_which_addresses_may_be_asked(address: str, public: bool, private_too: bool) -> None:
    parsed = ip_address(address)
    assert is_public(parsed) is public
    assert may_connect(parsed, private=False) is public
    assert may_connect(parsed, private=True) is private_too


async def test_a_server_that_cannot_be_found_or_reached_is_named(server: Server) -> None:
    async with asking() as fetch:
        with pytest.raises(FeedTrouble, match=r"nowhere\.invalid"):
            await fetch.get("http://nowhere.invalid/x")
        with pytest.raises(FeedTrouble, match=r"127\.0\.0\.1:1/x cannot be reached"):
            await fetch.get("http://127.0.0.1:1/x")


async def test_that_nothing_has_changed_is_no_answer_to_whoever_has_nothing(
    server: Server,
) -> None:
    server.faults = [Response(status=304)] * 2
    assert "nothing has changed, unasked" in (await told(server)).reason
    async with asking() as fetch:
        with pytest.raises(FeedTrouble, match="unasked"):
            await fetch.get_if_changed(server.url + "/", {"nonsense": "x"})


async def test_a_web_page_is_known_behind_whatever_stands_before_it(server: Server) -> None:
    before = b"\xef\xbb\xbf<?xml version='1.0'?>\n" + b"<!-- x -->\n" * 30
    server.serves("/", before + b"<!DOCTYPE html><p>")
    assert "a web page (HTML)" in (await told(server)).reason
    # Every way to cut these into comments was tried once, which does not end.
    server.serves("/", b"<!---->" * 700 + b"<feed/>")
    async with asking() as fetch:
        assert (await fetch.get(server.url + "/")).body.endswith(b"<feed/>")


def zipped(names: int, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for number in range(names):
            archive.writestr(f"{number:060}.csv", b"a,b\n")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (zipped(1, zipfile.ZIP_LZMA), "packed in an unusual way"),
        (zipped(1, zipfile.ZIP_BZIP2), "packed in an unusual way"),
        (zipped(2), "a zip file with 2 files in it"),
        (zipped(1000), "a zip file with many files in it"),
        (zipped(1)[:-30], "a zip file that cannot be read"),
    ],
)
def test_a_zip_file_holds_one_file_packed_as_usual(body: bytes, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        unpacked(body, 100_000)


def test_a_gzip_file_may_have_several_parts() -> None:
    parts = gzip.compress(b"a,") * 3 + gzip.compress(b"")
    assert unpacked(parts + b"\0\0", 6) == b"a,a,a,"
    with pytest.raises(BadInput, match="unpacks to more than"):
        unpacked(parts, 5)
