"""How others would send the same broadcast with python-telegram-bot: a process of its own.

    python tests/benchmarks/rivals.py limiter|gather URL MESSAGES

`limiter` gives all messages to the library's AIORateLimiter as it comes, `gather` sends them
without one. Either answers /help meanwhile, and prints how many messages failed for good.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

from telegram.ext import AIORateLimiter, Application, CommandHandler
from telegram.request import HTTPXRequest

if TYPE_CHECKING:
    from telegram import Update

TOKEN = "123456:the-token-of-nobody-in-a-benchmark"
FIRST_CHAT = 1_000_001


async def _help(update: Update, _: Any) -> None:
    if update.message:
        await update.message.reply_text("Somebody should.")


async def broadcast(kind: str, url: str, messages: int) -> int:
    """Send to so many chats at once; returns how many messages failed."""
    # As many connections as there may be calls, and time to wait for one.
    request = HTTPXRequest(connection_pool_size=256, pool_timeout=600)
    builder: Any = Application.builder().token(TOKEN).base_url(f"{url}/bot").request(request)
    if kind == "limiter":
        builder = builder.rate_limiter(AIORateLimiter())
    application = builder.concurrent_updates(64).build()
    application.add_handler(CommandHandler("help", _help))
    async with application:
        await application.start()
        await application.updater.start_polling(timeout=10)
        sent = await asyncio.gather(
            *(application.bot.send_message(FIRST_CHAT + n, "News.") for n in range(messages)),
            return_exceptions=True,
        )
        # What was asked last is still to be answered.
        await application.updater.stop()
        await application.stop()
    return sum(isinstance(each, BaseException) for each in sent)


if __name__ == "__main__":
    failed = asyncio.run(broadcast(sys.argv[1], sys.argv[2], int(sys.argv[3])))
    sys.stdout.write(f"{failed}\n")
