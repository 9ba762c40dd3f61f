"""A strict local stand-in for Telegram: the Bot API on one side, a chat page on the other."""
