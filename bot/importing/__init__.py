"""Importing files of places, parties, sources and reports."""

from bot.importing.load import ImportResult, import_paths
from bot.importing.run import Counts

__all__ = ["Counts", "ImportResult", "import_paths"]
