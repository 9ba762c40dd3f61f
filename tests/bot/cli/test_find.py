"""`whoholds find`: what the bot takes a name for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.bot.cli.conftest import Ran

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bot.cli.conftest import Command


def test_a_name_that_is_clear_is_found(story: Command) -> None:
    assert story("find", "معبر الوليد") == Ran(0, "al-waleed  Al Waleed (crossing, IQ, SY)\n", "")
    told = json.loads(story("find", "al walid", "--json").out)
    assert (told["found"], told["ambiguous"], told["offered"]) == ("al-waleed", False, [])


def test_a_name_that_is_not_exits_with_1_and_tells_what_would_be_asked(
    story: Command, tmp_path: Path
) -> None:
    ran = story("find", "rafah")
    assert ran.code == 1
    assert "no place is surely meant; similar:\n  rawa  Rawa (town, IQ)\n" in ran.out
    assert story("find", "zzzzzz") == Ran(1, "no place is called so, nor nearly so\n", "")
    more = tmp_path / "places.csv"
    more.write_text("id,name,kind\nrawa-2,Rawa,town\n", encoding="utf-8")
    assert story("import", more).code == 0
    ran = story("find", "rawa")
    assert ran.code == 1
    assert ran.out == ("could be any of these:\n  rawa  Rawa (town, IQ)\n  rawa-2  Rawa (town)\n")
    told = json.loads(story("find", "rawa", "--json").out)
    assert (told["found"], told["ambiguous"], told["similar"]) == (None, True, 2)
    assert [p["id"] for p in told["offered"]] == ["rawa", "rawa-2"]


def test_names_that_are_similar_are_counted_where_not_all_are_told(
    story: Command, tmp_path: Path
) -> None:
    more = tmp_path / "places.csv"
    rows = [f"z{i},Kafr Zita {i}0{i},town" for i in range(9)]
    more.write_text("\n".join(["id,name,kind", *rows]), encoding="utf-8")
    assert story("import", more).code == 0
    assert "similar (5 of 9):" in story("find", "kafr zita").out


def test_a_file_of_queries_is_answered_row_by_row(story: Command, tmp_path: Path) -> None:
    queries, out = tmp_path / "queries.csv", tmp_path / "found.csv"
    queries.write_text(
        "\ufeffqid,note,query\n1,x,Al-Waleed\n2,,rafah\n3,,\n4,,zzzzzz\n", encoding="utf-8"
    )
    ran = story("find", "--queries", queries, "--out", out)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "4 queries: 1 found, 3 to be asked about\n"
    header, first, second, *rest = out.read_text(encoding="utf-8").splitlines()
    assert (header, first, rest) == ("qid,pred1,pred2,pred3", "1,al-waleed,,", ["3,,,", "4,,,"])
    assert second.startswith("2,,rawa,")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"qid,name\n1,rawa\n", "its header lacks the column query"),
        (b"", "its header lacks the column qid and query"),
        (b"qid,query\n1\n", "line 2: not as many values as columns"),
        (b"qid,query\n1,a,b\n", "line 2: not as many values as columns"),
        (b"qid,query\n,rawa\n", "line 2: no qid"),
        (b"qid,query\n1,rawa\n1,ana\n", "line 3: the qid '1' was given before"),
        (b"qid,query\n1,\xff\n", "not UTF-8"),
        (b'qid,query\n1,"a"b\n', "after line 1: "),
    ],
)
def test_a_file_that_cannot_be_read_exits_with_2_and_writes_nothing(
    content: bytes, error: str, story: Command, tmp_path: Path
) -> None:
    queries, out = tmp_path / "queries.csv", tmp_path / "found.csv"
    queries.write_bytes(content)
    ran = story("find", "--queries", queries, "--out", out)
    assert ran.code == 2
    assert f"whoholds: {queries}" in ran.err
    assert error in ran.err
    assert not out.exists()


def test_wrong_calls_are_explained(story: Command, tmp_path: Path) -> None:
    queries = tmp_path / "queries.csv"
    queries.write_text("qid,query\n1,rawa\n", encoding="utf-8")
    wrong: list[list[str | Path]] = [[], ["rawa", "--out", queries], ["--queries", queries]]
    for args in wrong:
        ran = story("find", *args)
        assert ran.code == 2
        assert "give either QUERY, or both --queries and --out" in ran.err
    ran = story("find", "--queries", queries, "--out", queries)
    assert ran.code == 2
    assert "would be overwritten" in ran.err
    assert story("find", "--queries", tmp_path / "none.csv", "--out", tmp_path / "o").code == 2


def test_without_places_there_is_nothing_to_find(whoholds: Command) -> None:
    assert whoholds("migrate").code == 0
    ran = whoholds("find", "rawa")
    assert ran.code == 2
    assert "no place is on record yet" in ran.err
