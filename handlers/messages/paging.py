"""Lists that are longer than a message should be: a page of one, and the buttons that turn it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from handlers.messages.message import Button

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handlers.messages.message import Reader

T = TypeVar("T")
PER_PAGE = 8


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some of the items of a list: page `number` (from 0) of `pages`; `first` counts from 1."""

    items: tuple[T, ...]
    number: int
    pages: int
    first: int


def page_of(items: Sequence[T], number: int, per: int = PER_PAGE) -> Page[T]:
    """A page of a list; where the list has become shorter, the last one that there is."""
    pages = max(1, -(-len(items) // per))
    at = min(max(number, 0), pages - 1)
    return Page(tuple(items[at * per : (at + 1) * per]), at, pages, at * per + 1)


def turning(reader: Reader, data: str, page: Page[T]) -> tuple[tuple[Button, ...], ...]:
    """The row of buttons that turn the page (none for a single one); `data` ends in the number."""
    row = []
    if page.number > 0:
        row.append(Button(reader.label("← Back"), data=f"{data}{page.number - 1}"))
    if page.number + 1 < page.pages:
        label = reader.label(
            "More ({number} of {pages}) →", number=page.number + 1, pages=page.pages
        )
        row.append(Button(label, data=f"{data}{page.number + 1}"))
    return (tuple(row),) if row else ()
