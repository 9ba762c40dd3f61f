"""Claims as editors type them: "militants took it", "held by the government", "fighting".

Only what is surely meant is taken; everything else is asked about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.model.reports import Claim
from storage.model.source_names import OneSource, find_source
from storage.model.sources import Source

if TYPE_CHECKING:
    from storage.model.parties import Parties

LONGEST = 200

# What may follow the deed: the place itself, in words that say nothing else.
_IT = (
    r"(?:\s+(?:it|there|back|again|still|now|the (?:place|crossing|border crossing|town|city|"
    r"village|airport|airfield|base|bridge|dam|port|gate)))*"
)
_STILL = r"(?:\s+(?:still|now|again))?"
_TOOK = r"took|takes|take|retook|seized|captured|recaptured|overran|stormed|(?:has|have) taken"
_HOLDS = r"holds|hold|held|controls|control|controlled|(?:is|are) in control of"
_LEFT = (
    r"left|leaves|leave|withdrew|withdrew from|withdraws from|pulled out|pulled out of|fled|"
    r"fled from|abandoned|(?:has|have) left"
)
_ACTIVE = tuple(
    (claim, re.compile(rf"(?P<party>.+?){_STILL}\s+(?:{verbs}){_IT}", re.IGNORECASE))
    for claim, verbs in ((Claim.TOOK, _TOOK), (Claim.HOLDS, _HOLDS), (Claim.LEFT, _LEFT))
)
_PASSIVE = tuple(
    (
        claim,
        re.compile(rf"(?:(?:it|is|was|still|now) )*(?:{verbs}) (?P<party>.+)", re.IGNORECASE),
    )
    for claim, verbs in (
        (Claim.TOOK, r"(?:taken|retaken|seized|captured|recaptured|overrun) by"),
        (Claim.HOLDS, r"(?:held|controlled) by|in the hands of|under the control of"),
        (Claim.LEFT, r"(?:left|abandoned) by"),
    )
)
# A name with one of these in it is none: there is more than one claim in the text.
_MORE = re.compile(
    rf"\b(?:and|or|but|not|never|did|{_TOOK}|{_HOLDS}|{_LEFT})\b|[,;]", re.IGNORECASE
)
_FIGHTING = re.compile(
    r"(?:there (?:is|was|are|were) )?(?:still )?(?:heavy )?(?:fighting|clashes)"
    r"(?: (?:there|goes on|reported|continues|continue))?",
    re.IGNORECASE,
)
_FIGHTS = re.compile(
    r"(?P<party>.+?) (?:is|are) (?:still )?fighting(?: (?:there|on|for it))*", re.IGNORECASE
)


@dataclass(frozen=True)
class ReadClaim:
    """What was read: the claim, whether it names a party and by which name, and its id if that is
    known.
    """

    claim: Claim
    party: str | None = None
    names_party: bool = True
    named: str = ""


def read_claim(text: str, parties: Parties) -> ReadClaim | None:
    """The claim in a text; None where none is surely meant.

    Without a party where it names one that is not known, or could be several: that is to be asked.
    """
    typed = " ".join(text.split()).strip(" .!")
    if len(typed) > LONGEST:
        return None
    if _FIGHTING.fullmatch(typed):
        return ReadClaim(Claim.FIGHTING, names_party=False)
    for claim, pattern in ((Claim.FIGHTING, _FIGHTS), *_PASSIVE, *_ACTIVE):
        found = pattern.fullmatch(typed)
        if found and not _MORE.search(found["party"]):
            party = found["party"]
            return ReadClaim(claim, find_party(party, parties), named=party)
    return None


def find_party(text: str, parties: Parties) -> str | None:
    """The id of the one party that is meant by a name; None where that is not clear."""
    # A name is a name: found as those of sources are.
    named = [Source(p.id, p.name, "") for p in parties.values()]
    match find_source(text, named):
        case OneSource(found):
            return found.id
    return None
