"""Which of many names are worth a closer look: those that share most pairs of sounds with it.

An inverted index. Pairs are taken of all sounds, and, so that neither a vowel nor a mistaken or
missing consonant hides a name, of the classes of its consonants alone, neighbours and next but one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_END: Final = "\n"  # before and after a name
_VOWELS: Final = ("a", "ei", "ouw")
# Often mistaken for each other, or written alike; h is dropped like a vowel.
_CONSONANTS: Final = ("kgGX", "td", "szcSCZj", "bp", "fv", "m", "n", "l", "r")
_BASE: Final = 64
_IS_END: Final = 1
_KINDS: Final = 3


def _classes(groups: Sequence[str], *, others: str) -> NDArray[np.uint16]:
    """The class of each letter: 0 for what is left out, 1 for the end of a name."""
    table = np.zeros(128, np.uint16)
    table[ord(_END)] = _IS_END
    for number, letters in enumerate([*groups, *others], start=2):
        for letter in letters:
            table[ord(letter)] = number
    return table


_SOUNDS: Final = _classes(_VOWELS, others="bcdfghjklmnprstvzSCGXZ0123456789")
_BONES: Final = _classes(_CONSONANTS, others="0123456789")


@dataclass(frozen=True)
class Grams:
    """The names, by number, that have each pair of sounds, and the sounds of each name."""

    names: NDArray[np.int32]  # those with the first pair, those with the second…
    first: NDArray[np.int32]  # of each pair, where its names begin in `names`
    sizes: NDArray[np.int16]  # how many pairs each name has
    letters: NDArray[np.uint8]  # of all names, each with _END before it
    begins: NDArray[np.int32]  # where each name begins in `letters`, and at last their end

    @classmethod
    def build(cls, sounds: Sequence[str]) -> Grams:
        """An index of sounds; none of them is empty."""
        letters = np.frombuffer(_joined(sounds), np.uint8)
        begins = np.flatnonzero(letters == ord(_END)).astype(np.int32) + 1
        owner = np.repeat(np.arange(len(sounds), dtype=np.int32), np.diff(begins))
        pairs, names = _pairs(letters, np.append(owner, np.int32(len(sounds))))
        # By pair, and of one pair by name: the sort is stable, and the names come in order.
        order = np.argsort(pairs, kind="stable")
        pairs, names = pairs[order], names[order]
        once = np.ones(len(pairs), np.bool_)
        once[1:] = (pairs[1:] != pairs[:-1]) | (names[1:] != names[:-1])
        pairs, names = pairs[once], names[once]
        every = np.arange(_KINDS * _BASE * _BASE + 1)
        return cls(
            names,
            np.searchsorted(pairs, every).astype(np.int32),
            np.bincount(names, minlength=len(sounds)).astype(np.int16),
            letters,
            begins,
        )

    def nearest(self, sounds: Sequence[str], most: int) -> NDArray[np.intp]:
        """The numbers of up to `most` names that share the largest part of their pairs with the
        sounds, which are several readings of one name.
        """
        letters = np.frombuffer(_joined(sounds), np.uint8)
        pairs = np.unique(_pairs(letters, np.zeros(len(letters), np.int32))[0])
        lists = [self.names[self.first[p] : self.first[p + 1]] for p in pairs]
        shared = np.bincount(np.concatenate(lists), minlength=len(self.sizes))
        some = np.flatnonzero(shared >= max(1, shared.max(initial=0) // 3))
        if len(some) <= most:
            return some
        # Half of the Dice coefficient.
        part = shared[some] / (len(pairs) + self.sizes[some]).astype(np.float32)
        return some[np.argpartition(-part, most)[:most]]

    def sounds(self, numbers: NDArray[np.intp]) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
        """The letters of some names, one name a column, and their lengths.

        What stands below the end of a name in its column is arbitrary.
        """
        begins = self.begins[numbers]
        lengths = (self.begins[numbers + 1] - 1 - begins).astype(np.intp)
        places = begins + np.arange(lengths.max(initial=0))[:, None]
        return self.letters[np.minimum(places, len(self.letters) - 1)], lengths


def _joined(sounds: Sequence[str]) -> bytes:
    return f"{_END}{_END.join([*sounds, ''])}".encode("ascii")


def _pairs(
    letters: NDArray[np.uint8], owner: NDArray[np.int32]
) -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    """Every pair, as a number, and the name that it is of; `owner` is the name of each letter."""
    sounds = _SOUNDS[letters]
    bones = _BONES[letters]
    kept = bones != 0
    bones, owner_of_bones = bones[kept], owner[kept]
    within = bones[1:-1] != _IS_END
    each = [
        (0, sounds[:-1], sounds[1:], owner[:-1]),
        (1, bones[:-1], bones[1:], owner_of_bones[:-1]),
        (2, bones[:-2][within], bones[2:][within], owner_of_bones[:-2][within]),
    ]
    pairs = np.concatenate([(kind * _BASE + one) * _BASE + other for kind, one, other, _ in each])
    # From end to end: a name without consonants, or with one alone.
    empty = np.concatenate([(one == _IS_END) & (other == _IS_END) for _, one, other, _ in each])
    return pairs[~empty], np.concatenate([names for *_, names in each])[~empty]
