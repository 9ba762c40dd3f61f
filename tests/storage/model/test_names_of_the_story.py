"""Every place of the story is found under the spellings in use on both sides of each border."""

from __future__ import annotations

import pytest

from storage.model.names import Found, Index, resolve
from tests.builders import story
from tests.storage.model.naming import shown

INDEX = Index.build(story().places.values())
SPELLINGS = {
    "al-waleed": (
        "al walid|Al-Waleed|alwaleed|El Walid|el-Oualid|Al Oualid|Waleed|Walid|Valid|"
        "Al-Velid|al-waleed crossing|Al Waleed border crossing|Grenzübergang al-Walid|"
        "al-Walid sınır kapısı|El Velid Sınır Kapısı|الوليد|معبر الوليد|منفذ الوليد|"
        "منفذ الوليد الحدودي|معبر الوليد الحدودي|وليد|وەلید|Аль-Валид|Аль-Валід|"
        "Эль-Валид|КПП Аль-Валид|пункт пропуску Аль-Валід|погранпереход Аль-Валид|tanf|"
        "al tanf|At-Tanf|al-Tanaf|Tenef|El Tenef|Tenf|et-Tanf|el-Tanf|التنف|معبر التنف|"
        "Ат-Танф|Эт-Танф|Ет-Танф|Аль-Танф|Tanif|at tanf border post|walled|al walleed|"
        "AL WALID"
    ),
    "al-qaim": (
        "al qaim|Al-Qa'im|Qaim|Qa’im|al-Kaim|El Kaim|el-Qaïm|al-Qaïm|Kaim|"
        "Al-Kaim sınır kapısı|القائم|القايم|معبر القائم|منفذ القائم|قائم|قایم|Аль-Каим|"
        "Эль-Каим|Аль-Каїм|Husaybah|Husayba|Husaiba|Hsaiba|Husaibah|Huseybe|Hussaybah|"
        "حصيبة|معبر حصيبة|Хусейба|Хусайба|Abu Kamal|Abukamal|Albu Kamal|Al Bukamal|"
        "al-Bukamal|Bukamal|Boukamal|Abou Kamal|Al-Boukamal|Ebu Kemal|Elbukemal|"
        "Abu Kemal|Bu Kamal|البوكمال|ابو كمال|أبو كمال|البو كمال|معبر البوكمال|"
        "معبر أبو كمال|Абу-Камаль|Абу Камаль|Эль-Букемаль|Аль-Букемаль|Абу-Кемаль"
    ),
    "rabia": (
        "rabia|rabiah|Rabi'a|Rabi'ah|Rabiya|Rabiyah|Rabea|Rabeea|Rabeeah|Rabi‘a|Rabbia|"
        "Rebia|Rebîa|Er-Rabia|ربيعة|ربيعه|معبر ربيعة|منفذ ربيعة|ڕەبیعە|ربیعە|ربیعه|"
        "Рабия|Рабиа|Рабія|КПП Рабия|yarubiyah|Yarubiya|Yaarubiyah|al-Yarubiyah|"
        "Al-Ya'rubiyah|al-Yaroubia|Al-Yaroubiyah|Yaroubieh|Al Yarubiyeh|Yarubia|"
        "Ya'rubiyya|Yarubiyya|Yarubiye|El-Yarubiye|اليعربية|يعربية|معبر اليعربية|"
        "Эль-Ярубия|Аль-Ярубия|Ярубия|Аль-Яарубия|Аль-Ярубія|Tel Kocher|Tell Kocher|"
        "Til Koçer|Til Kocer|Tall Kushik|Tel Kotchek|تل كوجر|تل كوشك|Тель-Кочек|"
        "Rabia crossing|rabia border"
    ),
    "trebil": (
        "trebil|Trebil|Turaibil|Tureibil|Traibil|Treibil|Trebeel|Turaybil|Traybil|"
        "Trébil|Tourebil|Trebil crossing|Trebil sınır kapısı|طريبيل|معبر طريبيل|"
        "منفذ طريبيل|منفذ طريبيل الحدودي|Требиль|Трейбиль|Турайбиль|Требіль|Тарабиль|"
        "Karameh|Karamah|al-Karamah|Karama|Al Karama|al-Karameh|El Karama|Kerame|Karamé|"
        "الكرامة|كرامة|معبر الكرامة|Карама|Аль-Карама|Эль-Карама"
    ),
    "tal-afar": (
        "tal afar|Tal-Afar|Talafar|Tall Afar|Tel Afar|Telafar|Telafer|Tell Afar|"
        "Tall 'Afar|Tal A'far|Tel Afer|Til Afar|Telefer|تلعفر|تل عفر|تلّعفر|تەلەعفەر|"
        "Талль-Афар|Тель-Афар|Талафар|Тал-Афар|Телль-Афар"
    ),
    "tal-afar-airport": (
        "tal afar airport|Tal Afar air base|Tal Afar airfield|Telafer airport|"
        "Tall Afar airport|Flughafen Tal Afar|aéroport de Tal Afar|Telafer havaalanı|"
        "مطار تلعفر|مطار تل عفر|قاعدة تلعفر الجوية|аэропорт Таль-Афар|"
        "аэропорт Тель-Афар"
    ),
    "rawa": ("rawa|Rawah|Raoua|Rava|Rāwah|راوة|راوه|Рава|Рауа|Rawa, Anbar|Rawa, Iraq"),
    "ana": ("ana|Anah|Anna|Âna|‘Ānah|'Anah|عانة|عانه|عنه|Ана|Анах"),
    "iraq-syria-border": (
        "Iraq-Syria border|Syria-Iraq border|Iraqi-Syrian border|Syrian border|"
        "iraq syria|Iraq Syria border"
    ),
    "anbar": (
        "anbar|al anbar|Al-Anbar|Anbar province|الأنبار|الانبار|محافظة الأنبار|Анбар|"
        "Аль-Анбар|Enbar"
    ),
    "nineveh": ("nineveh|Ninawa|Ninewa|Nineveh province|نينوى|Ниневия|Ninive|Ninova|Neynewa"),
}
OTHERS = (
    "rafah|Rafah|رفح|Рафах|mosul|raqqa|baghdad|damascus|hama|homs|khalid|jordan|"
    "syria|iraq|qamishli|deir ezzor|karbala|kirkuk|tikrit|رقة|бахмут|qaida|tall|al|"
    "border|crossing|airport|مطار|معبر|صباح الخير|good morning|what is going on|"
    "thanks|ok|yes|help|today"
)


@pytest.mark.parametrize("place", SPELLINGS)
def test_a_place_of_the_story_is_found_under_every_spelling_in_use(place: str) -> None:
    found = {spelling: shown(resolve(spelling, INDEX)) for spelling in SPELLINGS[place].split("|")}
    assert {spelling: said for spelling, said in found.items() if said != place} == {}


@pytest.mark.parametrize("query", OTHERS.split("|"))
def test_other_places_and_words_are_never_taken_for_a_place_of_the_story(query: str) -> None:
    assert not isinstance(resolve(query, INDEX), Found)
