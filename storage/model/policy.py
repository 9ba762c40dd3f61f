"""The numbers that `look` works with, kept as data so that they can be tried and replaced.

All weights are log-odds (natural logarithm): a voice of weight 1 makes what it says 2.7 times as
likely. They are where a source starts; its record moves them (`record.py`).

Each number carries its explanation and the values that make sense, for whoever sets it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from storage.model.sources import Grade

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST = timedelta(days=3650)
# As log-odds: a certainty that no source has.
MOST = 10.0


@dataclass(frozen=True)
class Bounds:
    """The values that a number may have, both ends included."""

    least: float | timedelta
    most: float | timedelta


@dataclass(frozen=True)
class Number:
    """A number of the policy (or a set of grades): its name, default, explanation and bounds.

    `heading` says what it and those after it are about, where something new begins.
    """

    name: str
    default: Any
    meaning: str
    bounds: Bounds
    heading: str


def _about(
    meaning: str,
    least: float | timedelta = 0.0,
    most: float | timedelta = MOST,
    *,
    heading: str = "",
) -> Mapping[str, Any]:
    return {"meaning": meaning, "bounds": Bounds(least, most), "heading": heading}


def _share(meaning: str) -> Mapping[str, Any]:
    return _about(meaning, 0.0, 1.0)


def _time(meaning: str, *, heading: str = "") -> Mapping[str, Any]:
    return _about(meaning, timedelta(hours=1), LONGEST, heading=heading)


def _grade_weights() -> Mapping[Grade, float]:
    return MappingProxyType(
        {Grade.A: 2.1, Grade.B: 1.6, Grade.C: 1.35, Grade.D: 0.5, Grade.E: 0.2, Grade.F: 1.05}
    )


@dataclass(frozen=True)
class Policy:
    """What a voice weighs, when a claim carries a change, and how fast all of it ages.

    `numbers` explains each of them.
    """

    grade_weight: Mapping[Grade, float] = field(
        default_factory=_grade_weights,
        metadata=_about(
            "What a source of each reliability weighs, times the factors that apply to it, until "
            "it has a record. F is not the worst grade but an unknown one: most unnamed sources "
            "have it.",
            heading="What a voice weighs",
        ),
    )
    own_interest: float = field(
        default=0.5, metadata=_about("Factor for a claim in its speaker's own favour.", 0.01, MOST)
    )
    joined_interest: float = field(
        default=1.6,
        metadata=_about(
            "Factor for such a claim beside an independent voice: who is in the fight knows first.",
        ),
    )
    against_interest: float = field(
        default=1.4, metadata=_about("Factor for a claim against its speaker's own side.")
    )
    at_scene: float = field(default=1.3, metadata=_about("Factor for who is at the scene."))
    same_institution: float = field(
        default=0.25,
        metadata=_share(
            "What further voices of one kind on one side add (two officers of one guard)."
        ),
    )
    same_side: float = field(default=0.6, metadata=_share("What further voices of one side add."))

    believe_at: float = field(
        default=0.75,
        metadata=_about(
            "The probability that the next settled state is the claimed one, from which it is "
            "believed; and given up again only when the probability of the other is as high.",
            0.5,
            0.999,
            heading="When a claim carries a change",
        ),
    )
    undenied: float = field(
        default=2.0,
        metadata=_about("Factor for a case that nobody independent contradicts.", 1.0, MOST),
    )
    unanimous: float = field(
        default=0.8,
        metadata=_about(
            "How probable a change is at least that several independent sources tell and none "
            "contradicts, whatever became of earlier claims like theirs.",
            0.5,
            0.999,
        ),
    )
    state_reaches_back: timedelta = field(
        default=timedelta(days=8),
        metadata=_time(
            '"They hold it" without telling how that came to be contradicts what others said so '
            'shortly before; "they took it" overtakes it. Longer than a week: many sources say '
            "once a week what is still so, and a repetition is no news.",
        ),
    )
    settles_after: timedelta = field(
        default=timedelta(days=7),
        metadata=_time("What all independent voices have said alone for so long is settled."),
    )

    dispute_at: float = field(
        default=0.15,
        metadata=_about(
            "A rival claim below this weight does not make a dispute.",
            heading="What makes a dispute",
        ),
    )
    negligible_share: float = field(
        default=0.05,
        metadata=_share("Nor does one below this share of what it and the answer to it weigh."),
    )
    contested_at: float = field(
        default=0.3, metadata=_about("Reports of fighting from this weight make it contested.")
    )
    answered_by: int = field(
        default=2,
        metadata=_about(
            "A party's own claim disputes nothing any more when so many have said otherwise since.",
            1,
            1000,
        ),
    )
    worth_naming: float = field(
        default=0.25, metadata=_about("A lone voice lighter than this names no holder.")
    )
    confirming: frozenset[Grade] = field(
        default=frozenset({Grade.A, Grade.B, Grade.C}),
        metadata=_about(
            "The grades whose agreement can confirm; a voice against its own interest always can."
        ),
    )
    confirming_weight: float = field(
        default=0.65,
        metadata=_about("And no voice lighter than this can confirm, whatever its grade."),
    )

    counts_for: timedelta = field(
        default=timedelta(days=60),
        metadata=_time("How long a voice counts.", heading="How it ages"),
    )
    own_interest_counts_for: timedelta = field(
        default=timedelta(days=14), metadata=_time("How long a party's own claim counts.")
    )
    fighting_counts_for: timedelta = field(
        default=timedelta(days=10), metadata=_time("How long a report of fighting counts.")
    )
    half_life: timedelta = field(
        default=timedelta(days=30),
        metadata=_time(
            "Half of a voice's part in the confidence (never in the standing) fades in this time."
        ),
    )
    calm_base: float = field(
        default=0.6, metadata=_about("Log-odds of a holder that is only named.", -MOST)
    )
    calm_settled: float = field(default=1.5, metadata=_about("What having settled adds to that."))

    record_share: float = field(
        default=0.7,
        metadata=_about(
            "How much of what a record shows is believed: voices are not as independent as they "
            "count.",
            0.01,
            1.0,
            heading="What is learned",
        ),
    )
    grade_claims: float = field(
        default=20.0,
        metadata=_about(
            "The grade of a source is worth as much as a record of so many claims.", 0.1, 1e6
        ),
    )
    base_claims: float = field(
        default=5.0,
        metadata=_about(
            "The odds of a change before anything is learned are worth so many claims.", 0.1, 1e6
        ),
    )
    learn_after: timedelta = field(
        default=timedelta(days=21),
        metadata=_time(
            "A claim teaches nothing before it is this old; one still open then is not borne out "
            "(yet). Learning from outcomes as they come learns from the quick, easy ones only.",
        ),
    )
    learn_every: timedelta = field(
        default=timedelta(days=7), metadata=_time("How often the records are drawn up anew.")
    )
    kept_after: timedelta = field(
        default=timedelta(days=3),
        metadata=_time(
            "A claim that has stood so long is another kind of evidence than a new one."
        ),
    )

    outage_places: int = field(
        default=20,
        metadata=_about(
            "A source that moves at least so many places at once is suspected of an outage. In 281 "
            "days of war over 560 places, the largest real move that a map made ahead of the other "
            "one was of 21 % of its places; a real outage drops nearly all.",
            1,
            1_000_000,
            heading="When a source is not trusted",
        ),
    )
    outage_share: float = field(
        default=0.25,
        metadata=_share("And at least this share of the places of which it had said the same."),
    )
    outage_support: float = field(
        default=0.2, metadata=_share("Unless others say so of this share of what it moved.")
    )
    outage_within: timedelta = field(
        default=timedelta(days=1), metadata=_time("What is moved within so long is moved at once.")
    )
    outage_lasts: timedelta = field(
        default=timedelta(days=7),
        metadata=_time(
            "So long its earlier word is kept, unless it comes back or others move too; two real "
            "outages lasted two and three days."
        ),
    )

    silent_after: float = field(
        default=3.0,
        metadata=_about(
            "A source is called silent when nothing has come in from it for so many times its "
            "rhythm: the usual gap (median) between its reports. Of 913 gaps in the reports of two "
            "maps and two parties in 2022, 14 were longer than this and than the least time below.",
            1.0,
            1000.0,
            heading="When a source is silent",
        ),
    )
    silent_least: timedelta = field(
        default=timedelta(days=2),
        metadata=_time("And not before this time, however often it speaks: a weekend off is none."),
    )
    rhythm_needs: int = field(
        default=8,
        metadata=_about(
            "A source that was heard of fewer times has no rhythm yet, and is never called silent. "
            "Of seven gaps, the shortest and the longest enclose the true median with 98 % "
            "certainty (1 - 2 / 2^7).",
            2,
            1000,
        ),
    )
    rhythm_moments: int = field(
        default=20,
        metadata=_about(
            "The rhythm is that of so many last times: a source may change its habits, and up to "
            "half of these may be out of the ordinary before a median is.",
            2,
            1000,
        ),
    )
    news_within: timedelta = field(
        default=timedelta(days=7),
        metadata=_time(
            "What was said longer before it was recorded is history: that it comes in tells "
            "nothing of how often a source speaks. A week, for a source that is imported weekly.",
        ),
    )

    flaps_after: int = field(
        default=3,
        metadata=_about(
            "After so many changes of a place within a time, the next ones come in notices. Three "
            "is what a capture takes that is disputed and then settled.",
            1,
            1000,
            heading="What is told how",
        ),
    )
    flaps_within: timedelta = field(
        default=timedelta(days=7), metadata=_time("The time within which those changes count.")
    )
    calm_after: timedelta = field(
        default=timedelta(days=3),
        metadata=_time("After so long without a change, each change is told by itself again."),
    )
    notice_every: timedelta = field(
        default=timedelta(days=1), metadata=_time("Notices of one place come no more often.")
    )

    @property
    def unanimous_odds(self) -> float:
        """`unanimous` as log-odds."""
        return math.log(self.unanimous / (1 - self.unanimous))

    @property
    def believe_odds(self) -> float:
        """`believe_at` as log-odds."""
        return math.log(self.believe_at / (1 - self.believe_at))


DEFAULT_POLICY = Policy()


def numbers() -> Iterator[Number]:
    """Every number of a policy, with its default and its explanation, in their order."""
    for one in fields(Policy):
        yield Number(one.name, getattr(DEFAULT_POLICY, one.name), **one.metadata)
