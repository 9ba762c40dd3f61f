"""Importing files of places, parties, sources and reports."""

from bot.importing.load import Counts, ImportResult, import_paths

__all__ = ["Counts", "ImportResult", "import_paths"]
