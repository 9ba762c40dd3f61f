"""A backtest: a history played through the live check, and what would have been told."""
