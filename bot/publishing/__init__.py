"""What others may read of the bot's alerts, in formats of the web."""
