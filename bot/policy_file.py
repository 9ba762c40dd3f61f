"""The policy in a file: the numbers of `storage.model.policy` as TOML, read and written.

A file names the numbers that it changes; the others keep their defaults. A time is text: a number
and its unit, `"7 days"` or `"36 hours"`. A file with anything in it that cannot be used is refused
as a whole, with every problem named: file, key, and what is expected.
"""

from __future__ import annotations

import difflib
import json
import re
import textwrap
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bot.settings import SettingsError
from bot.toml_file import read_toml
from storage.model.policy import DEFAULT_POLICY, Policy, numbers
from storage.model.sources import Grade

if TYPE_CHECKING:
    from pathlib import Path

    from bot.settings import Settings
    from storage.model.policy import Number

WIDTH = 96
DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?) *(day|hour)s?")
UNITS = {"day": timedelta(days=1), "hour": timedelta(hours=1)}
HEAD = """\
The policy of Who Holds: what decides who is said to hold a place.

Save this, change it, try it on your own history (`whoholds backtest DIR --policy FILE`), and set
WHOHOLDS_POLICY to its path. What is left out keeps its default. Weights are log-odds: a voice of
weight 1 makes what it says 2.7 times as likely. Times are a number and its unit, "7 days" or
"36 hours"."""


class _Unfit(Exception):
    """A value that cannot be used; the text says what is expected."""


def policy_of(settings: Settings) -> Policy:
    """The policy in force: that of the file in WHOHOLDS_POLICY, or the default.

    Raises SettingsError with every problem of the file.
    """
    return DEFAULT_POLICY if settings.policy is None else load_policy(settings.policy)


def load_policy(path: Path) -> Policy:
    """The policy that a file describes; raises SettingsError with every problem of it."""
    given = read_toml(path, "the policy file")
    known = {n.name: n for n in numbers()}
    problems = [_unknown(name, known) for name in given.keys() - known.keys()]
    values: dict[str, Any] = {}
    for name, number in known.items():
        try:
            if name in given:
                values[name] = _value(number, given[name])
        except _Unfit as error:
            problems.append(f"{name} is {_shown(given[name])}: expected {error}")
    if problems:
        raise SettingsError(tuple(f"the policy file {path}: {p}" for p in sorted(problems)))
    return Policy(**values)


def policy_text(policy: Policy) -> str:
    """The whole policy as a TOML file that `load_policy` reads, with each number explained."""
    lines = [*_comment(HEAD)]
    tables: list[str] = []
    for number in numbers():
        value = getattr(policy, number.name)
        # A key that stands behind a table would be one of that table.
        into = tables if isinstance(value, Mapping) else lines
        if number.heading:
            lines += ["", f"# {'-' * 4} {number.heading}"]
        into += ["", *_comment(f"{number.meaning} {_usual(number, value)}".strip())]
        if isinstance(value, Mapping):
            into += [f"[{number.name}]", *(f"{g} = {w}" for g, w in value.items())]
        else:
            into.append(f"{number.name} = {_written(value)}")
    return "\n".join([*lines, *tables, ""])


def differences(before: Policy, after: Policy) -> list[str]:
    """What is other in a policy than in the one before it, a line for each number."""
    lines = []
    for number in numbers():
        old, new = getattr(before, number.name), getattr(after, number.name)
        if isinstance(old, Mapping):
            changed = [(f"{number.name}.{g}", old[g], new[g]) for g in old if old[g] != new[g]]
        else:
            changed = [(number.name, old, new)] if old != new else []
        lines += [
            f"{name} = {_written(new)} (before: {_written(old)})" for name, old, new in changed
        ]
    return lines


def _unknown(name: str, known: dict[str, Number]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else "`whoholds policy` prints all there are"
    return f"{name[:60]} is no number of the policy; {hint}"


def _value(number: Number, given: Any) -> Any:
    """The value of a number as the policy holds it; raises _Unfit."""
    match number.default:
        case timedelta():
            return _duration(number, given)
        case frozenset():
            return _grades(given)
        case int() | float():
            return _in_bounds(number, given)
        case _:
            return _weights(number, given)


def _in_bounds(number: Number, given: Any) -> int | float:
    least, most = _ends(number)
    whole = isinstance(number.default, int)
    if not _is_number(given, whole=whole) or not least <= given <= most:
        what = "a whole number" if whole else "a number"
        raise _Unfit(f"{what} from {least:g} to {most:g}")
    return int(given) if whole else float(given)


def _is_number(given: Any, *, whole: bool = False) -> bool:
    # To Python, true and false are numbers.
    return isinstance(given, int if whole else (int, float)) and not isinstance(given, bool)


def _duration(number: Number, given: Any) -> timedelta:
    least, most = _ends(number)
    time = _time(given) if isinstance(given, str) else None
    if time is None or not least <= time <= most:
        raise _Unfit(
            'days or hours in quotation marks, such as "7 days" or "36 hours", '
            f"from {_written(least)} to {_written(most)}"
        )
    return time


def _time(text: str) -> timedelta | None:
    found = DURATION.fullmatch(text.strip())
    if found is None:
        return None
    # Cut where it is out of bounds anyway: a timedelta holds no more.
    return min(float(found[1]), 1e6) * UNITS[found[2]]


def _weights(number: Number, given: Any) -> Mapping[Grade, float]:
    least, most = _ends(number)
    table: dict[str, Any] = given if isinstance(given, dict) else {"": None}
    if not all(g in set(Grade) and _is_number(w) and least <= w <= most for g, w in table.items()):
        raise _Unfit(
            f"a table with grades of {', '.join(Grade)}, each a number from {least:g} to {most:g}"
        )
    changed = {Grade(g): float(w) for g, w in table.items()}
    return MappingProxyType(number.default | changed)


def _grades(given: Any) -> frozenset[Grade]:
    if not isinstance(given, list) or not all(g in list(Grade) for g in given):
        raise _Unfit(f'a list of grades of {", ".join(Grade)}, such as ["A", "B"]')
    return frozenset(map(Grade, given))


def _ends(number: Number) -> tuple[Any, Any]:
    return number.bounds.least, number.bounds.most


def _shown(given: Any) -> str:
    return textwrap.shorten(repr(given), 80, placeholder="…")


def _comment(text: str) -> list[str]:
    return [
        f"# {line}".rstrip()
        for part in text.split("\n\n")
        for line in (*textwrap.wrap(part, WIDTH), "")
    ][:-1]


def _usual(number: Number, value: Any) -> str:
    if value == number.default or isinstance(value, Mapping):
        return ""
    return f"(by default {_written(number.default)})"


def _written(value: Any) -> str:
    """A value as TOML."""
    match value:
        case timedelta():
            unit = "day" if value % UNITS["day"] == timedelta() else "hour"
            count = value / UNITS[unit]
            return f'"{count:.15g} {unit}{"" if count == 1 else "s"}"'
        case frozenset():
            return json.dumps(sorted(value))  # the same in TOML
        case _:
            return repr(value)
