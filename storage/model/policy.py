"""The numbers that `assess` works with, kept as data so that they can be tried and replaced."""

from __future__ import annotations

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
        {Grade.A: 2.4, Grade.B: 2.0, Grade.C: 1.6, Grade.D: 0.8, Grade.E: 0.3, Grade.F: 1.4}
    )


@dataclass(frozen=True)
class Policy:
    """What a voice weighs and when weights decide; weights are on one additive scale.

    A voice weighs its grade times the factors that apply to it.
    """

    grade_weight: Mapping[Grade, float] = field(default_factory=_grade_weights)
    own_interest: float = 0.5
    against_interest: float = 1.4
    at_scene: float = 1.3
    # "Still fighting there" says less than "we hold it".
    fighting_claim: float = 0.7

    # Further voices of one kind on one side (two officers of one guard), and of one side at all.
    same_institution: float = 0.25
    same_side: float = 0.6

    # What the standing holder is worth against a newer claim, without anybody repeating it.
    inertia: float = 1.2
    # "They hold it" without telling how that came to be contradicts what others said so shortly
    # before; "they took it" overtakes it. Longer than a week, as is the time that fighting counts:
    # many sources say once a week what is still so, and a repetition is no news.
    state_reaches_back: timedelta = timedelta(days=8)
    # A rival claim below this weight, or below this share of the two, does not make a dispute.
    dispute_at: float = 0.3
    negligible_share: float = 0.05
    contested_at: float = 0.3
    # A lone voice lighter than this names no holder.
    worth_naming: float = 0.4
    # Grades whose agreement can confirm; a voice against its own interest always can.
    confirming: frozenset[Grade] = frozenset({Grade.A, Grade.B, Grade.C})
    confirming_weight: float = 1.0

    # How long a voice counts; a party's own claims and reports of fighting lapse sooner.
    counts_for: timedelta = timedelta(days=60)
    own_interest_counts_for: timedelta = timedelta(days=14)
    fighting_counts_for: timedelta = timedelta(days=10)
    # Confidence (never the standing) fades meanwhile: half of a voice's weight in this time.
    half_life: timedelta = timedelta(days=30)
    # What nobody has said: keeps confidence below certainty.
    doubt: float = 0.3


DEFAULT_POLICY = Policy()
