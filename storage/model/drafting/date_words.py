"""The pattern for words that tell a time: "late on Friday", "three days ago", "on Nov. 3"."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from storage.model.drafting.lexicon import Lexicon

# At most five words: more would be tried anew from each of them.
_LEAD: Final = (
    r"(?P<since>since\s+)?(?:(?:late|early|later|earlier|as\s+of|on|by|at|in|during|the|around|"
    r"before|until|till)\s+){0,5}"
)


@lru_cache(maxsize=8)
def _patterns(months: str, weekdays: str, parts: str, numbers: str) -> re.Pattern[str]:
    count = rf"\d{{1,2}}|a|{numbers}"
    ordinal = r"(?:st|nd|rd|th)?"
    year = r"(?:,?\s+(?P<y{}>\d{{4}})\b)?"
    return re.compile(
        rf"""\b(?P<lead>{_LEAD})(?:
        (?P<night>night\s+of\s+)?(?:
            (?P<d1>\d{{1,2}}){ordinal}\s+(?:of\s+)?(?P<m1>{months})\b(?:\.(?=,?\s+\d))?{year.format(1)}
          | (?P<m2>{months})\b\.?\s+(?P<d2>\d{{1,2}}){ordinal}\b(?![:.]\d){year.format(2)}
        )
      | (?P<last1>last\s+)?(?P<weekday>{weekdays})\b(?:\s+(?P<wpart>{parts})\b)?
      | (?:(?:end|middle|start|beginning)\s+of\s+|mid-|last\s+)?
            (?P<m3>{months})\b{year.format(3)}
      | (?P<iso>\d{{4}}-\d{{2}}-\d{{2}})\b
      | (?P<year>(?:19|20|21)\d{{2}})\b
      | (?P<relative>today|yesterday|overnight|last\s+night|tonight|weekend
            |last\s+(?:week|month|year|weekend)|this\s+(?:{parts}|week|month|year))\b
            (?:\s+(?:{parts})\b)?
      | (?P<count>{count})\s+(?P<unit>day|week|month|year)s?
            \s+(?P<way>ago|earlier|before|later|after)\b
      | (?P<previous>day\s+before|previous\s+(?:day|morning|afternoon|evening)|day\s+earlier)\b
      | (?P<next>following\s+day|next\s+day)\b
      | (?<=the\s)(?P<the>\d{{1,2}})(?:st|nd|rd|th)\b(?!\s+[^\W\d_])
      | (?P<night_before>night\s+before|previous\s+night)\b
      | (?P<clock>\d{{1,2}}(?::\d{{2}})?\s*[ap]\.?m\b\.?|(?:that|the\s+same)\s+day\b
            |(?:that\s+)?(?:{parts})\b
            |(?:some\s+)?hours\s+(?:later|before|earlier)\b
            |(?:an?|{count})\s+(?:hour|minute)s?\s+(?:ago|later|earlier)\b)
        )""",
        re.VERBOSE | re.IGNORECASE,
    )


def pattern_of(lexicon: Lexicon) -> re.Pattern[str]:
    """The pattern that finds times in English, with a named group for each kind of them."""
    return _patterns(
        "|".join(sorted(lexicon.months, key=len, reverse=True)),
        "|".join(lexicon.weekdays),
        "|".join(sorted(lexicon.of("day_parts"))),
        "|".join(lexicon.numbers),
    )
