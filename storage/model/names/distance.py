"""How far the sound of a name is from the sounds of others: an edit distance with weights.

A Damerau–Levenshtein distance (optimal string alignment: two neighbours swapped count once) in
which mistaking sounds for those they are often mistaken for, or leaving out a vowel, costs less
than a whole letter. Many names are compared at once: rapidfuzz has no weights by letter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_VOWELS: Final = "aeiou"
_DIGITS: Final = "0123456789"

# What it costs to read one sound for another; between all others, 1. Rounded from the values that
# explained known spellings of a few hundred places best; the result hardly depends on them.
_ANY_TWO_VOWELS: Final = 0.45
_ALIKE: Final = {
    0.1: "uw ow vw ij",  # spelt with either letter
    0.2: "ou ei ae",
    0.4: "gG gh hG hX kX kG gj jZ zZ sS sC cC SC",  # written alike, or one in a neighbour language
    0.55: "kg kC kc sz sc ts tc td dz dj bp bv fv uv ov mn Cj GX ej",
}
# What it costs to leave a sound out or put one in; of all others, 1.
_VOWEL: Final = 0.5
_SILENT: Final = {"h": 0.5, "w": 0.8}
# Of a vowel where one of the two names is in Arabic script.
_UNWRITTEN: Final = 0.25
_ANOTHER_NUMBER: Final = 3.0
_SWAPPED: Final = 0.6
# The first sound is seldom mistaken, the last often.
_FIRST: Final = 1.35
_LAST: Final = 0.75


def _substitutions() -> Floats:
    costs = np.ones((128, 128), np.float32)
    for vowel in _VOWELS:
        for other in _VOWELS:
            costs[ord(vowel), ord(other)] = _ANY_TWO_VOWELS
    for cost, pairs in _ALIKE.items():
        for pair in pairs.split():
            costs[ord(pair[0]), ord(pair[1])] = costs[ord(pair[1]), ord(pair[0])] = cost
    for digit in _DIGITS:
        costs[ord(digit), :] = costs[:, ord(digit)] = _ANOTHER_NUMBER
    np.fill_diagonal(costs, 0)
    return costs


def _omissions(vowel: float) -> Floats:
    costs = np.ones(128, np.float32)
    for letters, cost in ((_VOWELS, vowel), (_DIGITS, _ANOTHER_NUMBER), *_SILENT.items()):
        for letter in letters:
            costs[ord(letter)] = cost
    return costs


_SUBSTITUTION: Final = _substitutions()
# The first row for two names in the same kind of script, the second for others.
_OMISSION: Final = np.stack([_omissions(_VOWEL), _omissions(_UNWRITTEN)])


def distances(
    sound: str,
    arabic: bool,
    others: NDArray[np.uint8],
    lengths: NDArray[np.intp],
    others_arabic: NDArray[np.bool_],
) -> Floats:
    """How far a sound is from each of the others: 0 for the same, 1 for nothing in common.

    The weighted edits as a share of what leaving out the whole longer name would cost. `others`
    has the ASCII letters of one name in each column, from above, as many as `lengths` says;
    `arabic` and `others_arabic` tell which names were in Arabic script. No sound is empty.
    """
    ours = np.frombuffer(sound.encode("ascii"), np.uint8)
    each = np.arange(len(lengths))
    across = (others_arabic != arabic).astype(np.intp)
    put_in = _OMISSION[across, others]
    put_in[0] *= _FIRST
    put_in[lengths - 1, each] *= _LAST
    left_out = _OMISSION[across, ours[:, None]]
    left_out[0] *= _FIRST
    left_out[-1] *= _LAST
    changed = _SUBSTITUTION[ours[:, None, None], others]
    changed[0, 0] *= _FIRST
    # A row at a time: what it costs to turn the first letters of ours into the first of theirs.
    start = np.zeros((len(others) + 1, len(lengths)), np.float32)
    np.cumsum(put_in, axis=0, out=start[1:])
    before, row = start, start
    for i in range(len(ours)):
        new = row + left_out[i]
        np.minimum(new[1:], row[:-1] + changed[i], out=new[1:])
        if i:
            swapped = (others[1:] == ours[i - 1]) & (others[:-1] == ours[i])
            np.minimum(new[2:], before[:-2] + _SWAPPED, out=new[2:], where=swapped)
        # Letters put in from the left on: the least, over j up to k, of
        # new[j] + start[k] - start[j].
        new -= start
        np.minimum.accumulate(new, axis=0, out=new)
        new += start
        before, row = row, new
    whole = np.maximum(start[lengths, each], left_out.sum(axis=0))
    shares: Floats = row[lengths, each] / whole
    return shares
