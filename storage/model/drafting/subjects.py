"""Who does what a verb tells, and what it is done to, where that stands before the verb."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from storage.model.drafting.arguments import STOPS
from storage.model.drafting.lexicon import Tense
from storage.model.drafting.mention import Mention, What

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from storage.model.drafting.arguments import Scene
    from storage.model.drafting.event import Event
    from storage.model.drafting.verbs import Group

_LONGEST_ASIDE: Final = 14  # words between two commas


def subject(scene: Scene, first: int, before: Sequence[Event]) -> Mention | None:
    """Who does it: what stands before the words of a verb, or of the verb that it is joined to."""
    if before and scene.goes_along(first):
        return before[-1].party
    if scene.sentence.low(first) == "having" and first == clause_start(scene, first):
        comma = next(
            (n for n in range(first, len(scene.sentence.words)) if scene.sentence.low(n) == ","), 0
        )
        return next((m for m in scene.mentions if comma and m.first == comma + 1), None)
    at = first if scene.goes_along(first) else _antecedent(scene, first)
    if at and scene.goes_along(at):
        return far_mention(scene, at - 1, (What.PARTY,), finite=True)
    if scene.sentence.low(at) in scene.lexicon.of("claims"):  # "the army's claim to have taken"
        owner = next((m for m in scene.mentions if m.last == at - 1 and m.owned), None)
        return owner._replace(owned=False) if owner else None
    for mention in scene.mentions:
        if mention.last != at or (mention.owned and mention.what is not What.NAME):
            continue
        if scene.sentence.low(mention.first - 1) == "whose":
            at = mention.first - 1
            at -= scene.sentence.low(at - 1) == ","
            return next((m for m in scene.mentions if m.last == at), mention)
        named = mention.what in (What.PLACE, What.NAME)
        if named and scene.sentence.low(mention.first - 1) in scene.lexicon.of("prepositions"):
            far = far_mention(scene, at, (What.PARTY,))  # "fighters linked to Hawks seized"
            if far is not None:
                return far._replace(last=mention.last)
        if mention.what is What.PLACE:
            low = scene.sentence.low(at - 1)
            nation = low in scene.nations and mention.last - mention.first == 1
            return mention if nation else far_mention(scene, at, (What.PARTY,))
        begins = mention.last == 1  # a capital letter for where it stands: "Families left"
        if mention.what is What.AGAIN or (mention.what is What.NAME and begins):
            return None
        return _claimant(scene, mention) or _with_other(scene, mention)
    if scene.sentence.low(at - 1) in scene.lexicon.of("joins"):
        return _joined(scene, at - 1, before)
    return far_mention(scene, at, (What.PARTY,))


def _joined(scene: Scene, at: int, before: Sequence[Event]) -> Mention | None:
    """Who does it in "attacked and took": who did the one before; or in "was taken after police
    fired and fled" who the later part of the sentence begins with.
    """
    begin = clause_start(scene, at)
    if before and before[-1].last > begin:
        same = [e for e in before if e.at == before[-1].at]
        return same[0].party
    parties = (m for m in scene.mentions if m.last < at and m.what is What.PARTY and not m.owned)
    some = list(parties)
    return next((m for m in some if m.first == begin), None) or (some[-1] if some else None)


def clause_start(scene: Scene, last: int) -> int:
    """Where the part of the sentence begins that ends before a number."""
    starts = scene.lexicon.of("starts")
    for at in range(last - 1, -1, -1):
        low = scene.sentence.low(at)
        if low in starts or low in STOPS or low in scene.lexicon.reporting:
            return at + 1
    return 0


def far_mention(
    scene: Scene, last: int, what: Collection[What], *, finite: bool = False
) -> Mention | None:
    """What a part of a sentence begins with, where words that tell more of it stand between that
    and the verb: "gunmen seeking revenge have", "the post on the river was". With `finite` a verb
    of its own may stand there: "gunmen stormed the post, seizing".
    """
    begin = clause_start(scene, last)
    when = next((w for w in scene.whens if w.first == begin), None)
    begin = when.last if when else begin
    while scene.sentence.low(begin) in scene.lexicon.of("adverbs"):
        begin += 1
    found = next((m for m in scene.mentions if m.first == begin and m.what in what), None)
    if found is None and scene.sentence.low(begin - 1) == "and" and not finite:
        other = next((m for m in scene.mentions if m.last == begin - 1 and m.what in what), None)
        short = last - begin < _LONGEST_ASIDE and not any(
            _is_finite(scene, n) or scene.sentence.low(n) in STOPS for n in range(begin, last)
        )
        begins = other is not None and other.first == clause_start(scene, begin - 1)
        return other._replace(last=last) if other and begins and short else None
    if found is None or found.owned or not found.last < last <= found.last + _LONGEST_ASIDE:
        return None
    low = scene.sentence.low(found.last)
    tells_more = low.endswith(("ing", "ed")) or low in scene.lexicon.of("tells_more")
    words = range(found.last, last)
    if finite or low == "who":
        return found
    return found if tells_more and not any(_is_finite(scene, n) for n in words) else None


def _is_finite(scene: Scene, at: int) -> bool:
    low = scene.sentence.low(at)
    verb = scene.lexicon.verbs.get(low) or scene.lexicon.reporting.get(low)
    past = verb is not None and not verb.tenses.isdisjoint({Tense.PAST, Tense.THIRD})
    helping = low in scene.lexicon.of("auxiliaries") - {"'s"} or low in scene.lexicon.of("modals")
    by = scene.sentence.low(at + 1) == "by"  # "backed by"
    return helping or (past and not by)


def _claimant(scene: Scene, mention: Mention) -> Mention | None:
    """Whom "it" means in "Russia's announcement that it had"."""
    low = scene.sentence.low
    at = mention.first - 1
    claims = scene.lexicon.of("claims")
    if mention.what is not What.IT or low(at) != "that":
        return None
    if low(at - 1) in claims and low(at - 2) == "'s":
        owner = next((m for m in scene.mentions if m.last == at - 2), None)
        return owner._replace(owned=False) if owner else None
    author = next((m for m in scene.mentions if m.last == at and m.what is What.PARTY), None)
    if (
        author
        and low(author.first - 1) in scene.lexicon.of("by")
        and low(author.first - 2) in claims
    ):
        return author  # "a statement by the army that it had"
    return None


def _with_other(scene: Scene, mention: Mention) -> Mention:
    """A party together with the one that it is joined to: "soldiers and tribesmen"."""
    if mention.what is not What.PARTY or scene.sentence.low(mention.first - 1) != "and":
        return mention
    last = mention.first - 1
    other = next((m for m in scene.mentions if m.last == last and m.what is What.PARTY), None)
    return mention._replace(first=other.first) if other else mention


def _antecedent(scene: Scene, first: int) -> int:
    """Where the words for the subject end, past "which" and what stands between commas."""
    low = scene.sentence.low
    at = first
    if low(at - 1) in ("which", "who", "that") and low(at - 2) != "said":
        at -= 1
        return at - (low(at - 1) == ",")
    if low(at - 1) == ",":
        begin = next(
            (n for n in range(at - 2, max(at - 2 - _LONGEST_ASIDE, -1), -1) if low(n) == ","), None
        )
        return at if begin is None else begin
    return at


def places_before(scene: Scene, first: int, before: Sequence[Event]) -> tuple[Mention, ...]:
    """The places that something was done to: "Rawa and Anah were taken"."""
    at = first if _ends_list(scene, first - 1) else _antecedent(scene, first)
    at -= scene.sentence.low(at - 1) in scene.lexicon.of("here")  # "the dam there was"
    named = next((m for m in scene.places if m.last == first - 1 and m.first == at + 1), None)
    if named and named.what is What.PLACE and _is_number(scene, at):
        return (named,)  # "one of them, Al Waleed, was"
    if scene.sentence.low(at - 1) == "," and at == first:
        at -= 1
    found: list[Mention] = []
    while mention := next((m for m in scene.places if m.last == at), None):
        if mention.owned or (found and any(e.first <= mention.first < e.last for e in before)):
            break
        found.insert(0, mention)
        at = begin = mention.first - (scene.sentence.low(mention.first - 1) == "the")
        while scene.sentence.low(at - 1) in scene.lexicon.of("listed") | {","}:
            at -= 1
        if at == begin:
            break
    if not found and scene.sentence.low(at - 1) in scene.lexicon.of("joins"):
        return before[-1].places if before else _spoken_of(scene, at)
    if not found:
        far = far_mention(scene, at, (What.PLACE, What.AGAIN))
        found = [far] if far else []
    return _whole(scene, found[0]) if len(found) == 1 else tuple(found)


def _is_number(scene: Scene, at: int) -> bool:
    """Whether one or some of what was spoken of end before a number: "one of them", "the other"."""
    low = scene.sentence.low
    return low(at - 1) in scene.lexicon.of("rest")


def _whole(scene: Scene, place: Mention) -> tuple[Mention, ...]:
    """The place itself; of "the last town in Anbar" the town; none of "parts of the town"."""
    low = scene.sentence.low
    before = low(place.first - 1)
    if before in ("but", "except") and low(place.first - 2) in scene.lexicon.of("wholes"):
        return ()  # "all but Rawa"
    if before not in scene.lexicon.of("in_part"):
        return (place,)
    for m in reversed(scene.places):
        between = range(m.last, place.first)
        if m.last < place.first and not any(low(n) == "," or _is_finite(scene, n) for n in between):
            return (m,)
    whole = scene.lexicon.of("wholes") | scene.lexicon.of("control")
    return () if before == "of" and low(place.first - 2) not in whole else (place,)


def _ends_list(scene: Scene, comma: int) -> bool:
    """Whether the last of several places ends before a comma: "Rawa, Anah and Baiji, are held"."""
    last = next((m for m in scene.places if m.last == comma), None)
    if last is None:
        return False
    first = last.first - (scene.sentence.low(last.first - 1) == "the")
    return scene.sentence.low(first - 1) in {"and", "or"}


def _spoken_of(scene: Scene, at: int) -> tuple[Mention, ...]:
    """The place that the part of a sentence before an "and" tells of: "the town was calm and"."""
    auxiliaries = scene.lexicon.of("auxiliaries") - {"'s"}
    begin = clause_start(scene, at - 1)
    first = next((m for m in scene.places if m.first == begin and not m.owned), None)
    if first is not None:
        return (first,)
    told = (m for m in reversed(scene.places) if m.last < at and not m.owned)
    return tuple(m for m in told if scene.sentence.low(m.last) in auxiliaries)[:1]


def _past_manner(scene: Scene, at: int) -> int:
    """Past adverbs and times: "fell quickly on Sunday to"."""
    while True:
        when = next((w for w in scene.whens if w.first == at), None)
        if when is not None:
            at = when.last
        elif scene.sentence.low(at) in scene.lexicon.of("adverbs"):
            at += 1
        else:
            return at


def party_behind(scene: Scene, at: int, word: str) -> Mention | None:
    """The party behind "by", "to" or "of" at a number."""
    at = _past_manner(scene, at)
    if scene.sentence.low(at) != word:
        return None
    for mention in scene.mentions:
        if mention.first in (at + 1, at + 2) and mention.what in (What.PARTY, What.NAME, What.IT):
            return mention
        if mention.first == at + 1 and mention.what is What.PLACE:
            return mention if scene.sentence.low(at + 1) in scene.nations else None
    return None


def object_before(scene: Scene, group: Group) -> tuple[tuple[Mention, ...], Mention | None]:
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
