"""Feeds: what comes in by itself. Fetching, parsing and keeping are apart."""
