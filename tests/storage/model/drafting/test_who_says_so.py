"""Who says so, in the many ways in which texts tell it."""

from __future__ import annotations

import pytest

from storage.model.drafting import Attribution
from storage.model.sources import Position
from tests.storage.model.drafting.scoring import in_short, read

SAID = [
    ("Claims that militants seized Rawa spread.", "Claims"),
    ("The army claims that militants seized Rawa.", "The army"),
    ("Moscow's claim that militants seized Rawa was news.", "Moscow"),
    ("The army's claim to have seized Rawa was news.", "The army"),
    ("The claim, it said, was that militants seized Rawa.", "it"),
    ("Rumours swept Ana on Monday that militants seized Rawa.", "Rumours"),
    ("State television cut in to report that militants seized Rawa.", "State television"),
    (f"A general told the {'very ' * 14}old that militants seized Rawa.", "A general"),
    ("An army spokesman cut in to report that militants seized Rawa.", "An army spokesman"),
    ("It went on air to say that militants seized Rawa.", None),
    ("He went on air to say militants seized Rawa.", None),
    ("The ministry, which announced that militants seized Rawa, is near.", "The ministry"),
    ("In what it said was news, militants seized Rawa.", None),
    ("In a video message a general said that militants seized Rawa.", "a general"),
    ("Contradicting the army, a general said that militants seized Rawa.", "a general"),
    ("Contradicting the army a general said that militants seized Rawa.", "the army a general"),
    ("A general said in a post on a website that militants seized Rawa.", "A general"),
    ("Militants seized Rawa, a general said via a messenger.", "a general"),
    ("Militants seized Rawa, a general, in a long letter, said.", "a general"),
    ("The man, who asked that he not be named, said militants seized Rawa.", "The man"),
    ("Militants seized Rawa, a general told a visitor, according to Reuters.", "a general"),
    ("According to unseen data, militants seized Rawa, a general said.", "a general"),
    ('"Militants seized Rawa," a general told people at the bridge.', "a general"),
    ('"Militants seized Rawa," Reuters quoted a general as saying.', "a general"),
    ("Militants seized Rawa, said the general, Ali Karim.", "the general, Ali Karim"),
    ('Militants seized Rawa, a general said: "All of it."', "a general"),
    ("Militants seized Rawa, two officers said.", "two officers"),
    ("Two officers said militants seized Rawa.", "Two officers"),
    ("Two officers said on Monday that militants seized Rawa.", "Two officers"),
    ("On Monday, two officers said that militants seized Rawa.", "two officers"),
    ("Militants seized Rawa, said Karim, a resident.", "Karim, a resident"),
    ("Militants seized Rawa, said Karim.", "Karim"),
    ("Militants seized Rawa, said regional governor Ali Karim.", "regional governor Ali Karim"),
    ("Militants seized Rawa, said on Monday a resident.", None),
    ("Militants seized Rawa, said nobody in particular.", None),
    ("Militants seized Rawa, said Karim on Monday.", "Karim"),
    ("Militants seized Rawa, according to a resident.", "a resident"),
    ("According to a resident, militants seized Rawa.", "a resident"),
    ("A resident told Reuters militants seized Rawa.", "A resident"),
    ("A resident told reporters on Monday militants seized Rawa.", "A resident"),
    ("A resident was quoted as saying that militants seized Rawa.", "A resident"),
    ("A resident was quoted by Reuters as saying militants seized Rawa.", "A resident"),
    ("Reuters quoted a resident as saying militants seized Rawa.", "a resident"),
    ("State television reported, citing a general, that militants seized Rawa.", "a general"),
    ("State television, quoting a general, reported that militants seized Rawa.", "a general"),
    ('"Militants seized Rawa," a resident said.', "a resident"),
    ('"Militants seized Rawa," said a resident.', "a resident"),
    ('A resident said: "Militants seized Rawa."', "A resident"),
    ('Army spokesman: "Militants seized Rawa."', "Army spokesman"),
    ("Karim, the mayor, confirmed that militants seized Rawa.", "Karim, the mayor"),
    ("The mayor, Karim, confirmed that militants seized Rawa.", "The mayor, Karim"),
    ("The mayor, speaking by phone, said militants seized Rawa.", "The mayor"),
    ("The mayor, who has fled, said militants seized Rawa.", "The mayor"),
    ("Gen. R. Karim said militants seized Rawa.", "Gen. R. Karim"),
    ("The mayor, however, said militants seized Rawa.", "The mayor"),
    ("The Islamic Army (IA) said militants seized Rawa.", "The Islamic Army (IA)"),
    ("The mayor has repeatedly said militants seized Rawa.", "The mayor"),
    ("Ana is quiet, and residents said militants seized Rawa.", "residents"),
    ("Residents and officers said militants seized Rawa.", "Residents and officers"),
    ("State television showed flags and said militants seized Rawa.", "State television"),
    ("The mayor said Ana was calm but added that militants seized Rawa.", "The mayor"),
    ("The mayor spoke of Ana, saying that militants seized Rawa.", None),
    ("The mayor said Ana was calm, adding that militants seized Rawa.", "The mayor"),
    ("Militants seized Rawa. Officers were silent.", None),
    ("It was reported that militants seized Rawa.", None),
    ("Militants who spoke to Reuters seized Rawa.", None),
    ("Militants seized Rawa, a resident said separately.", "a resident"),
    ("A resident said in a statement on Monday militants seized Rawa.", "A resident"),
    ("The report said militants seized Rawa.", "The report"),
]


@pytest.mark.parametrize(("text", "speaker"), SAID)
def test_the_speaker_is_found(text: str, speaker: str | None) -> None:
    (draft,) = read(text)
    assert (draft.speaker.written if draft.speaker else None) == speaker
    assert (draft.place.place.id if draft.place.place else None) == "rawa"
    assert (draft.speaker is None) == (draft.speaker_gap is not None)


@pytest.mark.parametrize(
    ("speaker", "kind", "number"),
    [
        ("Two officers", "officer", 2),
        ("3 officers", "officer", 3),
        ("An army source", "officer", 1),
        ("Colonel Ali Karim", "officer", 1),
        ("Lieutenant-General Karim", "officer", 1),
        ("Police", "officer", None),
        ("A local official", "official", 1),
        ("The interior ministry", "official", 1),
        ("Officials and witnesses", "official", None),
        ("The prime minister's security spokesman", "spokesman", 1),
        ("Witnesses", "witness", None),
        ("Four people", "witness", 4),
        ("A truck driver", "witness", 1),
        ("One resident", "resident", 1),
        ("State television", "media", 1),
        ("The Observatory, a monitoring group,", "monitor", 1),
        ("A rebel", "fighter", 1),
        ("Karim", None, 1),
    ],
)
def test_a_speaker_is_of_a_kind_and_counted(speaker: str, kind: str, number: int | None) -> None:
    (draft,) = read(f"{speaker} said that militants seized Rawa.")
    assert draft.speaker
    assert (draft.speaker.kind, draft.speaker.number) == (kind, number)


@pytest.mark.parametrize(
    ("speaker", "side"),
    [
        ("An Iraqi army spokesman", "iraq"),
        ("A spokesman for the government", "iraq"),
        ("A Kurdish officer", "kurdish"),
        ("A militant commander", "militants"),
        ("A Jordanian officer", None),
        ("A resident", None),
        ("An Iraqi resident", None),
        ("Rebels", None),
        ("The ministry", None),
    ],
)
def test_a_speaker_has_the_side_that_is_named(speaker: str, side: str | None) -> None:
    (draft,) = read(f"{speaker} said that Rawa was captured.")
    assert draft.speaker
    named = draft.speaker.side.party if draft.speaker.side else None
    assert (named.id if named else None) == side


def test_a_speaker_who_is_in_the_place_is_at_the_scene() -> None:
    there, away = read(
        "Two officials at the crossing of Rabia said Rabia had fallen. An official of Rabia said "
        "militants hold it."
    )
    assert there.speaker
    assert away.speaker
    assert (there.speaker.position, away.speaker.position) == (Position.SCENE, Position.UNKNOWN)


def test_he_is_who_spoke_before() -> None:
    first, second = read("A colonel said militants took Rawa. They also hold Ana, he said.")
    assert first.speaker
    assert second.speaker
    assert (second.speaker.written, second.speaker.stands_for) == ("he", "A colonel")
    assert second.speaker.kind == "officer"
    (nobody,) = read("Militants hold Ana, he said.")
    assert nobody.speaker
    assert (nobody.speaker.kind, nobody.speaker.stands_for) == (None, "")


def test_it_is_the_party_that_is_spoken_of_before() -> None:
    (draft,) = read("The RSF has taken Nyala, it said.", "sudan")
    assert draft.speaker
    assert (draft.speaker.written, draft.speaker.stands_for) == ("it", "The RSF")
    (plain,) = read("Nyala has fallen, it said.", "sudan")
    assert plain.speaker
    assert plain.speaker.side is None


def test_a_quotation_goes_on_in_the_next_sentence() -> None:
    first, second = read('"Militants took Rawa," a colonel said. "They hold Ana."')
    assert (first.attribution, second.attribution) == (Attribution.SAID, Attribution.CARRIED)
    assert second.speaker == first.speaker
    (own,) = read("A colonel was silent. Militants hold Ana.")
    assert (own.speaker, own.attribution) == (None, Attribution.OWN)


def test_hearsay_and_reports_are_marked() -> None:
    for text in (
        "Militants have reportedly taken Rawa.",
        "Militants were said to have taken Rawa.",
        "Militants are believed on Monday to have taken Rawa.",
    ):
        (draft,) = read(text)
        assert draft.attribution is Attribution.MEDIA, text
    (media,) = read("State television reported that militants took Rawa.")
    assert media.attribution is Attribution.MEDIA
    (claimed,) = read("Militants claimed to have taken Rawa.")
    assert claimed.attribution is Attribution.SAID


@pytest.mark.parametrize(
    ("text", "publisher"),
    [
        ("BAGHDAD, June 23 (Agency) - Militants took Rawa.", "Agency"),
        ("BAGHDAD (Agency) - A colonel told Reuters militants took Rawa.", "Reuters"),
        ("BAGHDAD - Militants took Rawa.", None),
        ("A colonel told the BBC on Monday that militants took Rawa.", "the BBC"),
        ("A colonel said on state television that militants took Rawa.", "state television"),
        ("A colonel told a local website militants took Rawa.", "a local website"),
        ("A colonel told reporters that militants took Rawa.", None),
        ("Reuters quoted a colonel as saying militants took Rawa.", "Reuters"),
        (
            "State television reported, citing a colonel, that militants took Rawa.",
            "State television",
        ),
    ],
)
def test_the_publisher_is_told_apart_from_the_speaker(text: str, publisher: str | None) -> None:
    (draft,) = read(text)
    assert draft.publisher == publisher
    if publisher and draft.publisher_span:
        assert text[slice(*draft.publisher_span)] == publisher


DENIED = [
    ("A colonel denied that militants had taken Rawa.", ["rawa denies militants | A colonel | -"]),
    (
        "A colonel denied Rawa had been taken and said the army held Ana.",
        ["rawa denies - | A colonel | -", "ana holds iraq | A colonel | -"],
    ),
    ("Kurdish officials denied losing Rawa.", ["rawa denies kurdish | Kurdish officials | -"]),
    ("A colonel denied the loss of Rawa.", ["rawa denies - | A colonel | -"]),
    ("A colonel said Rawa had not fallen to militants.", ["rawa denies militants | A colonel | -"]),
    ("A colonel rejected reports that Rawa had fallen.", ["rawa denies - | A colonel | -"]),
    ("A colonel did not deny that Rawa had fallen.", []),
    ("A colonel denied it.", []),
    ("A colonel denied everything.", []),
    ("A colonel said that was not true.", []),
    ("The army has not retaken Rawa.", ["rawa denies iraq | - | -"]),
    (
        "A colonel withdrew his statement that militants had taken Rawa.",
        ["rawa retracts militants | A colonel | -"],
    ),
]


@pytest.mark.parametrize(("text", "lines"), DENIED)
def test_denials_and_retractions_tell_what_they_are_about(text: str, lines: list[str]) -> None:
    assert [in_short(d) for d in read(text)] == lines


@pytest.mark.parametrize(
    "denial",
    [
        "A colonel denied the claim.",
        "A colonel denied this.",
        "A colonel said that was not true.",
        "A colonel said this claim was false.",
        "On Monday, a colonel dismissed the reports.",
    ],
)
def test_all_that_was_claimed_last_can_be_denied_at_once(denial: str) -> None:
    *_, first, second, third, fourth = read(
        f"Militants took Tikrit. Militants took Rawa and Ana, a resident said. {denial}"
    )
    assert [d.claim.value for d in (third, fourth)] == ["denies", "denies"]
    assert [d.place.place for d in (third, fourth)] == [first.place.place, second.place.place]
    assert third.denied
    assert (third.denied.claim.value, third.denied.draft) == ("took", 1)
    assert third.speaker
    assert third.speaker.written.casefold() == "a colonel"


def test_a_denial_names_the_draft_of_somebody_else_that_it_denies() -> None:
    took, own, denied = read(
        "Militants took Rawa, a resident said. A colonel said they took Ana. The colonel said Rawa "
        "had not been taken."
    )
    assert denied.denied
    assert denied.denied.draft == 0
    assert (took.denied, own.denied) == (None, None)
    (alone,) = read("A colonel said Rawa had not been taken.")
    assert alone.denied
    assert alone.denied.draft is None


def test_a_denial_has_the_party_that_holds_the_place_instead() -> None:
    denied, holds = read("A colonel said Rawa had not been taken and was still held by the army.")
    assert (denied.claim.value, holds.claim.value) == ("denies", "holds")
    assert denied.party == holds.party


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Claims that Rawa had fallen were denied by the army.", "rawa denies - | the army | -"),
        ("Claims that Rawa had fallen were denied by.", "rawa denies - | - | -"),
        ("Claims that Rawa had fallen were untrue.", "rawa denies - | - | -"),
        (
            "The army's claim to have taken Rawa was rejected by Kurdish officials.",
            "rawa denies iraq | Kurdish officials | -",
        ),
        (
            "Kurdish officials dismissed the army's claim that it had taken Rawa.",
            "rawa denies iraq | Kurdish officials | -",
        ),
        (
            "Kurdish officials dismissed a statement by the army that it had taken Rawa.",
            "rawa denies iraq | Kurdish officials | -",
        ),
        ("The army called reports that Rawa had fallen false.", "rawa denies - | The army | -"),
    ],
)
def test_what_is_denied_may_be_a_noun(text: str, line: str) -> None:
    assert [in_short(d) for d in read(text)] == [line]


@pytest.mark.parametrize(
    "text", ["The army called it a day in Rawa.", "The army called the report on Rawa a report."]
)
def test_to_call_something_is_no_denial(text: str) -> None:
    assert read(text) == []


def test_a_denial_is_of_what_others_said_in_the_same_sentence_too() -> None:
    made = read("Militants said they had taken Rawa; the army denied this.")
    assert [in_short(d) for d in made] == [
        "rawa took militants | Militants | -",
        "rawa denies militants | the army | -",
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "An officer said it rained. The army left Rawa, the officer said.",
            ["rawa left iraq | the officer | -"],
        ),
        (
            "A Kurdish commander said it rained. We took Rawa, the commander said.",
            ["rawa took kurdish | the commander | -"],
        ),
        (
            "A resident said it rained. Rawa fell, the man said.",
            ["rawa took - | the man | -"],
        ),
        ("A general said that my men hold Rawa.", ["rawa holds ?A general | A general | -"]),
        ("A resident said that his men hold Rawa.", ["rawa holds ?his men | A resident | -"]),
        (
            "Militants are near. Their men took Rawa, an army officer said.",
            ["rawa took militants | an army officer | -"],
        ),
        (
            "The army left Rawa. Militants came. They took it.",
            ["rawa left iraq | - | -", "rawa took militants | - | -"],
        ),
        (
            "Militants came. The army left Rawa. They took it.",
            ["rawa left iraq | - | -", "rawa took militants | - | -"],
        ),
        (
            "Militants came. The group said that it had left Rawa.",
            ["rawa left militants | The group | -"],
        ),
        (
            "The army said it rained. It left Rawa.",
            ["rawa left iraq | - | -"],
        ),
        (
            "Rawa fell. Ana is a town. It was quiet until militants took the town.",
            ["rawa took - | - | -"],
        ),
        (
            "Rawa fell. The army moved into Ana. Militants hold the town.",
            ["rawa took - | - | -", "ana holds militants | - | -"],
        ),
    ],
)
def test_who_is_meant_is_found_in_the_sentences_before(text: str, lines: list[str]) -> None:
    assert [in_short(d) for d in read(text)] == lines


def test_a_government_is_that_of_the_places_spoken_of() -> None:
    [draft] = read("Government forces took Goma, a government spokesman said.", "congo")
    assert draft.party
    assert draft.party.party
    assert draft.party.party.id == "congo"
    assert draft.speaker
    assert draft.speaker.side
    assert draft.speaker.side.party
    assert draft.speaker.side.party.id == "congo"


def test_a_president_s_forces_are_the_government_s() -> None:
    [draft] = read("Rawa was retaken by President Ali Karim's forces.")
    assert in_short(draft) == "rawa took iraq | - | -"
