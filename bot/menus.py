"""The menus of commands in Telegram: everybody's, and those of owners and editors in their chats.

They are set in the background. Nothing waits for them: every command works without, and Telegram
may ask for minutes of patience when a bot is started often.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import structlog
from telegram import BotCommandScopeChat
from telegram.error import TelegramError

from bot.delivery.idling import idle
from bot.delivery.outcome import Step, backoff, decide
from bot.delivery.pacing import NotYet
from handlers.register import menu
from storage import menus
from storage.model.roles import Role

if TYPE_CHECKING:
    from telegram.ext import ExtBot

    from storage.engine import Database

# Stands for everybody who has no menu of their own: nobody has this user id.
EVERYBODY = 0
# Seconds after which an idle one looks for editors that another process has made.
IDLE = 60.0
log = structlog.get_logger(__name__)


@dataclass
class Menus:
    """Sets each menu once a process, and again where somebody's role has changed.

    What could not be set is tried again, when Telegram wants it or later and later. A menu that
    Telegram will not set, as it knows no such chat, waits until `again`.
    """

    database: Database
    bot: ExtBot[Any]
    owners: frozenset[int]
    _set: dict[int, Role] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _stopping: bool = False

    def again(self, user_id: int) -> None:
        """Somebody has another role, or says hello: their menu may be to be set."""
        self._set.pop(user_id, None)
        self._woken.set()

    def stop(self) -> None:
        """Ask `run` to end after the call under way; the next process sets what is left."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Set what is to be set until stopped."""
        tries = 0
        while not self._stopping:
            self._woken.clear()
            tries += 1
            try:
                await self.look()
            except TelegramError as error:
                outcome = decide(error, attempts=tries, is_edit=False)
                wait = (outcome.wait or backoff(tries)).total_seconds()
                log.warning("menus cannot be set for now", reason=outcome.reason, next_try_in=wait)
                await self._pause(wait)
            except NotYet as halted:
                await self._pause(halted.seconds)
            except Exception as error:
                # Without it no menu would be set any more, and nobody would know.
                log.error("menus cannot be set", tries=tries, exc_info=error)
                await self._pause(backoff(tries).total_seconds())
            else:
                tries = 0
                await idle(self._woken, IDLE)

    async def look(self) -> None:
        """Set every menu that is not yet as it should be; raises TelegramError where Telegram
        cannot be reached, or asks to wait.
        """
        wanted = {EVERYBODY: Role.SUBSCRIBER}
        wanted |= await self.database.reading(menus.of_roles, self.owners)
        for user_id, role in wanted.items():
            if self._stopping:
                return
            if self._set.get(user_id) is not role:
                await self._show(user_id, role)

    async def _show(self, user_id: int, role: Role) -> None:
        writing, scope = self.database.writing, BotCommandScopeChat(user_id)
        self._set[user_id] = role  # before the call: `again` may come while it is under way
        try:
            if user_id == EVERYBODY:
                await self.bot.set_my_commands(menu())
            elif role is Role.SUBSCRIBER:
                await self.bot.delete_my_commands(scope)
                await writing(menus.gone, user_id)
            else:
                await writing(menus.begin, user_id)
                await self.bot.set_my_commands(menu(role), scope)
        except TelegramError as error:
            outcome = decide(error, attempts=1, is_edit=False)
            if outcome.step in (Step.WAIT, Step.AGAIN, Step.STOP):
                self._set.pop(user_id, None)
                raise
            # It knows no such chat, say: that changes only when they write to the bot.
            log.warning("a menu cannot be set", chat=user_id, reason=outcome.reason)
        except Exception:
            self._set.pop(user_id, None)
            raise

    async def _pause(self, seconds: float) -> None:
        """Whoever changes a role meanwhile changes nothing about how long to wait."""
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        while not self._stopping and (left := until - loop.time()) > 0:
            self._woken.clear()
            await idle(self._woken, left)
