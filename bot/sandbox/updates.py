"""The bot's updates: queued until confirmed, handed out by getUpdates, to one poller at a time."""

from __future__ import annotations

from typing import Any

from bot.sandbox.model import RefusedError
from bot.sandbox.signal import Signal

KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)
OTHER_POLLER = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)
BY_WEBHOOK = "Conflict: terminated by setWebhook request"
MAX_WAIT = 50  # seconds; the real server caps the timeout of getUpdates as well


class Updates:
    """The queue behind getUpdates (https://core.telegram.org/bots/api#getting-updates).

    `allowed` names the kinds of update the bot wants (empty: all); like on Telegram it applies
    to what happens after it was set. `webhook` is the URL set with setWebhook, or "".
    """

    def __init__(self) -> None:
        self.pending: list[dict[str, Any]] = []
        self.allowed: tuple[str, ...] = ()
        self.webhook = ""
        self._next_id = 1_000
        self._poller = 0
        self._conflict = OTHER_POLLER
        self._signal = Signal()

    def add(self, kind: str, content: dict[str, Any]) -> None:
        """Something has happened that the bot may want to know."""
        if self.allowed and kind not in self.allowed:
            return
        self.pending.append({"update_id": self._next_id, kind: content})
        self._next_id += 1
        self._signal.notify()

    def set_webhook(self, url: str) -> None:
        """Updates go to this URL from now on ("" is none); a waiting getUpdates ends with a 409."""
        self.webhook = url
        if url:
            self._end_polling(BY_WEBHOOK)

    async def poll(
        self, *, offset: int = 0, limit: int = 100, wait: float = 0
    ) -> list[dict[str, Any]]:
        """Up to `limit` updates from `offset` on, after at most `wait` seconds.

        An offset confirms everything before it; a negative one keeps that many of the newest.
        Raises RefusedError 409 when a webhook is set or when another poll begins meanwhile.
        """
        if self.webhook:
            raise RefusedError(409, WEBHOOK_ACTIVE)
        self._end_polling(OTHER_POLLER)
        poller = self._poller
        if offset < 0:
            self.pending = self.pending[offset:]
        elif offset:
            self.pending = [u for u in self.pending if u["update_id"] >= offset]

        def ready() -> bool:
            return bool(self.pending) or poller != self._poller

        if wait > 0 and not self.pending:
            try:
                await self._signal.until(ready, min(wait, MAX_WAIT))
            except TimeoutError:
                return []
        if poller != self._poller:
            raise RefusedError(409, self._conflict)
        return self.pending[:limit]

    def _end_polling(self, why: str) -> None:
        self._poller += 1
        self._conflict = why
        self._signal.notify()
