"""What is said when something went wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.messages.message import Message, one_message

if TYPE_CHECKING:
    from handlers.messages.message import Reader


def went_wrong(reference: str, reader: Reader) -> Message:
    """An unexpected error, with the reference that is also in the log."""
    return one_message(
        [
            reader.say("Something went wrong on my side. Please try again."),
            reader.say(
                "If it stays like that, tell whoever runs this bot the reference "
                "<code>{reference}</code>.",
                reference=reference,
            ),
        ]
    )
