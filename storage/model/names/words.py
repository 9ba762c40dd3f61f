"""Words of place names that say what a place is and not which: as they stand once folded.

Small tables of language, general on purpose: no place is in here.
"""

# Letters of several scripts that look alike are what this package is about.
# ruff: noqa: RUF001

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ARABIC_ARTICLE: Final = "ال"
# Arabic's article as people romanise it, before sun letters too; and English's.
ARTICLES: Final = _words(
    "al el il ul ar er ur as es us ash esh ush ach ech at et ut ath eth ad ed ud adh edh "
    "an en un az ez uz ال the "
    "аль эль ель ал ар эр ер ас эс ес аш эш еш ат эт ет ад эд ед аз эз ез"
)

# Of a crossing, wherever they stand in its name.
CROSSING: Final = _words(
    "crossing crossings border borders frontier bordercrossing "
    "grenzubergang grenze frontiere frontalier frontaliere sinir kapisi huduttaki hudut "
    "معبر منفذ حدود حدودي حدوديه مرز مرزي گمرك دهروازهي مهرزي "
    "кпп кппм пропуску пропуска погранпереход погранпост пограничныи прикордоннии митниця таможня"
)
# Beside one of those only: there are towns called Post and Point.
BESIDE_CROSSING: Final = _words(
    "post posts point points gate checkpoint station poste passage de du des of von "
    "نقطه пункт пост переход перехід міжнароднии международныи"
)
# Of an airport or an air base: beside the same name without them, another place.
AIRPORT: Final = _words(
    "airport airports airfield airbase aerodrome airstrip "
    "aeroport flughafen flugplatz havalimani havaalani havaalan balafirgeh firokexane "
    "مطار فرودگاه فروكهخانه аэропорт аеропорт аэродром аеродром летовище авиабаза авіабаза"
)
BESIDE_AIRPORT: Final = _words(
    "international air base army military civil de du des of von "
    "دولي قاعده جويه عسكري مدني міжнароднии международныи военныи віисковии"
)
AIR_BASE: Final = (
    _words("air base"),
    _words("air field"),
    _words("air strip"),
    _words("قاعده جويه"),
)

# Of a settlement or a district: left out where the name with them is nobody's.
SETTLEMENT: Final = _words(
    "city town village hamlet settlement district subdistrict province governorate of "
    "madinat madinah medinat medina nahiyat nahiyah nahiya nahia qada markaz qaryat qaryah baldat "
    "khirbat khirbet khirbeh kherbet hirbat hirbet "
    "ville stadt dorf gorod misto selo selyshche poselok smt pgt "
    "مدينه ناحيه خربه قضا مركز قريه بلده محافظه لوا منطقه شهر شار "
    "город село поселок пгт смт місто селище г м с"
)
