"""What recording something would change, and whom it would tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from storage.model.changes import Kind, Status

# As many more or fewer chats than were shown, of each hundred, are no other effect.
SAME_WITHIN = 10
# An effect in plain words and numbers, to be kept and compared.
Shown: TypeAlias = dict[str, list[list[str | None]] | int]


@dataclass(frozen=True)
class PlaceEffect:
    """A place before and after; `kind` is that of the change, None where there is none."""

    before: Status
    after: Status
    kind: Kind | None


@dataclass(frozen=True)
class Effect:
    """What would follow at the places concerned, and how many chats would hear of it.

    `alerted` would be sent an alert, `corrected` a correction of an earlier one; of `amended` an
    alert that they have would be changed without a sound.
    """

    places: tuple[PlaceEffect, ...]
    alerted: int = 0
    corrected: int = 0
    amended: int = 0

    @property
    def changed(self) -> tuple[PlaceEffect, ...]:
        """The places of which something else would be told."""
        return tuple(
            p
            for p in self.places
            if p.kind is not None
            or (p.before.holder, p.before.standing) != (p.after.holder, p.after.standing)
        )

    @property
    def counts(self) -> tuple[int, int, int]:
        """How many places would change, and how many chats be alerted and corrected."""
        return len(self.changed), self.alerted, self.corrected

    def shown(self) -> Shown:
        """The effect as it is kept, to be compared with what it is later."""
        return {
            "places": [
                [
                    p.before.place,
                    p.before.holder,
                    p.before.standing.value,
                    p.after.holder,
                    p.after.standing.value,
                    p.kind.value if p.kind else None,
                ]
                for p in self.places
            ],
            "alerted": self.alerted,
            "corrected": self.corrected,
            "amended": self.amended,
        }


def is_as_shown(shown: Shown, effect: Effect) -> bool:
    """Whether an effect is what somebody was shown before.

    A few chats more or fewer are: of a bot that many read, their number never stands still.
    """
    now = effect.shown()
    return shown["places"] == now["places"] and all(
        _about_as_many(shown[name], now[name]) for name in ("alerted", "corrected", "amended")
    )


def is_as_counted(counts: tuple[int, int, int], effect: Effect) -> bool:
    """Whether an effect is the one that somebody was shown with these `counts`, as above."""
    changed, *chats = counts
    now, *chats_now = effect.counts
    return changed == now and all(map(_about_as_many, chats, chats_now))


def _about_as_many(before: object, now: object) -> bool:
    if not isinstance(before, int) or not isinstance(now, int):
        raise TypeError("a number of chats is no number")
    return abs(before - now) * 100 <= SAME_WITHIN * before
