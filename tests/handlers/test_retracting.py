"""Editors take reports back, and put others in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot import watch
from storage import audit, events, tables
from storage.model.audit import Act
from storage.model.policy import DEFAULT_POLICY
from storage.model.reports import Claim
from tests.builders import report
from tests.handlers.conftest import plain
from tests.handlers.test_reporting import LINE, by_editors, two_subscribers

if TYPE_CHECKING:
    from storage.model.alerts import Alert
    from tests.handlers.conftest import Record, Talk

pytestmark = pytest.mark.anyio


async def recorded(owner: Talk, record: Record) -> None:
    """Up to step 9 and, by an editor, what the story's step 10 says; two chats were told."""
    record.up_to(9)
    two_subscribers(record)
    await owner.says(LINE)
    await owner.presses("Record")
    checked(record)
    with record.database.begin() as conn:
        conn.execute(sa.update(tables.deliveries).values(state="sent", sent_at=record.clock.at))


def checked(record: Record) -> list[Alert]:
    """The check sees what was recorded; returns every alert so far."""
    with record.database.begin() as conn:
        watch.check(conn, now=record.clock.at, policy=DEFAULT_POLICY)
    return record.alerts()


async def test_an_editor_takes_back_one_of_their_own(owner: Talk, record: Record) -> None:
    await recorded(owner, record)
    asked = await owner.asks("/retract")
    assert plain(asked).startswith("Which report is taken back?")
    [[label], _] = asked.labels
    assert label.startswith("Al Waleed crossing: the government of Iraq took it")
    shown = await owner.presses(label)
    assert shown.split("\n") == [
        "Not recorded yet",
        "Taken back: Al Waleed crossing: the government of Iraq took it on Mon 23 Jun, "
        "said by the prime minister's security spokesman (state television)",
        "Al Waleed crossing now: 🟠 disputed, militants ahead",
        "With it: ⚫ militants (likely)",
        "No chat would be alerted.",
        "2 chats would get a correction.",
    ]
    said = await owner.presses("Record")
    assert said.split("\n")[0] == "✅ Taken back: Al Waleed crossing"
    assert said.split("\n")[-1] == "2 chats are being told."
    _, retraction = by_editors(record)
    assert (retraction.claim, retraction.refers_to) == (Claim.RETRACTS, "editor-1")
    assert retraction.source == "spokesman"
    assert "correction" in {getattr(a, "kind", "correction") for a in checked(record)}
    assert (await owner.says("al waleed")).startswith("⚫ Al Waleed crossing")
    with record.database.connect() as conn:
        [done] = audit.some(conn, 0, 1)
    assert (done.act, done.about["taken back"]) == (Act.RETRACTED, "editor-1")


async def test_any_report_can_be_taken_back_by_its_id(owner: Talk, record: Record) -> None:
    record.up_to(10)
    shown = await owner.says("/retract jun14-10-al-waleed")
    assert "Taken back: Al Waleed crossing" in shown
    assert "Change…" not in str(owner.person.chat.last.labels)
    await owner.presses("Record")
    with record.database.connect() as conn:
        reports = events.reports_of(conn, "al-waleed")
    assert [r.refers_to for r in reports if r.claim is Claim.RETRACTS] == ["jun14-10-al-waleed"]


async def test_an_id_of_nothing_is_told_and_asked_again(owner: Talk, record: Record) -> None:
    record.up_to(2)
    said = await owner.says("/retract nothing")
    assert said.startswith("No report has the id “nothing”.\nWhich report is taken back?")
    assert "Taken back: Rabia crossing" in await owner.says("jun14-02-rabia")


async def test_who_has_recorded_nothing_is_told_so(owner: Talk) -> None:
    assert (await owner.says("/retract")).startswith("You have no report on record")
    again = await owner.says("/correct")
    assert again.startswith("The report that you were writing here is put away.")


async def test_nothing_is_taken_back_twice(owner: Talk, record: Record) -> None:
    await recorded(owner, record)
    await owner.says("/retract editor-1")
    await owner.presses("Record")
    again = await owner.says("/retract editor-1")
    assert again.startswith("The report “editor-1” is taken back already.")
    assert (await owner.says("/correct")).startswith("The report that you were writing")
    assert "You have no report on record" in plain(owner.person.chat.last)


async def test_who_comes_second_is_told_that_it_is_done(owner: Talk, record: Record) -> None:
    await recorded(owner, record)
    shown = await owner.asks("/retract editor-1")
    with record.database.begin() as conn:
        [target] = events.get_reports(conn, ["editor-1"]).values()
        events.append(
            conn,
            [report(target.source, Claim.RETRACTS, refers_to="editor-1")],
            now=record.clock.at,
            alert=True,
        )
    said = await owner.presses("Record", on=shown)
    assert said == "The report “editor-1” is taken back already."
    assert await owner.says("/cancel") == "You are writing nothing here."


async def test_a_retraction_can_itself_be_taken_back(owner: Talk, record: Record) -> None:
    await recorded(owner, record)
    for target in ("editor-1", "editor-2"):
        await owner.says(f"/retract {target}")
        await owner.presses("Record")
    checked(record)
    assert (await owner.says("al waleed")).startswith("🟠 Al Waleed crossing: DISPUTED")


async def test_a_correction_takes_back_and_says_anew(owner: Talk, record: Record) -> None:
    await recorded(owner, record)
    await owner.says("/correct")
    label = next(iter(owner.person.chat.last.labels))[0]
    said = await owner.presses(label)
    assert said.split("\n") == [
        "Al Waleed crossing: the government of Iraq took it on Mon 23 Jun",
        "Says who: the prime minister's security spokesman (state television)",
        "Said: Mon 23 Jun 17:16 (Baghdad time)",
        "Link",
        "It says the same so far.",
        "What do you want to change?",
    ]
    await owner.presses("Who says so")
    shown = await owner.says("a news agency")
    assert shown.split("\n")[:4] == [
        "Not recorded yet",
        "Taken back: Al Waleed crossing: the government of Iraq took it on Mon 23 Jun, "
        "said by the prime minister's security spokesman (state television)",
        "In its place:",
        "Al Waleed crossing: the government of Iraq took it on Mon 23 Jun",
    ]
    assert "Says who: a news agency (state television)" in shown
    said = await owner.presses("Record")
    assert said.split("\n")[0] == "✅ Corrected: Al Waleed crossing"
    wrong, *both = by_editors(record)
    by_claim = {r.claim: r for r in both}
    assert by_claim[Claim.RETRACTS].refers_to == wrong.id
    assert by_claim[Claim.TOOK].source == "agency"
    assert by_claim[Claim.TOOK].reported == wrong.reported
    with record.database.connect() as conn:
        [done] = audit.some(conn, 0, 1)
    assert (done.act, done.about["taken back"]) == (Act.CORRECTED, wrong.id)


async def test_a_correction_that_says_the_same_again_is_not_recorded(
    owner: Talk, record: Record
) -> None:
    await recorded(owner, record)
    await owner.says("/correct editor-1")
    await owner.presses("How it is known")
    shown = await owner.asks("radio")
    assert "(radio)" in plain(shown)
    await owner.presses("Change…")
    await owner.presses("How it is known")
    assert "It says the same so far." in await owner.says("state television")
    assert len(by_editors(record)) == 1


async def test_a_retraction_cannot_be_corrected(owner: Talk, record: Record) -> None:
    await recorded(owner, record)
    await owner.says("/retract editor-1")
    await owner.presses("Record")
    said = await owner.says("/correct editor-2")
    assert said.startswith("That report only takes another one back: /retract ends that.")


async def test_the_place_of_a_report_can_be_corrected(owner: Talk, record: Record) -> None:
    await recorded(owner, record)
    await owner.says("/correct editor-1")
    await owner.presses("The place")
    shown = await owner.says("rabia")
    assert "Al Waleed crossing now: 🟠 disputed" in shown
    assert "Rabia crossing now:" in shown
    await owner.presses("Record")
    assert {r.place for r in by_editors(record)} == {"al-waleed", "rabia"}
