"""How sure an answer is, and what makes it so, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from handlers.messages.message import outside
from handlers.messages.voices import SOURCE_LIMIT, camps
from handlers.messages.words import is_plural, party_name
from storage.model.control import Rule, Standing
from storage.model.source_record import earlier_claims, is_claim
from storage.model.sources import Position
from storage.model.words import Reason

if TYPE_CHECKING:
    from handlers.messages.message import Reader
    from handlers.messages.words import Telling
    from storage.model.control import Assessment, Evidence

MUCH_MORE_LIKELY = 0.8
MORE_LIKELY = 0.6
# A smaller step in confidence is not worth a word.
NOTICEABLE = 0.03


def how_sure(telling: Telling, found: Assessment) -> Markup:
    """How sure an assessment is and why: the end of a line that begins with "How sure:"."""
    say = telling.reader.say
    match found.rule:
        case Rule.NO_REPORTS:
            return say("not known: no report counts.")
        case Rule.STALE:
            return say("not known: there is no fresh report.")
        case Rule.TOO_WEAK:
            return say("not known: what is reported weighs too little to name a holder.")
        case Rule.UNDECIDED:
            return say(
                "not known: somebody names a holder, others tell only of fighting, and that is "
                "not enough to tell."
            )
        case Rule.LEFT:
            return say("not known: nobody says who holds it now.")
        case Rule.FIGHTING:
            return say("not very. Where there is fighting, the holder may change any hour.")
        case Rule.TWO_SIDES | Rule.DENIED:
            return _divided(telling, found)
    return say("{basis} {denied}", basis=_basis(telling, found), denied=_denied(telling, found))


def _basis(telling: Telling, found: Assessment) -> Markup:
    """What a holder rests on whom nobody of weight disputes."""
    say, count = telling.reader.say, telling.reader.count
    backing = camps(found)[0].evidence
    if found.rule is Rule.INDEPENDENT:
        return say("confirmed, independent sources agree.")
    if found.rule is Rule.OWN_WORD:
        return count(
            "thin – one report alone, its own side's word.",
            "thin – {n} reports, all of them its own side's word.",
            len(backing),
        )
    if found.rule is Rule.ONE_VOICE:
        about = about_source(telling, backing[0])
        return say("likely, but on one source alone. {about}", about=about)
    sources = len({e.source.id for e in backing})
    if any({Reason.SAME_INSTITUTION, Reason.SAME_SIDE} & set(e.reasons) for e in backing):
        return count(
            "likely, on {n} source.",
            "likely, on {n} sources of one side, which count as little more than one.",
            sources,
        )
    return count(
        "likely, on {n} source.",
        "likely, {n} sources agree, but are not known well enough to confirm it.",
        sources,
    )


def _denied(telling: Telling, found: Assessment) -> Markup:
    against = [e for e in found.counting if e.speaks_for(found.holder) != found.holder]
    if all(e.fighting and e.backs is None for e in against):
        if any(e.fighting for e in found.counting):
            return telling.reader.say(
                "Nobody denies it so far, but fighting is reported: it may change any hour."
            )
        return telling.reader.say("Nobody denies it so far.")
    return telling.reader.say("What speaks against it weighs little.")


def _divided(telling: Telling, found: Assessment) -> Markup:
    """Who is ahead where good sources disagree, and why: the heaviest voice of each side."""
    voices = [_about_voice(telling, camp.evidence[0]) for camp in camps(found)[:2]]
    why = Markup(" ").join(reversed(voices))
    return telling.reader.say("{ahead}. {why}", ahead=_who_is_ahead(telling, found), why=why)


def _about_voice(telling: Telling, evidence: Evidence) -> Markup:
    """What makes a source's word heavy or light, and how earlier ones like it turned out."""
    record = (Markup("{}{}.").format(w[:1].upper(), w[1:]) for w in record_words(telling, evidence))
    return Markup(" ").join([about_source(telling, evidence), *record])


def _who_is_ahead(telling: Telling, found: Assessment) -> Markup:
    say = telling.reader.say
    party = party_name(telling.parties[found.holder or ""])
    if found.confidence >= MUCH_MORE_LIKELY:
        return say("{party} much more likely", party=party)
    if found.confidence >= MORE_LIKELY:
        return say("{party} more likely", party=party)
    return say("not very; {party} slightly ahead", party=party)


def about_source(telling: Telling, evidence: Evidence) -> Markup:
    """What makes a source's word heavy or light, as a sentence."""
    say = telling.reader.say
    source = evidence.source.name
    name = outside(source[:1].upper() + source[1:], SOURCE_LIMIT)
    many = is_plural(source)
    traits = source_traits(telling, evidence)
    parts = []
    if traits:
        listed = telling.reader.all_of(traits)
        parts = [say("are {traits}", traits=listed) if many else say("is {traits}", traits=listed)]
    if Reason.AGAINST_INTEREST in evidence.reasons:
        parts.append(
            say("speak against their own side's interest")
            if many
            else say("speaks against their own side's interest")
        )
    if not parts:
        return say("Of {name} little is known.", name=outside(source, SOURCE_LIMIT))
    return say("{name} {what}.", name=name, what=telling.reader.all_of(parts))


def record_words(telling: Telling, evidence: Evidence) -> list[Markup]:
    """How earlier claims of the source like this one turned out, where that is known."""
    say, count = telling.reader.say, telling.reader.count
    if evidence.source.pinned:
        return [say("grade fixed by the operator, whatever its record")]
    record = earlier_claims(evidence)
    if record is None:
        return []
    right, of = record.borne_out, record.claims
    if is_claim(evidence):
        one = "of {n} earlier claim like this one {right} came true"
        many = "of {n} earlier claims like this one {right} came true"
    elif evidence.fighting:
        one = "of {n} earlier time it told of fighting like this, the holder stayed in {right}"
        many = "of {n} earlier times it told of fighting like this, the holder stayed in {right}"
    else:
        one = "of {n} earlier time it stood by a holder like this, the holder stayed in {right}"
        many = "of {n} earlier times it stood by a holder like this, the holder stayed in {right}"
    return [count(one, many, of, right=right)]


def source_traits(telling: Telling, evidence: Evidence) -> list[Markup]:
    """What is known of a source's interest, reliability and place, to go after "is" or "are"."""
    say = telling.reader.say
    reasons = evidence.reasons
    traits = (
        (Reason.OWN_INTEREST in reasons, say("a party to the fight")),
        (Reason.GRADE_A in reasons, say("completely reliable")),
        (Reason.GRADE_B in reasons, say("usually reliable")),
        (Reason.GRADE_D in reasons, say("seldom reliable")),
        (Reason.GRADE_E in reasons, say("unreliable")),
        (Reason.AT_SCENE in reasons, say("at the scene")),
        (evidence.source.position is Position.AWAY, say("not at the scene")),
    )
    return [words for applies, words in traits if applies]


def credibility_words(grade: int, reader: Reader) -> Markup:
    """How credible an editor judged a claim itself, 1 to 6, to go after "judged"."""
    say = reader.say
    return {
        1: say("confirmed by others (1)"),
        2: say("probably true (2)"),
        3: say("possibly true (3)"),
        4: say("doubtful (4)"),
        5: say("improbable (5)"),
        6: say("impossible to judge (6)"),
    }[grade]


def surer(telling: Telling, before: Assessment, after: Assessment) -> Markup | None:
    """What more evidence did to an answer that stayed the same; None where it did little."""
    say = telling.reader.say
    if before.standing is not after.standing:
        return say("Now: {how}", how=how_sure(telling, after))
    if after.standing is not Standing.DISPUTED:
        return None
    step = after.confidence - before.confidence
    party = party_name(telling.parties[after.holder or ""])
    if step >= NOTICEABLE:
        return say("That makes {party} more likely.", party=party)
    if step <= -NOTICEABLE:
        return say("That makes {party} less likely.", party=party)
    return None
