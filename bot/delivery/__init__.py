"""From the outbox to Telegram: pacing, sending, and what each failure means."""
