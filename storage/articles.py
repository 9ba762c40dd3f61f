"""The news texts that editors gave to be read, with the claims drafted from each.

They are kept here and not in memory, so that a restart loses none. All of a chat
goes with `forget`.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from storage.model.articles import KEPT_FOR, Article, DraftedClaim, Given
from storage.model.drafting import Gap
from storage.model.reports import Claim
from storage.model.sources import Position
from storage.model.times import iso, parse_moment
from storage.tables import articles

if TYPE_CHECKING:
    from datetime import datetime

    from storage.model.articles import Days


def add(
    conn: sa.Connection,
    chat_id: int,
    user_id: int,
    given: Given,
    claims: tuple[DraftedClaim, ...] | None,
    now: datetime,
) -> Article:
    """Keep a text, and what was read in it so far; those that are too old are put away."""
    conn.execute(sa.delete(articles).where(articles.c.made_at <= now - KEPT_FOR))
    new = Article(0, chat_id, user_id, given, claims)
    made = conn.execute(
        sa.insert(articles)
        .values(chat_id=chat_id, user_id=user_id, made_at=now, body=_body(new))
        .returning(articles.c.id)
    )
    return replace(new, id=made.scalar_one())


def find(
    conn: sa.Connection, article_id: int, chat_id: int, user_id: int, now: datetime
) -> Article | None:
    """A text that this person gave in this chat, locked until the transaction ends; None where
    there is none, or it is too old.
    """
    row = conn.execute(
        sa.select(articles)
        .where(
            articles.c.id == article_id,
            articles.c.chat_id == chat_id,
            articles.c.user_id == user_id,
            articles.c.made_at > now - KEPT_FOR,
        )
        .with_for_update()
    ).first()
    return None if row is None else _article(row)


def keep(conn: sa.Connection, article: Article) -> None:
    """Keep what has become of a text. It must have been found in this transaction."""
    conn.execute(sa.update(articles).where(articles.c.id == article.id).values(body=_body(article)))


def forget(conn: sa.Connection, chat_id: int) -> bool:
    """Delete every text of a chat; False if there was none."""
    return conn.execute(sa.delete(articles).where(articles.c.chat_id == chat_id)).rowcount > 0


def migrate_chat(conn: sa.Connection, old: int, new: int) -> None:
    """A group has another chat id now."""
    conn.execute(sa.update(articles).where(articles.c.chat_id == old).values(chat_id=new))


def _body(article: Article) -> dict[str, Any]:
    given = article.given
    return {
        "given": asdict(given) | {"sent": iso(given.sent), "day": given.day.isoformat()},
        "claims": None if article.claims is None else [_claim_body(c) for c in article.claims],
        "begun": {str(number): list(ids) for number, ids in article.begun.items()},
    }


def _claim_body(claim: DraftedClaim) -> dict[str, Any]:
    return asdict(claim) | {
        # By name: the words of a gap are for people, and may be put better one day.
        "place_gap": claim.place_gap and claim.place_gap.name,
        "party_gap": claim.party_gap and claim.party_gap.name,
        "happened": _days_body(claim.happened),
        "said": _days_body(claim.said),
    }


def _days_body(days: Days | None) -> list[str] | None:
    return None if days is None else [day.isoformat() for day in days]


def _article(row: Any) -> Article:
    body = row.body
    given = body["given"]
    return Article(
        row.id,
        row.chat_id,
        row.user_id,
        Given(
            **given
            | {"sent": parse_moment(given["sent"]).at, "day": date.fromisoformat(given["day"])}
        ),
        None if body["claims"] is None else tuple(map(_claim, body["claims"])),
        {int(number): tuple(ids) for number, ids in body["begun"].items()},
    )


def _claim(body: dict[str, Any]) -> DraftedClaim:
    return DraftedClaim(
        **body
        | {
            "claim": Claim(body["claim"]),
            "place_gap": Gap[body["place_gap"]] if body["place_gap"] else None,
            "party_gap": Gap[body["party_gap"]] if body["party_gap"] else None,
            "happened": _days(body["happened"]),
            "said": _days(body["said"]),
            "denied": Claim(body["denied"]) if body["denied"] else None,
            # What was read before speakers were told apart has none.
            "speaker_position": Position(body.get("speaker_position", "")),
        }
    )


def _days(body: list[str] | None) -> Days | None:
    return None if body is None else (date.fromisoformat(body[0]), date.fromisoformat(body[1]))
