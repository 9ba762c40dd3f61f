"""How well drafts fit what a person reads in a text; see `scoring`.

The held-apart texts have no floor: a floor would soon be something to work towards, and then they
were held apart no longer. `deploy/run test tests/storage/model/drafting/test_scores.py -s` prints
all; the README has them.
"""

from __future__ import annotations

from tests.storage.model.drafting.scoring import Marks, expected, mark, texts


def test_the_texts_that_rules_were_made_on_are_read_as_well_as_they_were() -> None:
    for name, floors in (("development", (0.94, 0.94, 0.93)), ("wire", (0.89, 0.88, 0.85))):
        marks = mark(name)
        scores = (marks.claims, marks.speakers, marks.times)
        for score, floor in zip(scores, floors, strict=True):
            assert score.precision >= floor + 0.03, (str(score), marks.wrong)
            assert score.recall >= floor, (str(score), marks.wrong)
        print(_lines(name, marks))  # noqa: T201 - what it measured is for reading


def test_texts_kept_apart_are_measured_too() -> None:
    marks = mark("held_apart")
    assert marks.claims.expected == sum(len(expected(text)) for text in texts("held_apart"))
    assert marks.claims.drafted > 0
    print(_lines("held apart", marks))  # noqa: T201 - what it measured is for reading


def test_there_are_enough_texts_and_none_is_in_both_sets() -> None:
    made_on, apart = [*texts("development"), *texts("wire")], texts("held_apart")
    assert len(made_on) >= 80
    assert len(apart) >= 40
    assert not {t["text"] for t in made_on} & {t["text"] for t in apart}


def _lines(name: str, marks: Marks) -> str:
    scores = ("claims", "speakers", "times")
    return "\n".join(f"{name}, {s}: {getattr(marks, s)}" for s in scores)
