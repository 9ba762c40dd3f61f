"""What a person may say to the bot, and what the bot says."""
