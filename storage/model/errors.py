"""Everything of ours that can go wrong and that a caller may want to tell apart.

WhoHoldsError
├── BadInput            something given from outside cannot be used; says what and where
├── UnknownPlace        no place or area has this id
└── DatabaseTrouble     the database cannot be opened or used as it is
    ├── NewerDatabase   it was written by a later version of this program
    └── NotMigrated     it has no tables yet, or older ones
"""


class WhoHoldsError(Exception):
    """The root of all errors raised on purpose; its text is fit for a person to read."""


class BadInput(WhoHoldsError):
    """Something given from outside cannot be used.

    `column` names the field at fault where there is one.
    """

    def __init__(self, reason: str, *, column: str | None = None) -> None:
        super().__init__(reason if column is None else f"{column}: {reason}")
        self.reason = reason
        self.column = column


class UnknownPlace(WhoHoldsError):
    """No place or area has this id."""

    def __init__(self, place_id: str) -> None:
        super().__init__(f"no place or area has the id {place_id!r}")
        self.place_id = place_id


class DatabaseTrouble(WhoHoldsError):
    """The database cannot be opened or used as it is; the text says how to mend it."""


class NewerDatabase(DatabaseTrouble):
    """The database was written by a later version of this program."""


class NotMigrated(DatabaseTrouble):
    """The database has no tables yet, or those of an older version."""
