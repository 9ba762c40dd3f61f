"""Why reports weigh what they do, the rule that decided, and what would change the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.messages.sureness import credibility_words, record_words, source_traits
from handlers.messages.voices import camps, source_name
from storage.model.control import Rule
from storage.model.words import Reason

if TYPE_CHECKING:
    from markupsafe import Markup

    from handlers.messages.words import Telling
    from storage.model.control import Assessment, Evidence

# Shares of the weight of the heaviest voice, from which a weight is told so.
NEARLY = 0.75
HALF = 0.35
LITTLE = 0.1


def weight_words(telling: Telling, evidence: Evidence, found: Assessment) -> Markup:
    """What a report that counts weighs, measured by the heaviest."""
    say = telling.reader.say
    counting = found.counting
    if len(counting) == 1:
        return say("the only one that counts")
    share = evidence.weight / counting[0].weight
    if share >= 1:
        return say("weighs most")
    if share >= NEARLY:
        return say("weighs nearly as much")
    if share >= HALF:
        return say("weighs about half as much")
    if share >= LITTLE:
        return say("weighs little")
    return say("weighs next to nothing")


def reasons(telling: Telling, evidence: Evidence) -> list[Markup]:
    """Why a report weighs what it does, the record last; or why it does not count."""
    words = reason_words(telling)
    if evidence.weight <= 0:
        return [words[evidence.reasons[-1]]]
    return [
        *source_traits(telling, evidence),
        *(words[reason] for reason in evidence.reasons if reason in words),
        *_judged(telling, evidence),
        *record_words(telling, evidence),
    ]


def _judged(telling: Telling, evidence: Evidence) -> list[Markup]:
    """How credible the claim itself was judged, where somebody did."""
    grade = evidence.report.credibility
    if grade is None:
        return []
    words = credibility_words(grade, telling.reader)
    # It stands among what moves the weight, and does not.
    say = telling.reader.say
    return [say("the claim itself judged {grade}, which moves no weight", grade=words)]


def reason_words(telling: Telling) -> dict[Reason, Markup]:
    """The reasons that are not told by the source's traits."""
    say = telling.reader.say
    return {
        Reason.GRADE_C: say("fairly reliable"),
        Reason.GRADE_F: say("reliability not known"),
        Reason.OWN_INTEREST: say("in their own side's favour, so less"),
        Reason.AGAINST_INTEREST: say("against their own side's interest, so more"),
        Reason.STILL_FIGHTING: say("tells of fighting only"),
        Reason.SAME_SOURCE: say("adds to the same source's other word"),
        Reason.SAME_INSTITUTION: say("same institution as another voice, so little more than one"),
        Reason.SAME_SIDE: say("same side as another voice, so less than two"),
        Reason.REPLACED: say("replaced by the same source's later word"),
        Reason.EARLIER_TIME: say("of an earlier time than the same source's other word"),
        Reason.OVERTAKEN: say("of a time before the last change"),
        Reason.TOO_OLD: say("too long ago to count"),
        Reason.WITHDRAWN: say("withdrawn"),
        Reason.RETRACTION: say("takes an earlier report back"),
        Reason.HELD: say("held aside: this source moved many places at once, alone"),
        Reason.NOTHING_DENIED: say("denies a report that is not on record or was withdrawn"),
    }


def rule_words(telling: Telling, found: Assessment) -> Markup:
    """The rule that decided, in a sentence."""
    say = telling.reader.say
    return {
        Rule.NO_REPORTS: say("no report counts, so there is no answer."),
        Rule.STALE: say("every report is too old or overtaken, so it is not known any more."),
        Rule.TOO_WEAK: say("what is said weighs too little to name a holder, so it is not known."),
        Rule.UNDECIDED: say(
            "somebody names a holder, others tell only of fighting, and that is not enough to "
            "tell, so it is not known."
        ),
        Rule.LEFT: say(
            "the holder is reported to have left and nobody is named instead, so it is not known."
        ),
        Rule.ONE_VOICE: say("one good source says so and nobody of weight denies it, so: likely."),
        Rule.OWN_WORD: say(
            "only one side speaks, in its own favour, so: likely at most, and thin."
        ),
        Rule.NOT_INDEPENDENT: say(
            "several sources agree, but not independent good ones, so: likely."
        ),
        Rule.INDEPENDENT: say("independent good sources agree, so: confirmed."),
        Rule.TWO_SIDES: say(
            "two sides are named, both recently, and the weaker case is not negligible, so: "
            "disputed."
        ),
        Rule.DENIED: say("it is denied, and the denial is not negligible, so: disputed."),
        Rule.FIGHTING: say("fighting is reported, and not denied, so: contested."),
    }[found.rule]


def would_change(telling: Telling, found: Assessment) -> Markup:
    """What would change the answer: the end of a sentence that begins so."""
    say = telling.reader.say
    match found.rule:
        case Rule.TWO_SIDES | Rule.DENIED:
            weaker = source_name(camps(found)[1].evidence[0])
            return say(
                "a withdrawal of what {source} said, or anyone independent who confirms it.",
                source=weaker,
            )
        case Rule.ONE_VOICE | Rule.NOT_INDEPENDENT | Rule.OWN_WORD:
            return say(
                "an independent source that agrees (surer) or that says otherwise (disputed)."
            )
        case Rule.INDEPENDENT:
            return say("a good source that says otherwise.")
        case Rule.FIGHTING:
            return say("word that the fighting is over, or of who holds the place now.")
        case Rule.UNDECIDED:
            return say("one more good source that says who holds the place now.")
        case Rule.LEFT:
            return say("word of who holds the place now.")
    return say("any fresh report by a good source.")
