"""What a sentence says of a place: who took, holds or left it, and where there is fighting."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from storage.model.drafting.arguments import (
    Scene,
    party_behind,
    places_before,
    places_behind,
    subject,
)
from storage.model.drafting.lexicon import Tense
from storage.model.drafting.mentions import Mention, What
from storage.model.drafting.verbs import Group, group_at, verb_at
from storage.model.reports import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from storage.model.drafting.lexicon import Verb

_AWAY: Final = ("out", "from", "back", "of", "away", "off")
_NEAR: Final = frozenset({"in", "at", "near", "around", "inside", "outside", "for", "over", "on"})
_FARTHEST_NEAR: Final = 9  # words between "clashes" and where they are
_LONGEST_HANDS: Final = 5
_WEAK: Final = frozenset({"take", "win", "secure", "recover"})  # of much besides places
_DIRECT: Final = frozenset(
    {"abandon", "leave", "flee", "evacuate", "quit", "vacate", "relinquish", "desert"}
)


@dataclass(frozen=True)
class Event:
    """A claim as words make it: of places, by a party where one is named.

    `at` is the number of the word that makes it; `first` and `last` bound its words. `negated`
    where it is said not to be so.
    """

    at: int
    first: int
    last: int
    claim: Claim
    places: tuple[Mention, ...]
    party: Mention | None = None
    negated: bool = False
    hearsay: bool = False
    noun: bool = False  # "the loss of the town": a time behind it may be when it was said
    relative: bool = False  # told beside the news: ", which was seized last year,"


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
        yield from _noun(scene, at)
    elif verb is not None:
        yield from _verb(scene, at, verb, before)
    elif low in ("in", "under"):
        yield from _hands(scene, at, before)


def _is_verbal(scene: Scene, at: int) -> bool:
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
                yield _event(scene, at, group, Claim.LEFT, places, party)
        case "lost" | "gave":
            yield from _lose(scene, at, group, before)
        case "fell":
            yield from _fall(scene, at, group, before)
        case "drove":
            yield from _drive(scene, at, group, before)
        case "fights":
            yield from _fight(scene, at, group, before)
        case _:
            return


def _is_wrong_form(scene: Scene, at: int, verb: Verb, group: Group) -> bool:
    """Whether the form tells of something that goes on, is wanted, or is no verb at all."""
    if verb.tenses == {Tense.GERUND}:
        lasting = verb.meaning in ("holds", "fights") and group.progressive
        return not lasting and not scene.denied_noun(at)
    return verb.tenses == {Tense.PARTICIPLE} and group.bare and scene.sentence.low(at - 1) == ""


def _event(
    scene: Scene,
    at: int,
    group: Group,
    claim: Claim,
    places: Sequence[Mention],
    party: Mention | None,
) -> Event:
    last = max([at + 1, *(p.last for p in places)])
    previous = scene.sentence.low(group.first - 1)
    relative = previous in ("which", "who", "whom")
    return Event(
        at,
        min(group.first, at),
        last,
        claim,
        tuple(places),
        party,
        group.negated,
        group.hearsay,
        relative=relative,
    )


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
        if not places and verb.meaning == "took" and verb.base not in _WEAK:
            # "captured Pelivar": a name after such a verb is a place, if one that nobody knows.
            places = tuple(m for m in scene.mentions if m.first == start and m.what is What.NAME)
        if not places and Tense.PARTICIPLE in verb.tenses and group.bare and party is None:
            places = places_before(scene, group.first, before)
            beside = bool(places)
    if not places or (party is None and claim is not Claim.TOOK):
        return
    event = _event(scene, at, group, claim, places, party)
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
    direct = verb.base in _DIRECT
    if group.passive:
        places = places_before(scene, group.first, before)
        if places and verb.meaning == "left" and direct and verb.base != "leave":
            yield _event(scene, at, group, Claim.LEFT, places, party_behind(scene, at + 1, "by"))
        elif places := _behind_away(scene, at + 1):
            party = subject(scene, group.first, before)
            if party:
                yield _event(scene, at, group, Claim.LEFT, places, party)
        return
    party = subject(scene, group.first, before)
    places = (
        _behind_away(scene, at + 1)
        or (places_behind(scene, at + 1) if direct else ())
        or (_object_before(scene, group)[0] if direct else ())
    )
    if (not places and verb.base == "flee") or (not places and scene.ends(at + 1)):
        places = scene.topic_before(at, before)
    if party and places:
        yield _event(scene, at, group, Claim.LEFT, places, party)


def _behind_away(scene: Scene, at: int) -> tuple[Mention, ...]:
    """Places behind "from", "out of", "its troops out of"."""
    for n in range(at, at + 6):
        low = scene.sentence.low(n)
        if low == "from" or (low == "of" and scene.sentence.low(n - 1) == "out"):
            return places_behind(scene, n + 1)
        if low not in _AWAY and not scene.is_part_of_party(n) and not low.endswith("ly"):
            break
    return ()


def _lose(scene: Scene, at: int, group: Group, before: Sequence[Event]) -> Iterator[Event]:
    if group.passive:
        places = places_before(scene, group.first, before)
        if places:
            yield _event(scene, at, group, Claim.LEFT, places, None)
        return
    places = places_behind(scene, at + 1 + (scene.sentence.low(at + 1) == "over"))
    loser = subject(scene, group.first, before)
    if not places:
        return
    denied = scene.denied_noun(at)
    behind = places[-1].last
    winner = party_behind(scene, behind + (scene.sentence.low(behind) == "over"), "to")
    if scene.lexicon.verbs[scene.sentence.low(at)].meaning == "gave" and winner is None:
        return
    if winner is not None and not group.negated:
        yield _event(scene, at, group, Claim.TOOK, places, winner)
    if loser is not None or denied:
        yield _event(scene, at, group, Claim.LEFT, places, loser)


def _fall(scene: Scene, at: int, group: Group, before: Sequence[Event]) -> Iterator[Event]:
    places = places_before(scene, group.first, before)
    if not places:
        return
    if scene.sentence.low(at + 1) == "under":
        return
    party = party_behind(scene, at + 1, "to")
    if party is None and scene.sentence.low(at + 1) == "into":
        party = scene.party_within(at + 2, at + 2 + _LONGEST_HANDS)
    yield _event(scene, at, group, Claim.TOOK, places, party)


def _drive(scene: Scene, at: int, group: Group, before: Sequence[Event]) -> Iterator[Event]:
    if group.passive:
        places = _behind_away(scene, at + 1)
        loser = subject(scene, group.first, before)
        if places and loser:
            yield _event(scene, at, group, Claim.LEFT, places, loser)
            if winner := party_behind(scene, places[-1].last, "by"):
                yield _event(scene, at, group, Claim.TOOK, places, winner)
        return
    loser = next(
        (m for m in scene.mentions if m.first == at + 1 and m.what in (What.PARTY, What.IT)),
        None,
    )
    if loser is None:
        return
    places = _behind_away(scene, loser.last)
    if places:
        yield _event(scene, at, group, Claim.TOOK, places, subject(scene, group.first, before))
        yield _event(scene, at, group, Claim.LEFT, places, loser)


def _fight(scene: Scene, at: int, group: Group, before: Sequence[Event]) -> Iterator[Event]:
    places = _near(scene, at)
    other = any(m.first in range(at + 1, at + 3) and m.what is What.PARTY for m in scene.mentions)
    if places:
        party = None if other else subject(scene, group.first, before)
        yield _event(scene, at, group, Claim.FIGHTING, places, party)


def _near(scene: Scene, at: int) -> tuple[Mention, ...]:
    """Where there is fighting: behind "in", "at", "around"."""
    for n in range(at + 1, at + _FARTHEST_NEAR):
        low = scene.sentence.low(n)
        if low in (".", ";", ",", "!", "?", ""):
            break
        if low in _NEAR and scene.sentence.low(n + 1) == "its":
            return (Mention(What.IT, n + 1, n + 2),)
        if low in _NEAR and (places := places_behind(scene, n + 1, loose=True)):
            return places
    return ()


def _noun(scene: Scene, at: int) -> Iterator[Event]:
    """Of nouns: "clashes in Rabia"; "the capture of Rabia", where somebody announces it."""
    meaning = scene.lexicon.nouns[scene.sentence.low(at)]
    group = group_at(scene.sentence, at, scene.whens, scene.lexicon)
    if not group.happened:
        return
    if meaning == "fighting":
        if places := _near(scene, at):
            negated = scene.sentence.low(at - 1) == "no"
            yield Event(at, at, places[-1].last, Claim.FIGHTING, places, negated=negated)
        return
    if not scene.told_noun(at):
        return
    joined = "from" if meaning == "left" else "of"
    if scene.sentence.low(at + 1) == joined:
        places = places_behind(scene, at + 2)
    elif scene.sentence.low(at - 1) == "its":
        places = tuple(m for m in (scene.topic_before(at, ())))
    else:
        return
    if places:
        after = max(places[-1].last, at + 1)
        party = party_behind(scene, after, "to" if meaning == "fell" else "by")
        claim = Claim.TOOK if meaning in ("took", "fell") else Claim.LEFT
        yield Event(at, at, after, claim, places, party, noun=True)


def _hands(scene: Scene, at: int, before: Sequence[Event]) -> Iterator[Event]:
    """Of "in rebel hands", "under the control of militants", "in control of the town"."""
    words = scene.sentence
    hands = next(
        (
            n
            for n in range(at + 1, at + 2 + _LONGEST_HANDS)
            if words.low(n) in scene.lexicon.of("hands")
        ),
        None,
    )
    if hands is None or any(words.low(n) in {",", ".", ";"} for n in range(at, hands)):
        return
    group, came = _state_group(scene, at)
    if group is None or not group.happened:
        return
    claim = Claim.TOOK if came else Claim.HOLDS
    party: Mention | None
    if words.low(at) == "in" and words.low(hands) in scene.lexicon.of("control"):
        places = places_behind(scene, hands + 2) if words.low(hands + 1) in ("of", "over") else ()
        if scene.ends(hands + 1):  # "they are in control"
            places = scene.topic_before(at, before) or (Mention(What.IT, at, hands + 1),)
        party = subject(scene, group.first, before)
    else:
        places = places_before(scene, group.first, before)
        party = scene.party_within(at + 1, hands) or party_behind(scene, hands + 1, "of")
    if places and party:
        event = _event(scene, at, group, claim, places, party)
        claim = Claim.LEFT if group.no_longer else claim
        yield replace(event, claim=claim, last=max(event.last, party.last, hands + 1))


def _state_group(scene: Scene, at: int) -> tuple[Group | None, bool]:
    """The words of "remains in", "has been under"; and whether it came to be so only now."""
    group = group_at(scene.sentence, at, scene.whens, scene.lexicon)
    before = scene.sentence.low(group.first - 1)
    if before == "and" and group.bare and scene.sentence.low(at - 3) != "":
        # "remained open and in the hands of"
        return _state_group(scene, at - 2)
    verb = scene.lexicon.verbs.get(before)
    came = before in ("came", "come") or (verb is not None and verb.meaning == "fell")
    if group.bare and (came or (verb is not None and verb.meaning == "remains")):
        return group_at(scene.sentence, group.first - 1, scene.whens, scene.lexicon), came
    leaves = any(m.last == group.first and m.what is What.PARTY for m in scene.mentions)
    return (group if leaves or not group.bare or group.first == 0 else None), came
