"""Events that no verb of control makes: fighting, "the capture of", "in the hands of"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from storage.model.drafting.arguments import places_behind
from storage.model.drafting.event import Event, event_of
from storage.model.drafting.mention import Mention, What
from storage.model.drafting.subjects import party_behind, places_before, subject
from storage.model.drafting.verbs import group_at
from storage.model.reports import Claim

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from storage.model.drafting.arguments import Scene
    from storage.model.drafting.verbs import Group

_FARTHEST_NEAR: Final = 9  # words between "clashes" and where they are
LONGEST_HANDS: Final = 5


def fight(scene: Scene, at: int, group: Group, before: Sequence[Event]) -> Iterator[Event]:
    """Of "the army is fighting in Rabia"; with a party where only one side is named."""
    places = _near(scene, at)
    other = any(m.first in range(at + 1, at + 3) and m.what is What.PARTY for m in scene.mentions)
    if places:
        party = None if other else subject(scene, group.first, before)
        yield event_of(scene, at, group, Claim.FIGHTING, places, party)


def _near(scene: Scene, at: int) -> tuple[Mention, ...]:
    """Where there is fighting: behind "in", "at", "around"."""
    vicinity = scene.lexicon.of("vicinity")
    for n in range(at + 1, at + _FARTHEST_NEAR):
        low = scene.sentence.low(n)
        if low in (".", ";", ",", "!", "?", ""):
            break
        if low in vicinity and scene.sentence.low(n + 1) == "its":
            return (Mention(What.IT, n + 1, n + 2),)
        if low in vicinity and (places := places_behind(scene, n + 1, loose=True)):
            return places
    return ()


def noun(scene: Scene, at: int) -> Iterator[Event]:
    """Of nouns: "clashes in Rabia"; "the capture of Rabia", where somebody announces it."""
    meaning = scene.lexicon.nouns[scene.sentence.low(at)]
    group = group_at(scene.sentence, at, scene.whens, scene.lexicon)
    if not group.happened:
        return
    if meaning == "fighting":
        told_of = scene.sentence.low(at - 1) == "the" and scene.sentence.low(at - 2) == "in"
        if (places := _near(scene, at)) and not told_of:  # "defeat in the battle for the town"
            negated = scene.sentence.low(at - 1) == "no"
            yield Event(at, at, places[-1].last, Claim.FIGHTING, places, negated=negated)
        return
    if not scene.told_noun(at):
        return
    joined = "from" if meaning == "left" else "of"
    owner = next((m for m in scene.places if m.last == at - 1 and m.owned), None)
    if scene.sentence.low(at + 1) == joined:
        places = places_behind(scene, at + 2)
    elif owner is not None and scene.sentence.low(at - 1) == "'s":  # "reports of the town's fall"
        places = (owner,)
    elif scene.sentence.low(at - 1) == "its":
        places = tuple(m for m in (scene.topic_before(at, ())))
    elif scene.sentence.low(at - 1) == "the" and scene.ends(at + 1):  # "admitted the loss"
        places = (Mention(What.IT, at, at + 1),)
    else:
        return
    if places:
        after = max(places[-1].last, at + 1)
        party = party_behind(scene, after, "to" if meaning == "fell" else "by")
        claim = Claim.TOOK if meaning in ("took", "fell") else Claim.LEFT
        yield Event(at, at, after, claim, places, party, noun=True)


def hands_of(scene: Scene, at: int, before: Sequence[Event]) -> Iterator[Event]:
    """Of "in rebel hands", "under the control of militants", "in control of the town"."""
    words = scene.sentence
    hands = next(
        (
            n
            for n in range(at + 1, at + 2 + LONGEST_HANDS)
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
        event = event_of(scene, at, group, claim, places, party)
        gone = group.no_longer or words.low(at) == "out"
        claim = Claim.LEFT if gone else claim
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
