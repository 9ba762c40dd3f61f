"""What is drafted from single sentences."""

from __future__ import annotations

import pytest

from tests.storage.model.drafting.scoring import in_short, read

TAKEN = [
    ("Militants captured Rawa.", ["rawa took militants | - | -"]),
    ("Rawa was captured by militants.", ["rawa took militants | - | -"]),
    ("Rawa has been captured.", ["rawa took - | - | -"]),
    ("Rawa captured by militants", ["rawa took militants | - | -"]),
    ("Militants have taken over the town of Rawa.", ["rawa took militants | - | -"]),
    (
        "Militants took full control of Rawa and Ana.",
        ["rawa took militants | - | -", "ana took militants | - | -"],
    ),
    ("The army, backed by tribes, retook Rawa.", ["rawa took iraq | - | -"]),
    ("The army attacked and recaptured Rawa.", ["rawa took iraq | - | -"]),
    ("Rawa fell into the hands of militants.", ["rawa took militants | - | -"]),
    ("Rawa came under the control of militants.", ["rawa took militants | - | -"]),
    ("Rawa fell under militant control.", ["rawa took militants | - | -"]),
    ("Government forces gained control of Mosul.", ["mosul took iraq | - | -"]),
    ("Control of Mosul was established by the army.", []),
    ("Militants seized Rawa and Ana was quiet.", ["rawa took militants | - | -"]),
    ("Militants seized Rawa, which lies on the river, and Ana.", ["rawa took militants | - | -"]),
    ("Militants seized it.", []),
    ("The town was taken.", ["?The town took - | - | -"]),
    ("Rawa, seized by militants in 2013, is quiet.", ["rawa took militants | - | 2013"]),
    ("Rawa, captured in 2013, is quiet.", ["rawa took - | - | 2013"]),
    ("Militants took the prison in Rawa.", []),
    ("Militants took parts of Rawa.", []),
    ("Militants seized Rawa's police station.", []),
    ("Militants seized the Rawa district.", []),
    ("Kurdish fighters seized the Mosul dam.", ["mosul-dam took kurdish | - | -"]),
    ("Militants seized the Haditha bridge.", ["?Haditha bridge took militants | - | -"]),
    ("The Tigers captured Rawa.", ["rawa took ?Tigers | - | -"]),
    ("Rawa was captured by the Tigers.", ["rawa took ?Tigers | - | -"]),
    ("A group called Hawks took Rawa.", ["rawa took ?Hawks | - | -"]),
    ("The army gave nothing away and took Gen. Karim.", []),
    ("The army captured Pelivar.", ["?Pelivar took iraq | - | -"]),
]
HELD = [
    ("Militants still hold Rawa.", ["rawa holds militants | - | -"]),
    ("Rawa is still held by militants.", ["rawa holds militants | - | -"]),
    (
        "Rawa and Ana remain in militant hands.",
        ["rawa holds militants | - | -", "ana holds militants | - | -"],
    ),
    ("Militants are in control of Rawa.", ["rawa holds militants | - | -"]),
    ("Rawa is back under the army's control.", ["rawa holds iraq | - | -"]),
    ("Militants no longer control Rawa.", ["rawa left militants | - | -"]),
    ("Rawa is no longer in the hands of militants.", ["rawa left militants | - | -"]),
    ("Rawa is in good hands.", []),
    ("Rawa is under control.", []),
    ("With Rawa in militant hands, the road is closed.", []),
    ("Militants are holding Rawa.", ["rawa holds militants | - | -"]),
    ("Mosul, in the hands of militants since June 10, is quiet.", []),
]
LEFT = [
    ("The army withdrew from Rawa.", ["rawa left iraq | - | -"]),
    (
        "The army pulled its troops out of Rawa and Ana.",
        ["rawa left iraq | - | -", "ana left iraq | - | -"],
    ),
    ("Rawa was abandoned by the army.", ["rawa left iraq | - | -"]),
    ("Rawa has been evacuated.", ["rawa left - | - | -"]),
    (
        "The militants were driven out of Rawa by the army.",
        ["rawa left militants | - | -", "rawa took iraq | - | -"],
    ),
    ("The militants were expelled from Rawa.", ["rawa left militants | - | -"]),
    (
        "The army drove militants from Rawa.",
        ["rawa took iraq | - | -", "rawa left militants | - | -"],
    ),
    ("The army was withdrawn from Rawa.", ["rawa left iraq | - | -"]),
    ("Rawa was lost.", ["rawa left - | - | -"]),
    ("The army lost Rawa.", ["rawa left iraq | - | -"]),
    (
        "The army surrendered Rawa to militants.",
        ["rawa took militants | - | -", "rawa left iraq | - | -"],
    ),
    ("The army gave up Rawa.", ["rawa left iraq | - | -"]),
    ("The army gave up. The army gave Rawa water.", []),
    (
        "Militants hold Rawa. The army, whose soldiers left Ana, is silent.",
        ["rawa holds militants | - | -", "ana left iraq | - | -"],
    ),
    ("The army left.", []),
    ("Families left Rawa.", []),
    ("The army pushed into Rawa.", []),
    ("The army drove to Rawa.", []),
    (
        "Militants seized Rawa after the army fled.",
        ["rawa took militants | - | -", "rawa left iraq | - | -"],
    ),
    ("In Rawa the police deserted.", ["rawa left iraq | - | -"]),
]
FIGHTING = [
    ("Clashes broke out near Rawa.", ["rawa fighting - | - | -"]),
    (
        "There was heavy fighting in Rawa and Ana.",
        ["rawa fighting - | - | -", "ana fighting - | - | -"],
    ),
    ("There was no fighting in Rawa.", ["rawa denies - | - | -"]),
    ("The army is fighting in Rawa.", ["rawa fighting iraq | - | -"]),
    ("The army fought militants in Rawa.", ["rawa fighting - | - | -"]),
    ("Fighting was reported.", []),
    ("Fighting in the north, near the border.", []),
    ("Fighting raged in its suburbs.", []),
    ("The fighting could reach Rawa.", []),
]
WIRE = [
    ("Militants took Rawa, Rawah and Rawa.", ["rawa took militants | - | -"]),
    ("Gunmen based in Hawks took Rawa.", ["rawa took ?Gunmen based in Hawks | - | -"]),
    ("Had the army left Rawa, the road would be open.", []),
    ("Militants seized Tal Afar's old long wide dusty road.", []),
    ("Port Pelivar was captured.", ["?Pelivar took - | - | -"]),
    (f"Militants captured the {'very ' * 10}quiet Rawa.", []),
    ("The claim to have taken Rawa was rejected by the army.", ["rawa denies - | the army | -"]),
    ("Militants claimed full control of Rawa.", ["rawa holds militants | Militants | -"]),
    ("The army said full control of Rawa was vital.", []),
    ("Nobody claimed control of Rawa.", []),
    ("The army no longer has full control of Rawa.", ["rawa left iraq | - | -"]),
    ("The army has full control of Rawa.", ["rawa holds iraq | - | -"]),
    ("The army has men in Rawa.", []),
    (
        "Control of Rabia passed quickly on Friday to Kurdish forces.",
        ["rabia took kurdish | - | 2014-06-20"],
    ),
    ("Rabia passed to the army.", []),
    ("Rabia was handed over to the army.", ["rabia took iraq | - | -"]),
    ("Rabia was surrendered.", ["rabia left - | - | -"]),
    ("Prices were handed over.", []),
    (
        "The army entered Rawa and drove out the militants.",
        ["rawa took iraq | - | -", "rawa left militants | - | -"],
    ),
    ("The army drove out the militants.", []),
    (
        "Militants captured Rawa, a witness said, but were driven out by noon.",
        ["rawa took militants | a witness | -", "rawa left militants | a witness | 2014-06-23"],
    ),
    (
        "Militants seized the bridge at Haditha.",
        ["?the bridge at Haditha took militants | - | -"],
    ),
    ("Militants seized the post at Trebil.", ["trebil took militants | - | -"]),
    ("The dam at Haditha is held by the army.", ["haditha-dam holds iraq | - | -"]),
    ("Militants seized the town's airport.", []),
    ("Militants seized Tal Afar's small airport.", ["tal-afar-airport took militants | - | -"]),
    ("Militants seized Tal Afar's small bridge.", []),
    ("Militants seized Tal Afar's New bridge.", []),
    ("Militants took three towns in the west and more.", ["?three towns took militants | - | -"]),
    (
        "Militants took three towns in the north of the long green west and more.",
        ["?three towns took militants | - | -"],
    ),
    (
        "Militants took two towns - Rawa and Ana.",
        ["rawa took militants | - | -", "ana took militants | - | -"],
    ),
    ("Having taken Rawa, militants rested.", ["rawa took militants | - | -"]),
    ("Having taken Rawa militants rested.", ["rawa took - | - | -"]),
    ("All but Rawa have been taken by militants.", []),
    ("The hill overlooking Rawa was taken by militants.", ["rawa took militants | - | -"]),
    ("Militants stormed the hill, seizing Rawa.", ["rawa took militants | - | -"]),
    (
        "Militants took Rawa, seizing Ana.",
        ["rawa took militants | - | -", "ana took militants | - | -"],
    ),
    ("On the hill, seizing Rawa was hard.", []),
    (
        "Militants took Rawa, only to lose it to the army.",
        [
            "rawa took militants | - | -",
            "rawa took iraq | - | -",
            "rawa left militants | - | -",
        ],
    ),
    ("Had the army been strong, Rawa would have been held by it.", []),
    (
        "Neither Rawa nor Ana was taken by militants.",
        ["rawa denies militants | - | -", "ana denies militants | - | -"],
    ),
    ("Militants and the army took Rawa.", ["rawa took ?Militants and the army | - | -"]),
    ("Fighters and many others retook Rawa.", ["rawa took ?Fighters and many others | - | -"]),
    (
        "Militants who fled Mosul last week took Rawa.",
        ["mosul left militants | - | 2014-06-16/2014-06-22", "rawa took militants | - | -"],
    ),
    ("Militants seeking revenge have taken Rawa.", ["rawa took militants | - | -"]),
    ("In May militants seeking revenge took Rawa.", ["rawa took militants | - | 2014-05"]),
    ("Now militants seeking revenge hold Rawa.", ["rawa holds militants | - | -"]),
    (
        "Rawa is quiet. Militants took over here on Sunday.",
        ["rawa took militants | - | 2014-06-22"],
    ),
    ("Rawa is quiet. They are in control again.", ["rawa holds ?They | - | -"]),
    ("The army once held Rawa.", []),
    ("The army last held Rawa in May.", ["rawa holds iraq | - | 2014-05"]),
    ("The army retreated from Rawa in disarray.", ["rawa left iraq | - | -"]),
    ("Rawa was quiet. The army had withdrawn in good order.", ["rawa left iraq | - | -"]),
    ("Rawa was quiet. They had withdrawn in good order.", []),
    ("Rawa was quiet. The army redeployed.", []),
    ("Rawa was deserted on Monday.", []),
    ("The army denied withdrawing from Rawa.", ["rawa denies iraq | The army | -"]),
    ("The army denied having been driven from Rawa.", ["rawa denies iraq | The army | -"]),
    ("The army denied reports of Rawa's fall.", ["rawa denies - | The army | -"]),
    ("An officer said the recapture of Rawa was a matter of days.", []),
    ("He conceded defeat in the battle for Rawa.", []),
    ("Rawa is out of government control.", ["rawa left iraq | - | -"]),
    ('Rawa is "fully in the hands" of militants.', ["rawa holds militants | - | -"]),
    ("Rawa is almost in the hands of militants.", []),
    ("Rawa is almost fully in the hands of militants.", ["rawa holds militants | - | -"]),
    (
        "The army held Rawa for days before militants took it.",
        ["rawa holds iraq | - | -", "rawa took militants | - | -"],
    ),
    ("One of them, Rawa, was taken by militants.", ["rawa took militants | - | -"]),
    ("Rawa changed hands and is now held by the army.", ["rawa holds iraq | - | -"]),
    (
        "A statement by militants that it had taken Rawa was long.",
        ["rawa took militants | A statement | -"],
    ),
]

NOT_CLAIMED = [
    "Militants could take Rawa.",
    "If militants take Rawa, the road is cut.",
    "The army vowed to retake Rawa.",
    "The army was trying to seize Rawa.",
    "The army plans to withdraw from Rawa.",
    "There are fears that Rawa will fall.",
    "Rawa nearly fell.",
    "Militants want to take Rawa before the army seizes it.",
    "Nobody knows who holds Rawa.",
    "Who took Rawa?",
    "Militants are seizing Rawa.",
    "Seizing Rawa was easy.",
    "The governor has not said that militants took Rawa.",
    "The ministry did not confirm that Rawa was captured.",
    "The hold of militants on Rawa is weak.",
    "The army began its withdrawal from Rawa.",
    "The fall of Rawa surprised the army.",
    "Officers reported a withdrawal.",
]
# What a duty editor meets every day, and was misread once.
EVERY_DAY = [
    ("There was fighting near Rawa on Sunday.", ["rawa fighting - | - | 2014-06-22"]),
    ("There has been heavy fighting in Rawa.", ["rawa fighting - | - | -"]),
    ("Rawa did not fall.", ["rawa denies - | - | -"]),
    ("Militants did not take Rawa.", ["rawa denies militants | - | -"]),
    ("The army denied having lost Rawa.", ["rawa denies iraq | The army | -"]),
    ("Rawa was cleared of militants.", ["rawa left militants | - | -"]),
    ("The army withdrew its troops from Rawa.", ["rawa left iraq | - | -"]),
    ("Rawa was calm and had been liberated.", ["rawa took - | - | -"]),
    ("The army fled and lost Rawa.", ["rawa left iraq | - | -"]),
    ("Trucks left and lost Rawa.", []),
    (
        "Rawa, Ana and the Trebil crossing, are held by militants.",
        [f"{p} holds militants | - | -" for p in ("rawa", "ana", "trebil")],
    ),
    (
        "Militants took three towns on Sunday: Rawa, Ana and Haditha.",
        [f"{p} took militants | - | 2014-06-22" for p in ("rawa", "ana", "haditha")],
    ),
    (
        "Militants took three towns, Rawa and Ana among them.",
        ["rawa took militants | - | -", "ana took militants | - | -"],
    ),
    (
        "Militants took three towns with much more ease than anybody had ever thought.",
        ["?three towns took militants | - | -"],
    ),
    (
        "Residents reached by phone said militants held Rawa.",
        ["rawa holds militants | Residents | -"],
    ),
    (
        "A guard said his commander had told him that militants held Rawa.",
        ["rawa holds militants | his commander | -"],
    ),
    (
        "The officer, who asked not to be named, told the agency that militants held Rawa.",
        ["rawa holds militants | The officer | -"],
    ),
    (
        'A colonel said Rawa had fallen. A spokesman rejected that: "We hold Rawa."',
        [
            "rawa took - | A colonel | -",
            "rawa holds ?A spokesman | A spokesman | -",
            "rawa denies - | A spokesman | -",
        ],
    ),
    (
        "Two officers said Rawa had fallen. One of them said Ana had fallen, too.",
        ["rawa took - | Two officers | -", "ana took - | One of them | -"],
    ),
    ("Border guards abandoned Trebil.", ["trebil left iraq | - | -"]),
    ("The army handed Rawa over without a fight.", ["rawa left iraq | - | -"]),
    ("The army surrendered Rawa.", ["rawa left iraq | - | -"]),
    ("The army handed Rawa a flag.", []),
    (
        "The army issued a statement on Monday saying militants had taken Rawa.",
        ["rawa took militants | The army | -"],
    ),
    ("Statements saying militants had taken Rawa came.", ["rawa took militants | - | -"]),
    (
        "Officials were still saying that militants held Rawa.",
        ["rawa holds militants | Officials | -"],
    ),
    (
        'A colonel confirmed this on Monday: "Rawa has fallen."',
        ["rawa took - | A colonel | -"],
    ),
    (
        "A colonel said that Rawa fell the night before.",
        ["rawa took - | A colonel | 2014-06-22/2014-06-23"],
    ),
    ("The rebels were in Rawa when the army left without fighting.", ["rawa left iraq | - | -"]),
]


@pytest.mark.parametrize(("text", "lines"), [*TAKEN, *HELD, *LEFT, *FIGHTING, *EVERY_DAY, *WIRE])
def test_a_sentence_is_read(text: str, lines: list[str]) -> None:
    assert [in_short(d) for d in read(text)] == lines


@pytest.mark.parametrize("text", NOT_CLAIMED)
def test_what_is_only_wished_feared_or_asked_is_no_claim(text: str) -> None:
    assert read(text) == []
