"""An invented town and its roll of voters (名簿): who is eligible, in the columns that offices use.

Nothing here is secret and nothing here is real. The names are drawn with a seed, so that the same number of voters
gives the same town.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Resident", "make_roll", "roll_csv"]

TOWN = "星風市"
DISTRICTS = ("川原町", "桜台", "松風", "みなと")
SURNAMES = (
    *(("佐藤", "サトウ"), ("鈴木", "スズキ"), ("高橋", "タカハシ"), ("田中", "タナカ"), ("渡辺", "ワタナベ")),
    *(("伊藤", "イトウ"), ("山本", "ヤマモト"), ("中村", "ナカムラ"), ("小林", "コバヤシ"), ("加藤", "カトウ")),
    *(("吉田", "ヨシダ"), ("山田", "ヤマダ"), ("松本", "マツモト"), ("井上", "イノウエ"), ("木村", "キムラ")),
)
GIVEN_NAMES = (
    *(("翔太", "ショウタ", "男"), ("健一", "ケンイチ", "男"), ("誠", "マコト", "男"), ("大輔", "ダイスケ", "男")),
    *(("陽菜", "ハルナ", "女"), ("美咲", "ミサキ", "女"), ("恵子", "ケイコ", "女"), ("和子", "カズコ", "女")),
    *(("葵", "アオイ", "女"), ("直樹", "ナオキ", "男"), ("由美", "ユミ", "女"), ("隆", "タカシ", "男")),
)
COLUMNS = ("名簿番号", "氏名", "カナ", "住所", "性別", "生年月日", "投票区", "対象区分")


@dataclass(frozen=True, slots=True)
class Resident:
    """One line of the roll. ``style`` is the ballot style (対象区分) the resident belongs to."""

    name: str
    kana: str
    address: str
    sex: str
    born: str
    district: str
    style: str


def make_roll(size: int, styles: Sequence[str]) -> list[Resident]:
    """Invent ``size`` residents of 16 and older, spread over the districts and the ballot styles.

    No two share name and date of birth: a registry leaves such people to the support desk.
    """
    draw = random.Random(f"ippyo demo roll {size}")
    roll = []
    taken = set()
    for number in range(size):
        surname, surname_kana = draw.choice(SURNAMES)
        given, given_kana, sex = draw.choice(GIVEN_NAMES)
        district = DISTRICTS[number % len(DISTRICTS)]
        address = f"{TOWN}{district}{draw.randint(1, 5)}丁目{draw.randint(1, 40)}番{draw.randint(1, 20)}号"
        born = _birthday(draw)
        while (surname, given, born) in taken:
            born = _birthday(draw)
        taken.add((surname, given, born))
        resident = Resident(
            name=f"{surname} {given}",
            kana=f"{surname_kana} {given_kana}",
            address=address,
            sex=sex,
            born=born,
            district=district,
            style=styles[number % len(styles)],
        )
        roll.append(resident)
    return roll


def _birthday(draw: random.Random) -> str:
    return f"{draw.randint(1930, 2005):04}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"


def roll_csv(roll: Sequence[Resident]) -> str:
    """Return the roll as CSV text (UTF-8, one header line). A resident's number on the roll counts from 1."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, person in enumerate(roll, start=1):
        row = (person.name, person.kana, person.address, person.sex, person.born, person.district, person.style)
        writer.writerow((number, *row))
    return out.getvalue()
