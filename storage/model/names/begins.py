"""Names by how they begin: what may be meant while somebody is still typing."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

_LAST = chr(0x10FFFF)  # follows every letter that a key may have


@dataclass(frozen=True)
class Begins:
    """Keys, and their numbers in the order of the keys; shorter ones are wanted first."""

    keys: Sequence[str]
    order: NDArray[np.int32]
    lengths: NDArray[np.int16]  # in this order

    @classmethod
    def build(cls, keys: Sequence[str]) -> Begins:
        """Of keys in the order in which those that are alike shall come; they are kept."""
        order = np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int32)
        longest = np.iinfo(np.int16).max
        return cls(keys, order, np.array([min(len(keys[i]), longest) for i in order], np.int16))

    def with_start(self, start: str) -> Iterator[int]:
        """The numbers of the keys that begin so: shorter ones first, then in order."""
        begin = bisect_left(self.order, start, key=self.keys.__getitem__)
        end = bisect_left(self.order, start + _LAST, begin, key=self.keys.__getitem__)
        found = self.order[begin:end]
        yield from found[np.argsort(self.lengths[begin:end], kind="stable")].tolist()
