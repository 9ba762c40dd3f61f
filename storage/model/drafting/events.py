"""What the verbs of a sentence say of a place: who took, holds or left it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from storage.model.drafting.arguments import Scene, places_behind
from storage.model.drafting.event import Event, event_of
from storage.model.drafting.lexicon import Tense
from storage.model.drafting.losing import drive, fall, leave, lose, pass_on
from storage.model.drafting.mention import Mention, What
from storage.model.drafting.situations import fight, hands_of, noun
from storage.model.drafting.subjects import object_before, party_behind, places_before, subject
from storage.model.drafting.verbs import Group, group_at, verb_at
from storage.model.reports import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from storage.model.drafting.lexicon import Verb


def events_in(scene: Scene) -> list[Event]:
    """The claims of a sentence, in order."""
    found: list[Event] = []
    for at in range(len(scene.sentence.words)):
        found.extend(_at(scene, at, found))
    return found


def _at(scene: Scene, at: int, before: Sequence[Event]) -> Iterator[Event]:
    lexicon = scene.lexicon
    low = scene.sentence.low(at)
    named = any(m.first <= at < m.last and m.what is not What.NAME for m in scene.mentions)
    if named and low not in lexicon.nouns:
        return
    verb = verb_at(scene.sentence, at, lexicon)
    if low in lexicon.nouns and not (verb and _is_verbal(scene, at)):
        yield from noun(scene, at)
    elif verb is not None:
        yield from _verb(scene, at, verb, before)
    elif low in lexicon.of("control"):
        yield from _claimed(scene, at, before)
    elif low in ("in", "under") or (low, scene.sentence.low(at + 1)) == ("out", "of"):
        yield from hands_of(scene, at, before)


def _is_verbal(scene: Scene, at: int) -> bool:
    group = group_at(scene.sentence, at, scene.whens, scene.lexicon)
    if scene.sentence.low(group.first - 1) == "there":
        return False  # "there was fighting"
    before = scene.sentence.low(at - 1)
    did = before in scene.lexicon.of("auxiliaries") - {"'s"}
    gerund = scene.sentence.low(at).endswith("ing")
    helping = scene.lexicon.of("auxiliaries") | scene.lexicon.of("adverbs")
    told = before in {"to", *scene.lexicon.of("modals"), *scene.lexicon.of("negations")}
    return (
        told
        or (did and not gerund)
        or (gerund and before in helping)
        or any(m.last == at and m.what in (What.PARTY, What.IT) for m in scene.mentions)
    )


def _verb(scene: Scene, at: int, verb: Verb, before: Sequence[Event]) -> Iterator[Event]:
    group = group_at(scene.sentence, at, scene.whens, scene.lexicon)
    if not group.happened or _is_wrong_form(scene, at, verb, group):
        return
    if scene.sentence.low(group.first - 1) in scene.lexicon.of("nobody"):
        return
    if verb.meaning == "holds" and group.formerly and not scene.dated(at):
        return
    match verb.meaning:
        case "took" | "took_control" | "holds":
            yield from _hold_or_take(scene, at, verb, group, before)
        case "left" | "pulled":
            yield from leave(scene, at, verb, group, before)
        case "given_up" if scene.sentence.low(at + 1) == "up":
            places, party = places_behind(scene, at + 2), subject(scene, group.first, before)
            if places and party:
                yield event_of(scene, at, group, Claim.LEFT, places, party)
        case "lost" | "gave":
            yield from lose(scene, at, group, before)
        case "fell":
            yield from fall(scene, at, group, before)
        case "drove":
            yield from drive(scene, at, group, before)
        case "passed":
            yield from pass_on(scene, at, group, before)
        case "has":
            yield from _have(scene, at, group, before)
        case "fights":
            yield from fight(scene, at, group, before)
        case _:
            return


def _is_wrong_form(scene: Scene, at: int, verb: Verb, group: Group) -> bool:
    """Whether the form tells of something that goes on, is wanted, or is no verb at all."""
    if verb.tenses == {Tense.GERUND}:
        lasting = verb.meaning in ("holds", "fights") and group.progressive
        holding = verb.meaning == "holds" and any(
            m.last == at and m.what is What.PARTY for m in scene.mentions
        )  # "fighters holding the town"
        return not (lasting or holding or scene.denied_noun(at) or _goes_along(scene, verb, group))
    return verb.tenses == {Tense.PARTICIPLE} and group.bare and scene.sentence.low(at - 1) == ""


def _have(scene: Scene, at: int, group: Group, before: Sequence[Event]) -> Iterator[Event]:
    """Of "have full control of the town"."""
    at += 1
    while scene.sentence.low(at) in scene.lexicon.of("total"):
        at += 1
    places = places_behind(scene, at, control=True) if scene.is_control(at) else ()
    party = subject(scene, group.first, before)
    if places and party:
        claim = Claim.LEFT if group.no_longer else Claim.HOLDS
        yield event_of(scene, at, group, claim, places, party)


def _claimed(scene: Scene, at: int, before: Sequence[Event]) -> Iterator[Event]:
    """Of "claimed full control of the town"."""
    claiming = at - 1
    while scene.sentence.low(claiming) in scene.lexicon.of("total"):
        claiming -= 1
    verb = scene.lexicon.reporting.get(scene.sentence.low(claiming))
    if verb is None or verb.base not in scene.lexicon.of("claiming"):
        return
    group = group_at(scene.sentence, claiming, scene.whens, scene.lexicon)
    places = places_behind(scene, at, control=True)
    party = subject(scene, group.first, before)
    if places and party and group.happened:
        event = event_of(scene, at, group, Claim.HOLDS, places, party)
        yield replace(event, first=at)


def _goes_along(scene: Scene, verb: Verb, group: Group) -> bool:
    """Whether it tells what was done along with the verb before: "stormed the hill, seizing it"."""
    takes = verb.meaning in ("took", "took_control", "drove")
    return takes and group.bare and scene.sentence.low(group.first - 1) == ","


def _hold_or_take(
    scene: Scene, at: int, verb: Verb, group: Group, before: Sequence[Event]
) -> Iterator[Event]:
    claim = Claim.HOLDS if verb.meaning == "holds" else Claim.TOOK
    needs_control = verb.meaning == "took_control"
    start = at + 1 + (scene.sentence.low(at + 1) in ("over", "back", "up"))
    by = party_behind(scene, start, "by")
    places: tuple[Mention, ...]
    if group.passive or (group.bare and scene.sentence.low(start) == "by"):
        if needs_control:
            return
        places, party = places_before(scene, group.first, before), by
        # "The town, seized by rebels in May, is quiet" tells of the past.
        beside = not group.passive and claim is Claim.TOOK
    else:
        places = places_behind(scene, start, control=needs_control)
        party = subject(scene, group.first, before)
        beside = False
        if not places and not needs_control:
            places, owner = object_before(scene, group)
            beside, party = bool(places), owner or party
        if not places and verb.meaning == "took" and verb.base not in scene.lexicon.of("weak"):
            # "captured Pelivar": a name after such a verb is a place, if one that nobody knows.
            places = tuple(m for m in scene.mentions if m.first == start and m.what is What.NAME)
        places = places or _here(scene, at, verb)
        if not places and Tense.PARTICIPLE in verb.tenses and group.bare and party is None:
            places = places_before(scene, group.first, before)
            beside = bool(places)
        pronounced = places and scene.sentence.low(places[0].first - 1) in scene.lexicon.reporting
        beside = beside and not pronounced  # "declared the town liberated"
    along = scene.goes_along(group.first)
    if not places or (party is None and (along or claim is not Claim.TOOK)):
        return
    event = event_of(scene, at, group, claim, places, party)
    claim = Claim.LEFT if group.no_longer else claim
    neither = scene.sentence.low(places[0].first - 1) == "neither"
    negated = event.negated != neither
    yield replace(event, claim=claim, negated=negated, relative=event.relative or beside)


def _here(scene: Scene, at: int, verb: Verb) -> tuple[Mention, ...]:
    """The place spoken of in "took over here", "have taken full control"."""
    low = scene.sentence.low
    behind = at + 1
    while low(behind) in scene.lexicon.of("adverbs") | scene.lexicon.of("total"):
        behind += 1
    if not ((verb.base == "take" and low(at + 1) == "over") or low(behind) == "control"):
        return ()
    behind = max(behind, at + 1) + 1
    behind += low(behind) in scene.lexicon.of("here")
    return (Mention(What.IT, at, at + 1),) if scene.ends(behind) else ()
