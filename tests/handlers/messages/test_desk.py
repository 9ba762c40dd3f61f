"""What editors and owners are shown is valid and in its place, whatever comes from outside."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from handlers.messages import (
    auditing,
    holding,
    offers,
    previews,
    reporting,
    roles,
    source_editing,
)
from handlers.messages.message import one_message, utf16_length
from handlers.messages.paging import page_of
from handlers.messages.words import Telling
from storage.model.audit import Act, Entry
from storage.model.changes import Kind, Status
from storage.model.control import Evidence
from storage.model.effects import Effect, PlaceEffect
from storage.model.errors import BadInput
from storage.model.holds import Held, HoldEnd, HoldEnded
from storage.model.looking import look
from storage.model.policy import DEFAULT_POLICY
from storage.model.report_drafts import CHANGEABLE, Asks, ReportDraft
from storage.model.reports import Claim
from storage.model.roles import Actor, Editor, Role
from storage.model.sources import Grade, Position
from tests.builders import kept, report
from tests.handlers.messages.anything import IDS, Anything, anything, check, texts
from tests.handlers.messages.scenes import (
    AL_WALEED,
    BEFORE,
    CLAIMED,
    FELL,
    NOW,
    PARTIES,
    READER,
    SOURCES,
    found,
    lines,
)

DRAFT = ReportDraft(10**11, -(10**13), 7, 10**5, named="a shepherd")
ANN = Actor(2**52 - 1, "Ann")


def shown(report_: Evidence, effect: Effect, *, new: bool = False) -> previews.Preview:
    """A preview of a report about Al Waleed."""
    return previews.Preview(
        DRAFT, report_.report, SOURCES, {"al-waleed": AL_WALEED}, effect, None, new
    )


def evidence(what: Claim, **more: object) -> Evidence:
    one = report("colonel", what, **more)  # type: ignore[arg-type] # fields of a report
    return Evidence(one, SOURCES["colonel"], None, None, fighting=False, weight=0.0, reasons=())


def effect_of(before: Status, after: Status, kind: Kind | None, **told: int) -> Effect:
    return Effect((PlaceEffect(before, after, kind),), **told)


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        (
            effect_of(kept(found(BEFORE)), kept(found(BEFORE)), None),
            ["With it: no change", "No chat would be alerted."],
        ),
        (
            effect_of(kept(found(BEFORE)), kept(found(BEFORE)), Kind.EVIDENCE, amended=1),
            [
                "With it: the same, on more or other evidence",
                "No chat would be alerted.",
                "In 1 chat the last alert would be added to, without a sound.",
            ],
        ),
        (
            effect_of(
                kept(found(BEFORE, FELL)),
                kept(found(BEFORE, FELL, CLAIMED)),
                Kind.DISPUTED,
                alerted=1,
                corrected=2,
            ),
            [
                "With it: 🟠 disputed, militants ahead",
                "1 chat would be alerted.",
                "2 chats would get a correction.",
            ],
        ),
    ],
)
def test_an_effect_is_told_place_by_place_and_in_chats(effect: Effect, expected: list[str]) -> None:
    view = shown(evidence(Claim.TOOK, party="iraq"), effect)
    message = previews.preview(view, (), Telling(READER, PARTIES, NOW))
    assert lines(message.text)[-len(expected) :] == expected


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(anything(), texts, st.sampled_from(Claim), st.booleans())
def test_whatever_is_reported_the_preview_is_valid(
    world: Anything, typed: str, claim: Claim, new: bool
) -> None:
    assume(world.reports)
    telling = Telling(READER, world.parties, NOW)
    place, parties = world.places[0], world.parties
    known = [
        Evidence(r, world.sources[r.source], None, None, fighting=False, weight=0.0, reasons=())
        for r in world.reports
    ]
    one = replace(
        world.reports[0],
        claim=claim,
        party=world.reports[0].party or "party1",
        refers_to=world.reports[-1].id,
        url="https://example.org/?a=<b>&c='d'",
        quote=typed,
    )
    status = kept(look(world.reports, world.sources, parties, DEFAULT_POLICY, NOW).found, IDS[0])
    effect = Effect(
        tuple(
            PlaceEffect(before, status, kind)
            for before in (Status(IDS[0], 0), status)
            for kind in (Kind.DISPUTED, None)
        ),
        10**9,
        10**9,
        10**9,
    )
    where = {p.id: p for p in world.places}
    target = None if claim is Claim.HOLDS else known[-1]
    view = previews.Preview(DRAFT, one, world.sources, where, effect, target, new)
    held = Held(replace(DRAFT, place=place.id), Actor(1, typed), NOW)
    for message in (
        previews.preview(view, known, telling),
        previews.preview(view, known, telling, reporting.changed_since(READER)),
        previews.recorded(one, effect, place, READER, corrects=new),
        previews.recorded(one, Effect(()), place, READER, corrects=not new),
        holding.asks(view, known, held, telling),
        holding.waits(held, 0, 0, telling),
        holding.waits(held, 3, 0, telling),
        *(
            holding.ended(HoldEnded(how, typed, "editor-1", typed, typed, own), READER)
            for how in HoldEnd
            for own in (True, False)
        ),
        holding.still_waits(NOW, telling),
    ):
        check(message)
    for item in known:
        for label in (
            offers.report_label(item, known, telling),
            offers.own_report_label(place, item, known, telling),
        ):
            assert 0 < utf16_length(label) <= 60


@settings(max_examples=30, deadline=None)
@given(anything(), texts)
def test_whatever_is_asked_the_question_is_valid(world: Anything, typed: str) -> None:
    draft = replace(DRAFT, named=typed)
    telling = Telling(READER, {}, NOW)
    names = [offers.named_label(s.name, READER) for s in world.sources.values()]
    labels = [*names, offers.new_source_label(typed, READER), ""]
    for asks in Asks:
        for place in (None, world.places[0]):
            check(reporting.question(replace(draft, asks=(asks,)), labels, READER, place=place))
    notes = [
        reporting.forwarded(typed, NOW, telling),
        reporting.no_claim(typed, READER),
        reporting.no_party(typed, READER),
        reporting.no_link(typed, READER),
        reporting.no_such_report(typed, READER),
        reporting.taken_back_already(typed, READER),
        reporting.twice([typed, "b"], READER),
        reporting.is_area(world.areas[0], READER),
        reporting.how_to(READER),
    ]
    check(one_message(notes))
    check(reporting.which_part(draft, CHANGEABLE, READER, notes[0]))


@settings(max_examples=30, deadline=None)
@given(anything(), texts)
def test_whatever_people_are_called_what_is_said_of_them_is_valid(
    world: Anything, typed: str
) -> None:
    telling = Telling(replace(READER, bot="WhoHoldsBot"), world.parties, NOW)
    editor = Editor(Actor(2**52 - 1, typed), Actor(1, typed), NOW)
    about = {"report": typed, "place": typed, "claim": "", "source": typed}
    entries = [
        Entry(n, NOW + timedelta(minutes=n), Actor(1, typed), act, about if n % 2 else {})
        for n, act in enumerate(Act)
    ]
    for message in (
        roles.invitation("x" * 32, NOW, telling),
        roles.accepted(editor, READER),
        roles.dismissed(editor, READER),
        roles.dismissed(None, READER),
        *(roles.editor_list([editor] * 20, 1, role, telling) for role in Role),
        *(roles.editor_list([], 0, role, telling) for role in Role),
        auditing.audit_page(
            auditing.AuditPage(page_of(entries, 0, auditing.PER_PAGE), len(entries)), telling
        ),
        *(
            source_editing.graded(replace(source, pinned=pinned), READER)
            for source in world.sources.values()
            for pinned in (True, False)
        ),
        source_editing.added(replace(world.sources["source0"], id="x" * 99), READER),
        source_editing.there_already(world.sources["source0"], READER),
        source_editing.as_before(world.sources["source0"], READER),
        source_editing.wrong(BadInput(typed), READER),
        source_editing.wrong(BadInput(typed, column="kind"), READER),
    ):
        check(message)


def test_every_act_has_its_words() -> None:
    for act in Act:
        page = page_of([Entry(1, NOW, ANN, act, {})], 0)
        telling = Telling(READER, {}, NOW)
        first = lines(auditing.audit_page(auditing.AuditPage(page, 1), telling).text)[1]
        assert first.startswith("Mon 23 Jun 17:00 (Baghdad time) Ann ")


def test_every_answer_that_a_button_stands_for_has_a_label() -> None:
    for claim in set(Claim) - {Claim.RETRACTS}:
        assert offers.claim_label(claim, READER)
    assert {offers.grade_label(g, READER)[-2] for g in Grade} == set("ABCDEF")
    assert len({offers.position_label(p, READER) for p in Position}) == 3


def test_a_question_that_asks_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="nothing is asked"):
        reporting.question(DRAFT, [], READER, place=None)
