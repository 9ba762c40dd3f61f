"""What the verbs of a sentence say of a place: who took, holds or left it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from storage.model.drafting.arguments import (
    Scene,
    party_behind,
    places_before,
    places_behind,
    subject,
)
from storage.model.drafting.event import Event, event_of
from storage.model.drafting.lexicon import Tense
from storage.model.drafting.mention import Mention, What
from storage.model.drafting.situations import LONGEST_HANDS, fight, hands_of, noun
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
    elif low in ("in", "under"):
        yield from hands_of(scene, at, before)


def _is_verbal(scene: Scene, at: int) -> bool:
    group = group_at(scene.sentence, at, scene.whens, scene.lexicon)
    if scene.sentence.low(group.first - 1) == "there":
        return False  # "there was fighting"
    before = scene.sentence.low(at - 1)
    gerund = scene.sentence.low(at).endswith("ing")
    helping = scene.lexicon.of("auxiliaries") | scene.lexicon.of("adverbs")
    told = before in {"to", *scene.lexicon.of("modals"), *scene.lexicon.of("negations")}
    return (
        told
        or (gerund and before in helping)
        or any(m.last == at and m.what in (What.PARTY, What.IT) for m in scene.mentions)
    )


def _verb(scene: Scene, at: int, verb: Verb, before: Sequence[Event]) -> Iterator[Event]:
    group = group_at(scene.sentence, at, scene.whens, scene.lexicon)
    if not group.happened or _is_wrong_form(scene, at, verb, group):
        return
    match verb.meaning:
        case "took" | "took_control" | "holds":
            yield from _hold_or_take(scene, at, verb, group, before)
        case "left" | "pulled":
            yield from _leave(scene, at, verb, group, before)
        case "given_up" if scene.sentence.low(at + 1) == "up":
            places, party = places_behind(scene, at + 2), subject(scene, group.first, before)
            if places and party:
                yield event_of(scene, at, group, Claim.LEFT, places, party)
        case "lost" | "gave":
            yield from _lose(scene, at, group, before)
        case "fell":
            yield from _fall(scene, at, group, before)
        case "drove":
            yield from _drive(scene, at, group, before)
        case "fights":
            yield from fight(scene, at, group, before)
        case _:
            return


def _is_wrong_form(scene: Scene, at: int, verb: Verb, group: Group) -> bool:
    """Whether the form tells of something that goes on, is wanted, or is no verb at all."""
    if verb.tenses == {Tense.GERUND}:
        lasting = verb.meaning in ("holds", "fights") and group.progressive
        return not lasting and not scene.denied_noun(at)
    return verb.tenses == {Tense.PARTICIPLE} and group.bare and scene.sentence.low(at - 1) == ""


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
            places, owner = _object_before(scene, group)
            beside, party = bool(places), owner or party
        if not places and verb.meaning == "took" and verb.base not in scene.lexicon.of("weak"):
            # "captured Pelivar": a name after such a verb is a place, if one that nobody knows.
            places = tuple(m for m in scene.mentions if m.first == start and m.what is What.NAME)
        if not places and Tense.PARTICIPLE in verb.tenses and group.bare and party is None:
            places = places_before(scene, group.first, before)
            beside = bool(places)
    if not places or (party is None and claim is not Claim.TOOK):
        return
    event = event_of(scene, at, group, claim, places, party)
    claim = Claim.LEFT if group.no_longer else claim
    yield replace(event, claim=claim, relative=event.relative or beside)


def _object_before(scene: Scene, group: Group) -> tuple[tuple[Mention, ...], Mention | None]:
    """Place and party of "the city that militants overran"."""
    party = next(
        (m for m in scene.mentions if m.last == group.first and m.what is What.PARTY), None
    )
    party = party or next(
        (m for m in scene.mentions if m.last == group.first and m.what is What.IT), None
    )
    if party is None or scene.sentence.low(party.first - 1) not in ("which", "that"):
        return (), None
    at = party.first - 1
    at -= scene.sentence.low(at - 1) == ","
    return tuple(m for m in scene.places if m.last == at), party


def _leave(
    scene: Scene, at: int, verb: Verb, group: Group, before: Sequence[Event]
) -> Iterator[Event]:
    direct = verb.base in scene.lexicon.of("direct")
    if group.passive:
        places = places_before(scene, group.first, before)
        if places and verb.meaning == "left" and direct and verb.base != "leave":
            yield event_of(scene, at, group, Claim.LEFT, places, party_behind(scene, at + 1, "by"))
        elif places := _behind_away(scene, at + 1):
            party = subject(scene, group.first, before)
            if party:
                yield event_of(scene, at, group, Claim.LEFT, places, party)
        return
    party = subject(scene, group.first, before)
    places = (
        _behind_away(scene, at + 1)
        or (places_behind(scene, at + 1) if direct else ())
        or (_object_before(scene, group)[0] if direct else ())
    )
    behind = at + 1
    while scene.sentence.low(behind) in scene.lexicon.of("away"):
        behind += 1
    if not places and (verb.base == "flee" or scene.ends(behind)):
        places = scene.topic_before(at, before)
    if party and places:
        yield event_of(scene, at, group, Claim.LEFT, places, party)


def _behind_away(scene: Scene, at: int) -> tuple[Mention, ...]:
    """Places behind "from", "out of", "its troops out of"."""
    for n in range(at, at + 6):
        low = scene.sentence.low(n)
        if low == "from" or (low == "of" and scene.sentence.low(n - 1) == "out"):
            return places_behind(scene, n + 1)
        if (
            low not in scene.lexicon.of("away")
            and not scene.is_part_of_party(n)
            and not low.endswith("ly")
        ):
            break
    return ()


def _lose(scene: Scene, at: int, group: Group, before: Sequence[Event]) -> Iterator[Event]:
    if group.passive:
        places = places_before(scene, group.first, before)
        if places:
            yield event_of(scene, at, group, Claim.LEFT, places, None)
        return
    places = places_behind(scene, at + 1 + (scene.sentence.low(at + 1) == "over"))
    loser = subject(scene, group.first, before)
    if not places:
        return
    denied = scene.denied_noun(at)
    behind = places[-1].last
    winner = party_behind(scene, behind + (scene.sentence.low(behind) == "over"), "to")
    over = "over" in (scene.sentence.low(at + 1), scene.sentence.low(behind))
    verb = scene.lexicon.verbs[scene.sentence.low(at)]
    if verb.meaning == "gave" and winner is None and not (over or verb.base == "surrender"):
        return
    if winner is not None and not group.negated:
        yield event_of(scene, at, group, Claim.TOOK, places, winner)
    if loser is not None or denied:
        yield event_of(scene, at, group, Claim.LEFT, places, loser)


def _fall(scene: Scene, at: int, group: Group, before: Sequence[Event]) -> Iterator[Event]:
    places = places_before(scene, group.first, before)
    if not places:
        return
    if scene.sentence.low(at + 1) == "under":
        return
    party = party_behind(scene, at + 1, "to")
    if party is None and scene.sentence.low(at + 1) == "into":
        party = scene.party_within(at + 2, at + 2 + LONGEST_HANDS)
    yield event_of(scene, at, group, Claim.TOOK, places, party)


def _drive(scene: Scene, at: int, group: Group, before: Sequence[Event]) -> Iterator[Event]:
    if group.passive:
        places = _behind_away(scene, at + 1)
        loser = subject(scene, group.first, before)
        if scene.sentence.low(at + 1) == "of":  # "the town was cleared of rebels"
            places = places_before(scene, group.first, before)
            loser = party_behind(scene, at + 1, "of")
        if places and loser:
            yield event_of(scene, at, group, Claim.LEFT, places, loser)
            if winner := party_behind(scene, places[-1].last, "by"):
                yield event_of(scene, at, group, Claim.TOOK, places, winner)
        return
    loser = next(
        (m for m in scene.mentions if m.first == at + 1 and m.what in (What.PARTY, What.IT)),
        None,
    )
    if loser is None:
        return
    places = _behind_away(scene, loser.last)
    if places:
        yield event_of(scene, at, group, Claim.TOOK, places, subject(scene, group.first, before))
        yield event_of(scene, at, group, Claim.LEFT, places, loser)
