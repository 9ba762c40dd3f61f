"""The numbers that `assess` works with, kept as data so that they can be tried and replaced.

All weights are log-odds (natural logarithm): a voice of weight 1 makes what it says 2.7 times as
likely. They are where a source starts; its record moves them (`record.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING

from storage.model.sources import Grade

if TYPE_CHECKING:
    from collections.abc import Mapping


def _grade_weights() -> Mapping[Grade, float]:
    # F is not the worst grade but an unknown one: most unnamed sources have it.
    return MappingProxyType(
        {Grade.A: 2.1, Grade.B: 1.6, Grade.C: 1.35, Grade.D: 0.5, Grade.E: 0.2, Grade.F: 1.05}
    )


@dataclass(frozen=True)
class Policy:
    """What a voice weighs, when a claim carries a change, and how fast all of it ages.

    A voice weighs its grade times the factors that apply to it, until it has a record.
    """

    # ------------------------------------------------------------------- what a voice weighs
    grade_weight: Mapping[Grade, float] = field(default_factory=_grade_weights)
    # A claim in its speaker's own favour; and one beside an independent voice: whoever is in the
    # fight knows first.
    own_interest: float = 0.5
    joined_interest: float = 1.6
    against_interest: float = 1.4
    at_scene: float = 1.3
    # Further voices of one kind on one side (two officers of one guard), and of one side at all.
    same_institution: float = 0.25
    same_side: float = 0.6

    # ------------------------------------------------------------- when a claim carries a change
    # The probability that the next settled state is the claimed one, from which it is believed;
    # and given up again only when the probability of the other is as high.
    believe_at: float = 0.75
    # A case that nobody independent contradicts weighs this much more.
    undenied: float = 2.0
    # What the parties claim for themselves alone starts from here (log-odds), and never changes
    # who is said to hold a place.
    interested_base: float = -0.5
    # "They hold it" without telling how that came to be contradicts what others said so shortly
    # before; "they took it" overtakes it. Longer than a week: many sources say once a week what
    # is still so, and a repetition is no news.
    state_reaches_back: timedelta = timedelta(days=8)
    # What all independent voices have said alone for so long is settled.
    settles_after: timedelta = timedelta(days=7)

    # --------------------------------------------------------------------- what makes a dispute
    # A rival claim below this weight, or below this share of the two, does not make a dispute.
    dispute_at: float = 0.15
    negligible_share: float = 0.05
    contested_at: float = 0.3
    # A party's own claim disputes nothing any more when so many have said otherwise since.
    answered_by: int = 2
    # A lone voice lighter than this names no holder.
    worth_naming: float = 0.25
    # Grades whose agreement can confirm; a voice against its own interest always can.
    confirming: frozenset[Grade] = frozenset({Grade.A, Grade.B, Grade.C})
    confirming_weight: float = 0.65

    # ------------------------------------------------------------------------------- how it ages
    # How long a voice counts; a party's own claims and reports of fighting lapse sooner.
    counts_for: timedelta = timedelta(days=60)
    own_interest_counts_for: timedelta = timedelta(days=14)
    fighting_counts_for: timedelta = timedelta(days=10)
    # Confidence (never the standing) fades meanwhile: half of a voice's weight in this time.
    half_life: timedelta = timedelta(days=30)
    # Log-odds of a holder that is only named, and what having settled adds to it.
    calm_base: float = 0.6
    calm_settled: float = 1.5

    # --------------------------------------------------------------------------- what is learned
    # How much of what a record shows is believed: voices are not as independent as they count.
    record_share: float = 0.7
    # A grade is worth as much as a record of so many claims.
    grade_claims: float = 20.0
    base_claims: float = 5.0
    # A claim teaches nothing before it is this old; one still open then is not borne out (yet).
    # Learning from outcomes as they come learns from the quick, easy ones only.
    learn_after: timedelta = timedelta(days=21)
    learn_every: timedelta = timedelta(days=7)
    # A claim that has stood so long is another kind of evidence than a new one.
    kept_after: timedelta = timedelta(days=3)

    @property
    def believe_odds(self) -> float:
        """`believe_at` as log-odds."""
        return math.log(self.believe_at / (1 - self.believe_at))


DEFAULT_POLICY = Policy()
