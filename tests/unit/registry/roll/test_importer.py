"""The town's file: every row good, or nothing written and every bad row told."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from ippyo.errors import InputError
from ippyo.registry.roll.columns import read_mapping
from ippyo.registry.roll.importer import ImportReport, import_roll
from ippyo.registry.roll.models import RollImport, Voter
from ippyo.registry.roll.rows import Reason

HEADER = "名簿番号,氏名,カナ,住所,性別,生年月日,投票区,対象区分"
HANAKO = "1,山田　花子,ヤマダ　ハナコ,東京都清瀬市中里五丁目842番地,女,昭和55年1月2日,第1,全市"
TARO = "2,髙﨑　太郎,タカサキ　タロウ,清瀬市中里5-843,男,1979/12/31,第1,whole-city"
STYLES = {"whole-city": "whole-city", "全市": "whole-city", "ward-2": "ward-2"}

pytestmark = pytest.mark.django_db

Run = Callable[..., ImportReport]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def go(
        *lines: str, encoding: str = "utf-8", told: str = "auto", newline: str = "\n", **options: object
    ) -> ImportReport:
        file = tmp_path / "roll.csv"
        file.write_bytes(newline.join([*lines, ""]).encode(encoding))
        options.setdefault("today", date(2026, 11, 22))
        return import_roll(file, STYLES, "clerk", encoding=told, **options)  # type: ignore[arg-type]

    return go


@pytest.mark.parametrize(
    ("encoding", "told", "newline"),
    [
        ("utf-8", "auto", "\n"),
        ("utf-8-sig", "auto", "\r\n"),
        ("utf-8-sig", "utf-8", "\r\n"),
        ("cp932", "auto", "\r\n"),
        ("cp932", "cp932", "\n"),
    ],
)
def test_a_good_file(run: Run, encoding: str, told: str, newline: str) -> None:
    report = run(HEADER, HANAKO, "", TARO, encoding=encoding, told=told, newline=newline)
    assert (report.rows, report.problems, report.written) == (2, (), True)
    hanako, taro = Voter.objects.order_by("number")
    assert (hanako.name, hanako.sex, hanako.birth_key, hanako.style) == (
        "山田　花子",
        "female",
        "19800102",
        "whole-city",
    )
    assert (hanako.name_key, hanako.address_key) == ("山田花子", "清瀬市中里5-842")
    assert (taro.name, taro.name_key) == ("髙﨑　太郎", "高崎太郎")
    record = RollImport.objects.get()
    text = newline.join([HEADER, HANAKO, "", TARO, ""])
    assert (record.by, record.rows) == ("clerk", 2)
    assert record.file_sha256 == hashlib.sha256(text.encode(encoding)).hexdigest()


def test_a_dry_run_writes_nothing(run: Run) -> None:
    report = run(HEADER, HANAKO, dry_run=True)
    assert (report.rows, report.problems, report.written) == (1, (), False)
    assert not Voter.objects.exists()
    assert not RollImport.objects.exists()


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        ("3,,カナ,中里1,男,1980-01-02,1,全市", "name", Reason.MISSING),
        ("3,　,カナ,中里1,男,1980-01-02,1,全市", "name", Reason.MISSING),
        ("3,佐藤,カナ,,男,1980-01-02,1,全市", "address", Reason.MISSING),
        ("3,佐藤,カナ,中里1,男,,1,全市", "born", Reason.MISSING),
        ("3,佐藤,カナ,中里1,男,1980-01-02,1,", "style", Reason.MISSING),
        ("3,佐藤,カナ,中里1,男,1980-02-30,1,全市", "born", Reason.BAD_DATE),
        ("3,佐藤,カナ,中里1,男,2027-01-01,1,全市", "born", Reason.BAD_DATE),
        ("3,佐藤,カナ,中里1,雄,1980-01-02,1,全市", "sex", Reason.BAD_SEX),
        ("3,佐藤,カナ,中里1,男,1980-01-02,1,隣町", "style", Reason.UNKNOWN_STYLE),
        ("3,佐藤,カナ,中里1", "", Reason.COLUMNS),
        (f"3,{'佐' * 201},カナ,中里1,男,1980-01-02,1,全市", "name", Reason.TOO_LONG),
        (f"3,佐藤,カナ,{'中' * 401},男,1980-01-02,1,全市", "address", Reason.TOO_LONG),
        (f"{'3' * 41},佐藤,カナ,中里1,男,1980-01-02,1,全市", "number", Reason.TOO_LONG),
        (f"3,{'ﷺ' * 30},カナ,中里1,男,1980-01-02,1,全市", "name", Reason.TOO_LONG),
        ("3,佐藤\x07,カナ,中里1,男,1980-01-02,1,全市", "name", Reason.CONTROL),
        ("1,佐藤,カナ,中里1,男,1980-01-02,1,全市", "number", Reason.DUPLICATE_NUMBER),
        ("3,山田花子,カナ,清瀬市中里5－842,女,1980-01-02,1,全市", "", Reason.DUPLICATE_PERSON),
    ],
)
def test_each_bad_row_is_told_and_nothing_is_written(run: Run, row: str, column: str, reason: Reason) -> None:
    report = run(HEADER, HANAKO, row, TARO)
    assert [(problem.line, problem.column, problem.reason) for problem in report.problems] == [(3, column, reason)]
    assert report.rows == 3
    assert not report.written
    assert not Voter.objects.exists()
    assert not RollImport.objects.exists()


def test_every_bad_row_is_told(run: Run) -> None:
    bad = "3,,カナ,中里1,雄,1980-02-30,1,隣町"
    report = run(HEADER, bad, '4,"佐\n藤",カナ,中里1,男,1980-01-02,1,全市', bad)
    assert [problem.line for problem in report.problems] == [2, 2, 2, 2, 3, 5, 5, 5, 5]


def test_problems_hold_personal_data_only_where_asked(run: Run) -> None:
    report = run(HEADER, "3,佐藤,カナ,中里1,男,1980-02-30,1,全市")
    assert report.problems[0].value == "1980-02-30"
    assert "1980" not in repr(report)


def test_duplicates_of_earlier_imports(run: Run) -> None:
    assert run(HEADER, HANAKO).written
    report = run(HEADER, TARO, HANAKO)
    assert [(problem.reason, problem.other) for problem in report.problems] == [
        (Reason.DUPLICATE_NUMBER, None),
        (Reason.DUPLICATE_PERSON, None),
    ]
    assert run(HEADER, TARO).written
    assert Voter.objects.count() == 2


def test_one_name_and_birth_twice_is_for_the_clerk(run: Run) -> None:
    moved = "3,山田花子,カナ,清瀬市元町1-1,女,1980-01-02,1,全市"
    report = run(HEADER, HANAKO, moved)
    assert [(problem.line, problem.reason, problem.other) for problem in report.problems] == [(3, Reason.NAMESAKE, 2)]
    assert run(HEADER, HANAKO).written
    assert [(problem.reason, problem.other) for problem in run(HEADER, moved).problems] == [(Reason.NAMESAKE, None)]
    assert run(HEADER, moved, namesakes=True).written
    assert Voter.objects.count() == 2


def test_twins_are_two_persons(run: Run) -> None:
    twin = HANAKO.replace("1,山田　花子", "3,山田　桜子")
    assert run(HEADER, HANAKO, twin).written


def test_groups_are_read_where_registry_toml_has_any(run: Run) -> None:
    header, groups = f"{HEADER},申請区分", {"away": "away", "市外にいる方": "away"}
    unknown = run(header, f"{HANAKO},入院中", groups=groups)
    assert [(problem.column, problem.reason) for problem in unknown.problems] == [("group", Reason.UNKNOWN_GROUP)]
    assert run(header, f"{HANAKO},市外にいる方", f"{TARO},", groups=groups).written
    assert list(Voter.objects.order_by("number").values_list("group", flat=True)) == ["away", ""]


def test_without_groups_the_column_is_not_kept(run: Run) -> None:
    assert run(f"{HEADER},申請区分", f"{HANAKO},入院中").written
    assert Voter.objects.get().group == ""


def test_other_headings_and_order(run: Run) -> None:
    report = run("birth date,選挙人,Address,区分", "1980-01-02,佐藤,中里1,ward-2", mapping={"name": "選挙人"})
    assert report.written
    voter = Voter.objects.get()
    assert (voter.name, voter.sex, voter.style, voter.number) == ("佐藤", "unknown", "ward-2", None)


def test_a_poll_of_one_style_needs_no_column(tmp_path: Path) -> None:
    file = tmp_path / "roll.csv"
    file.write_text("氏名,住所,生年月日\n佐藤,中里1,1980-01-02\n", encoding="utf-8")
    assert import_roll(file, {"all": "all", "全員": "all"}, "clerk").written
    assert Voter.objects.get().style == "all"


@pytest.mark.parametrize(
    ("lines", "mapping"),
    [
        ((), {}),
        (("氏名,住所,対象区分",), {}),
        (("氏名,住所,生年月日",), {}),
        (("氏名,名前,住所,生年月日,対象区分",), {}),
        (("氏名,住所,生年月日,対象区分",), {"name": "選挙人"}),
        (("氏名,住所,生年月日,対象区分",), {"shoe-size": "氏名"}),
        ((HEADER, '3,"佐藤,カナ,中里1'), {}),
        ((HEADER, "3," + "佐" * 20_000), {}),
    ],
)
def test_a_file_that_cannot_be_read(run: Run, lines: tuple[str, ...], mapping: dict[str, str]) -> None:
    with pytest.raises(InputError):
        run(*lines, mapping=mapping)
    assert not Voter.objects.exists()


@pytest.mark.parametrize(("encoding", "told"), [("utf-16", "auto"), ("cp932", "utf-8"), ("utf-8", "latin-1")])
def test_an_encoding_that_does_not_fit(run: Run, encoding: str, told: str) -> None:
    with pytest.raises(InputError):
        run(HEADER, HANAKO, encoding=encoding, told=told)


def test_bytes_that_are_no_text_name_the_line(tmp_path: Path) -> None:
    file = tmp_path / "roll.csv"
    file.write_bytes(f"{HEADER}\n".encode("cp932") + b"1,\x81\x20\n")
    with pytest.raises(InputError, match="line 2 "):
        import_roll(file, STYLES, "clerk")


@pytest.mark.parametrize("by", ["", "x" * 151])
def test_somebody_must_answer_for_the_import(tmp_path: Path, by: str) -> None:
    with pytest.raises(InputError):
        import_roll(tmp_path / "roll.csv", STYLES, by)


def test_a_mapping_file(tmp_path: Path) -> None:
    file = tmp_path / "columns.toml"
    file.write_text('name = "選挙人"\n', encoding="utf-8")
    assert read_mapping(file) == {"name": "選挙人"}


@pytest.mark.parametrize("content", [b"name = 1", b"name", b"\xff", b'name = ["x"]'])
def test_a_bad_mapping_file(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "columns.toml"
    file.write_bytes(content)
    with pytest.raises(InputError):
        read_mapping(file)
