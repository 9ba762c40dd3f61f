"""Whatever text is given to be read, there are drafts of it, each where it says it stands.

More examples than usual: see `tests.fuzzing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import given
from hypothesis import strategies as st

from tests.fuzzing import many, torn
from tests.storage.model.drafting.scoring import read, texts, unquoted

if TYPE_CHECKING:
    from datetime import date

TEXTS: list[Any] = [*texts("development"), *texts("wire")]


@st.composite
def news(draw: st.DrawFn) -> str:
    """A news text with a part of it torn out, perhaps with the half of another one behind it."""
    first, second = (draw(st.sampled_from(TEXTS))["text"] for _ in range(2))
    whole = draw(torn(first)).decode("utf-8", "replace")
    return whole + second[: draw(st.integers(0, 400))] if draw(st.booleans()) else whole


@many
@given(news(), st.none() | st.dates())
def test_anything_as_a_news_text(text: str, dateline: date | None) -> None:
    for draft in read(text, dateline=dateline):
        assert text[slice(*draft.span)] == draft.quote
        for part in (draft.place, draft.party, draft.speaker, draft.happened):
            if part is not None and part.span is not None:
                assert unquoted(text[slice(*part.span)]) == unquoted(part.written)
