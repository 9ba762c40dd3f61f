"""What verbs say of who left a place, lost it, was driven out, or whom it fell to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.model.drafting.arguments import places_behind
from storage.model.drafting.event import Event, event_of
from storage.model.drafting.mention import Mention, What
from storage.model.drafting.situations import LONGEST_HANDS
from storage.model.drafting.subjects import object_before, party_behind, places_before, subject
from storage.model.reports import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from storage.model.drafting.arguments import Scene
    from storage.model.drafting.lexicon import Verb
    from storage.model.drafting.verbs import Group


def leave(
    scene: Scene, at: int, verb: Verb, group: Group, before: Sequence[Event]
) -> Iterator[Event]:
    """Of "left", "withdrew from", "was abandoned by", where it is told who did."""
    direct = verb.base in scene.lexicon.of("direct")
    if group.passive:
        places = places_before(scene, group.first, before)
        by = party_behind(scene, at + 1, "by")
        if verb.base in scene.lexicon.of("deserted") and by is None:
            return
        if places and verb.meaning == "left" and direct:
            yield event_of(scene, at, group, Claim.LEFT, places, by)
        elif places := _behind_away(scene, at + 1):
            party = subject(scene, group.first, before)
            if party:
                yield event_of(scene, at, group, Claim.LEFT, places, party)
        return
    party = subject(scene, group.first, before)
    places = (
        _behind_away(scene, at + 1)
        or (places_behind(scene, at + 1) if direct else ())
        or (object_before(scene, group)[0] if direct else ())
    )
    behind = at + 1
    while scene.sentence.low(behind) in scene.lexicon.of("away"):
        behind += 1
    alone = verb.base == "flee" or scene.ends(behind) or _in_order(scene, behind)
    if not places and alone and verb.base not in scene.lexicon.of("needs_from"):
        places = scene.topic_before(at, before)
        if not places and party and _is_force(scene, party):
            places = (Mention(What.IT, at, at + 1),)
    if places and (party or scene.denied_noun(at)):
        yield event_of(scene, at, group, Claim.LEFT, places, party)


def _in_order(scene: Scene, at: int) -> bool:
    """Whether it is told only how they left: "withdrew in good order"."""
    return any(scene.sentence.has(at, phrase) for phrase in scene.lexicon.phrases["in_order"])


def _is_force(scene: Scene, party: Mention) -> bool:
    """Whether a party is named, or is the speaker's own, and no "they" that could be anybody."""
    return party.what is What.PARTY or scene.sentence.low(party.first) in scene.lexicon.of("we")


def _behind_away(scene: Scene, at: int) -> tuple[Mention, ...]:
    """Places behind "from", "out of", "its troops out of"."""
    for n in range(at, at + 6):
        low = scene.sentence.low(n)
        if low in ("from", "off") or (low == "of" and scene.sentence.low(n - 1) == "out"):
            return places_behind(scene, n + 1)
        if (
            low not in scene.lexicon.of("away")
            and not scene.is_part_of_party(n)
            and not low.endswith("ly")
        ):
            break
    return ()


def lose(scene: Scene, at: int, group: Group, before: Sequence[Event]) -> Iterator[Event]:
    """Of "lost", "handed over" and "surrendered": who has the place no more, and who has it now."""
    if group.passive:
        places = places_before(scene, group.first, before)
        behind = at + 1 + (scene.sentence.low(at + 1) in ("over", "back"))
        winner = party_behind(scene, behind, "to")
        if places and winner:
            yield event_of(scene, at, group, Claim.TOOK, places, winner)
        elif places:
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


def pass_on(scene: Scene, at: int, group: Group, before: Sequence[Event]) -> Iterator[Event]:
    """Of "control of the town passed to the army"."""
    places = places_before(scene, group.first, before)
    party = party_behind(scene, at + 1, "to")
    controlled = places and scene.is_control(places[0].first - 2)
    if controlled and party:
        yield event_of(scene, at, group, Claim.TOOK, places, party)


def fall(scene: Scene, at: int, group: Group, before: Sequence[Event]) -> Iterator[Event]:
    """Of "fell to" and "fell into the hands of"."""
    places = places_before(scene, group.first, before)
    if not places:
        return
    if scene.sentence.low(at + 1) == "under":
        return
    party = party_behind(scene, at + 1, "to")
    if party is None and scene.sentence.low(at + 1) == "into":
        party = scene.party_within(at + 2, at + 2 + LONGEST_HANDS)
    yield event_of(scene, at, group, Claim.TOOK, places, party)


def drive(scene: Scene, at: int, group: Group, before: Sequence[Event]) -> Iterator[Event]:
    """Of "drove out of", "drove out": who took the place, and who had to leave."""
    out = at + 1 + (scene.sentence.low(at + 1) == "out")
    if group.passive:
        yield from _driven(scene, at, group, before)
        return
    loser = next(
        (m for m in scene.mentions if m.first == out and m.what in (What.PARTY, What.IT)), None
    )
    if loser is None:
        return
    places = _behind_away(scene, loser.last)
    behind = loser.last + (scene.sentence.low(loser.last) == "out")
    if not places and behind + out > loser.last + at + 1 and scene.ends(behind):
        places = scene.topic_before(at, before)  # "entered the town and drove out the militants"
    if places:
        yield event_of(scene, at, group, Claim.TOOK, places, subject(scene, group.first, before))
        yield event_of(scene, at, group, Claim.LEFT, places, loser)


def _driven(scene: Scene, at: int, group: Group, before: Sequence[Event]) -> Iterator[Event]:
    """Of "were driven out of the town by", "the town was cleared of"."""
    places = _behind_away(scene, at + 1)
    loser = subject(scene, group.first, before)
    if scene.sentence.low(at + 1) == "of":  # "the town was cleared of rebels"
        places = places_before(scene, group.first, before)
        loser = party_behind(scene, at + 1, "of")
    if not places and scene.sentence.low(at + 1) == "out" and (before or scene.ends(at + 2)):
        places = scene.topic_before(at, before)
    if places and (loser or scene.denied_noun(at)):
        yield event_of(scene, at, group, Claim.LEFT, places, loser)
        if loser and (winner := party_behind(scene, places[-1].last, "by")):
            yield event_of(scene, at, group, Claim.TOOK, places, winner)
