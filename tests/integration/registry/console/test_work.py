"""What staff do: finding, two persons for the roll, codes and passkeys, unclear cards, the log, accounts."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import QuerySet

from ippyo.errors import InputError, RefusedError
from ippyo.ledger.engine import LedgerStoppedError
from ippyo.poll.text import Text
from ippyo.registry.codes.models import RegistrationCode
from ippyo.registry.codes.service import make
from ippyo.registry.console import proposals as two_persons
from ippyo.registry.console.models import AccessEntry, HourCount, Proposal
from ippyo.registry.console.people import MOST
from ippyo.registry.issuance.checks import check_signed_request
from ippyo.registry.issuance.models import Issuance, UnclearCase
from ippyo.registry.issuance.service import issue, withdraw
from ippyo.registry.registration.models import Passkey, Visit
from ippyo.registry.roll.groups import ApplicantGroup
from ippyo.registry.roll.models import RollChange, Voter
from ippyo.registry.site.office import office, use

CLERK, SUPPORT, AUDITOR, ADMIN = "roll-clerk", "support-desk", "auditor", "administrator"
BORN = "昭和55年1月31日"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def find(client: Any, who: str, **told: str) -> Any:
    return client.post("/console/people", {"name": who, "born": BORN, "reason": "電話 12 番"} | told)


def opened(client: Any, person: Any) -> str:
    """Find a person, and return the address of the page."""
    assert person.voter.name in find(client, person.voter.name).content.decode()
    return f"/console/people/{person.voter.pk}"


def newest() -> int:
    proposal = Proposal.objects.first()
    assert proposal is not None
    return proposal.pk


def last() -> AccessEntry:
    entry = AccessEntry.objects.last()
    assert entry is not None
    return entry


def ticket(person: Any, maker: Any) -> None:
    here = office()
    issue(here, check_signed_request(here, maker.signed(person), maker.now))


# --- finding ---


def test_two_data_and_a_reason(console_client: Any, console_desk: Any) -> None:
    taro = console_desk.person("山田太郎")
    client = console_client("hanako", SUPPORT)
    for wrong in ({"born": ""}, {"reason": ""}, {"born": "1980-13-01"}, {"name": ""}):
        page = find(client, "山田太郎", **wrong).content.decode()
        assert 'role="alert"' in page
        assert f"/console/people/{taro.voter.pk}" not in page
    assert not AccessEntry.objects.filter(act="search").exists()
    for nobody in ("鈴木", "　 ・"):
        assert "見つかった人：0人" in find(client, nobody).content.decode()
    assert client.get(f"/console/people/{taro.voter.pk}").status_code == 404
    address = opened(client, taro)
    assert client.get(address).status_code == 200
    entry = last()
    assert (entry.by, entry.act, entry.voter, entry.reason) == ("hanako", "look", taro.voter.pk, "電話 12 番")
    # Somebody else has not found him.
    assert console_client("jiro", SUPPORT).get(address).status_code == 404


def test_too_many(console_client: Any, console_desk: Any) -> None:
    for number in range(11):
        Voter.objects.create(name=f"山{number}", name_key=f"山{number}", birth_key="19800131", sex="male", style="all")
    page = find(console_client("hanako", SUPPORT), "山").content.decode()
    assert "10人を超えて" in page


def test_the_support_desk_does_not_see_what_only_clerks_need(console_client: Any, console_desk: Any) -> None:
    taro = console_desk.person("山田太郎")
    Voter.objects.filter(pk=taro.voter.pk).update(district="第九投票区")
    for role, sees in ((SUPPORT, False), (CLERK, True)):
        client = console_client(role.replace("-", ""), role)
        page = client.get(opened(client, taro)).content.decode()
        assert ("第九投票区" in page) == sees


# --- two persons ---


def test_a_right_ends_when_a_second_clerk_confirms(console_client: Any, console_desk: Any) -> None:
    taro = console_desk.person("山田太郎")
    hanako, jiro = console_client("hanako", CLERK), console_client("jiro", CLERK)
    address = opened(hanako, taro)
    hanako.post(f"{address}/end", {"kind": "moved", "on": "2026-11-20", "reason": "転出届"})
    taro.voter.refresh_from_db()
    assert taro.voter.status == "entitled"
    proposal = Proposal.objects.get()
    decide = f"/console/proposals/{proposal.pk}"
    refused = hanako.post(decide, {"decision": "confirm"})
    assert refused.status_code == 409
    assert "自分の起案" in refused.content.decode()
    assert console_client("saburo", SUPPORT).post(decide, {"decision": "confirm"}).status_code == 404
    assert jiro.post(decide, {"decision": "perhaps"}).status_code == 409
    assert hanako.post(f"{address}/end", {"kind": "died", "on": "2026-11-20", "reason": "x"}).status_code == 409
    assert "転出届" in jiro.get("/console/proposals").content.decode()
    assert jiro.post(decide, {"decision": "confirm"}).status_code == 302
    taro.voter.refresh_from_db()
    assert taro.voter.status == "moved"
    assert RollChange.objects.get().by == "hanako + jiro"
    assert (last().by, last().act, last().voter) == ("jiro", "confirm-end", taro.voter.pk)
    assert jiro.post(decide, {"decision": "confirm"}).status_code == 409
    assert hanako.post(f"{address}/end", {"kind": "died", "on": "2026-11-20", "reason": "x"}).status_code == 409
    assert hanako.post(f"{address}/restore", {"reason": "誤り"}).status_code == 302
    jiro.post(f"/console/proposals/{newest()}", {"decision": "confirm"})
    taro.voter.refresh_from_db()
    assert taro.voter.status == "entitled"
    assert hanako.post(f"{address}/restore", {"reason": "誤り"}).status_code == 409


def entry_of(name: str, **other: str) -> dict[str, str]:
    told = {"name": name, "born": BORN, "sex": "female", "address": "中里1", "style": "all", "reason": "漏れ"}
    return told | other


def test_adding_and_correcting(console_client: Any, console_desk: Any) -> None:
    hanako, jiro = console_client("hanako", CLERK), console_client("jiro", CLERK)
    assert hanako.post("/console/people/add", entry_of("鈴木", born="1980-02-31")).status_code == 200
    assert hanako.post("/console/people/add", entry_of("鈴\x07木")).status_code == 200
    assert not Proposal.objects.exists()
    hanako.post("/console/people/add", entry_of("鈴木"))
    assert not Voter.objects.exists()
    jiro.post(f"/console/proposals/{newest()}", {"decision": "confirm"})
    voter = Voter.objects.get()
    assert find(hanako, "鈴木").status_code == 200
    assert "鈴木" in hanako.get(f"/console/people/{voter.pk}/change").content.decode()
    hanako.post(f"/console/people/{voter.pk}/change", entry_of("佐藤", reason="婚姻"))
    page = jiro.get("/console/proposals").content.decode()
    assert "佐藤" in page
    jiro.post(f"/console/proposals/{newest()}", {"decision": "refuse"})
    voter.refresh_from_db()
    assert voter.name == "鈴木"
    assert last().act == "refuse-change"
    hanako.post(f"/console/people/{voter.pk}/change", entry_of("佐藤", reason="婚姻"))
    jiro.post(f"/console/proposals/{newest()}", {"decision": "confirm"})
    voter.refresh_from_db()
    assert voter.name_key == "佐藤"


def test_who_confirms_sees_all_that_changes_and_nothing_else(console_client: Any, console_desk: Any) -> None:
    taro = console_desk.person("山田太郎")
    hanako, jiro = console_client("hanako", CLERK), console_client("jiro", CLERK)
    address = opened(hanako, taro)
    same = {"name": "山田太郎", "born": BORN, "address": taro.basic.address, "style": "all", "reason": "誤記"}
    hanako.post(f"{address}/change", same | {"sex": "unknown", "district": "第九投票区", "kana": "ヤマダ タロウ"})
    page = jiro.get("/console/proposals").content.decode()
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    rows = re.findall('<tr><th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td></tr>', body)
    assert rows == [("カナ", "–", "ヤマダ タロウ"), ("性別", "女", "不明"), ("投票区", "–", "第九投票区")]


def test_home_says_what_waits_for_whom(console_client: Any, console_desk: Any) -> None:
    taro = console_desk.person("山田太郎")
    hanako, jiro = console_client("hanako", CLERK), console_client("jiro", CLERK)
    support = console_client("saburo", SUPPORT)
    hanako.post(f"{opened(hanako, taro)}/end", {"kind": "moved", "on": "2026-11-20", "reason": "転出届"})
    unclear(1)
    shown = [client.get("/console/").content.decode() for client in (hanako, jiro, support)]
    assert ["あなたの確認を待つもの：1件" in page for page in shown] == [False, True, False]
    assert ["決まっていないもの：1件" in page for page in shown] == [False, False, True]


def test_a_form_says_whom_it_is_about(console_client: Any, console_desk: Any) -> None:
    taro = console_desk.person("山田太郎")
    hanako = console_client("hanako", CLERK)
    address = opened(hanako, taro)
    for act in ("change", "end"):
        page = hanako.get(f"{address}/{act}").content.decode()
        assert f'<p class="lead">山田太郎 / {taro.basic.address} / 1980-01-31</p>' in page
        assert (last().act, last().voter) == ("look", taro.voter.pk)


def test_another_person_of_the_same_name_and_birth(console_client: Any, console_desk: Any) -> None:
    console_desk.person("山田太郎")
    hanako, jiro = console_client("hanako", CLERK), console_client("jiro", CLERK)
    entry = entry_of("山田太郎", address="東京都千代田区永田町一丁目7番1号")
    assert "書類で確かめ、その印を付けてください" in hanako.post("/console/people/add", entry).content.decode()
    assert not Proposal.objects.exists()
    assert hanako.post("/console/people/add", entry | {"namesake": "on"}).status_code == 302
    assert "別の人（書類で確認）" in jiro.get("/console/proposals").content.decode()
    jiro.post(f"/console/proposals/{newest()}", {"decision": "confirm"})
    assert Voter.objects.count() == 2
    # Where neither address nor sex could show whose a card is, saying so does not help.
    config = console_desk.config(match=("name", "birth", "sex"))
    with use(console_desk.office(config=config)):
        third = entry | {"address": "東京都千代田区霞が関三丁目1番1号", "namesake": "on"}
        assert "見分けられない" in hanako.post("/console/people/add", third).content.decode()
        proposal = Proposal.objects.create(
            kind="add", content=Proposal.objects.get().content | {"address": third["address"]}, by="hanako", at=NOW
        )
        assert jiro.post(f"/console/proposals/{proposal.pk}", {"decision": "confirm"}).status_code == 409
    assert Voter.objects.count() == 2


def test_a_group_is_noted_when_its_evidence_was_seen(console_client: Any, console_desk: Any) -> None:
    taro = console_desk.person("山田太郎")
    hanako, jiro = console_client("hanako", CLERK), console_client("jiro", CLERK)
    group = ApplicantGroup(
        "disabled", Text("障害のある方", "disabled people"), Text("身体障害者手帳", "certificate"), 0
    )
    with use(console_desk.office(config=console_desk.config(groups=(group,)))):
        address = opened(hanako, taro)
        assert "身体障害者手帳" in hanako.get(f"{address}/change").content.decode()
        entry = entry_of("山田太郎", address=taro.basic.address, reason="手帳の写し")
        hanako.post(f"{address}/change", entry | {"group": "disabled"})
        assert "障害のある方" in jiro.get("/console/proposals").content.decode()
        jiro.post(f"/console/proposals/{newest()}", {"decision": "confirm"})
        assert "障害のある方" in hanako.get(address).content.decode()
    assert Voter.objects.get().group == "disabled"
    assert RollChange.objects.get().before == {"group": ""}


def test_the_style_stays_once_the_ticket_is_out(console_client: Any, console_desk: Any) -> None:
    taro = console_desk.person("山田太郎")
    ticket(taro, console_desk)
    other = next(style for style in console_desk.small.poll.ticket_keys if style != "all")
    hanako, jiro = console_client("hanako", CLERK), console_client("jiro", CLERK)
    hanako.post(f"{opened(hanako, taro)}/change", entry_of("山田太郎", style=other))
    answer = jiro.post(f"/console/proposals/{Proposal.objects.get().pk}", {"decision": "confirm"})
    assert answer.status_code == 409
    assert "対象区分はもう変えられません" in answer.content.decode()
    assert Proposal.objects.get().state == "open"


def test_a_ticket_asked_for_while_a_second_clerk_confirms_keeps_its_style(
    console_client: Any, console_desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    taro = console_desk.person("山田太郎")
    other = next(style for style in console_desk.small.poll.ticket_keys if style != "all")
    hanako, jiro = console_client("hanako", CLERK), console_client("jiro", CLERK)
    hanako.post(f"{opened(hanako, taro)}/change", entry_of("山田太郎", style=other))
    lock = QuerySet.select_for_update

    def wait_for_who_holds_it(rows: Any) -> Any:
        if rows.model is Voter:
            monkeypatch.setattr(QuerySet, "select_for_update", lock)
            ticket(taro, console_desk)
        return lock(rows)

    monkeypatch.setattr(QuerySet, "select_for_update", wait_for_who_holds_it)
    assert jiro.post(f"/console/proposals/{newest()}", {"decision": "confirm"}).status_code == 409
    taro.voter.refresh_from_db()
    assert taro.voter.style == "all"


# --- the support desk ---


def test_a_new_letter(console_client: Any, console_desk: Any) -> None:
    taro = console_desk.person("山田太郎")
    next(make([taro.voter], "test"))
    client = console_client("hanako", SUPPORT)
    address = opened(client, taro)
    assert client.post(f"{address}/code", {"reason": " "}).status_code == 409
    letter = client.post(f"{address}/code", {"reason": "届かない"})
    assert letter["Content-Type"] == "application/pdf"
    assert letter.content.startswith(b"%PDF")
    assert "no-store" in letter["Cache-Control"]
    assert sorted(RegistrationCode.objects.values_list("state", flat=True)) == ["made", "replaced"]
    assert (last().act, last().voter, last().reason) == ("replace-code", taro.voter.pk, "届かない")


def test_no_new_letter_once_the_ticket_is_out(console_client: Any, console_desk: Any) -> None:
    taro = console_desk.person("山田太郎")
    ticket(taro, console_desk)
    client = console_client("hanako", SUPPORT)
    address = opened(client, taro)
    page = client.get(address).content.decode()
    assert "投票券を渡したあとは、コードを替えられません" in page
    refused = client.post(f"{address}/code", {"reason": "なくした"})
    assert refused.status_code == 409
    assert "別の投票券は渡せません" in refused.content.decode()
    assert not RegistrationCode.objects.exists()


def test_what_is_under_way_can_be_withdrawn(console_client: Any, console_desk: Any) -> None:
    taro = console_desk.person("山田太郎")
    console_desk.ledger.failure = LedgerStoppedError("down")
    with pytest.raises(RefusedError, match="ledger-unavailable"):
        ticket(taro, console_desk)
    console_desk.ledger.failure = None
    visit = {"began": 0, "expires_at": NOW, "voter": taro.voter}
    Visit.objects.create(nonce=bytes(32), **visit)
    done = Visit.objects.create(nonce=b"1" * 32, answer="{}", **visit)
    client = console_client("hanako", SUPPORT)
    address = opened(client, taro)
    assert "申請中" in client.get(address).content.decode()
    assert client.post(f"{address}/code", {"reason": "x"}).status_code == 409
    assert client.post(f"{address}/withdraw", {"reason": " "}).status_code == 409
    assert client.post(f"{address}/withdraw", {"reason": "端末の故障"}).status_code == 302
    assert list(Visit.objects.all()) == [done]
    assert (last().act, last().voter, last().reason) == ("withdraw", taro.voter.pk, "端末の故障")
    ticket(taro, console_desk)
    refused = client.post(f"{address}/withdraw", {"reason": "なくした"})
    assert refused.status_code == 409
    assert "取り消せません" in refused.content.decode()


def test_forgetting_a_passkey(console_client: Any, console_desk: Any) -> None:
    taro = console_desk.person("山田太郎")
    Passkey.objects.create(voter=taro.voter, credential_id=b"1", public_key=b"2")
    client = console_client("hanako", SUPPORT)
    address = opened(client, taro)
    assert client.post(f"{address}/passkey", {"reason": ""}).status_code == 409
    assert client.post(f"{address}/passkey", {"reason": "機種変更"}).status_code == 302
    assert not Passkey.objects.exists()
    assert client.post(f"{address}/passkey", {"reason": "機種変更"}).status_code == 409


def test_an_unclear_card_is_matched_by_two(console_client: Any, console_desk: Any) -> None:
    maker = console_desk
    taro = maker.person("山田太郎", address="東京都千代田区霞が関二丁目1番2号")
    # Another of the same data makes the card unclear.
    twin = Voter.objects.get(pk=taro.voter.pk)
    twin.pk = None
    twin.save()
    here = office()
    with pytest.raises(RefusedError, match="ambiguous"):
        check_signed_request(here, maker.signed(taro), maker.now)
    with pytest.raises(RefusedError, match="ambiguous"):
        check_signed_request(here, maker.signed(taro), maker.now)
    case = UnclearCase.objects.get()
    hanako, saburo = console_client("hanako", SUPPORT), console_client("saburo", SUPPORT)
    assert "山田太郎" in hanako.get("/console/cases").content.decode()
    address = f"/console/cases/{case.pk}"
    assert hanako.get(address).status_code == 200
    assert set(AccessEntry.objects.filter(act="look").values_list("voter", flat=True)) == {taro.voter.pk, twin.pk}
    assert "一人を選んで" in hanako.post(address, {"reason": "住民票", "voter": "0"}).content.decode()
    assert hanako.post(address, {"reason": "", "voter": twin.pk}).status_code == 200
    hanako.post(address, {"reason": "住民票の写し", "voter": twin.pk})
    with pytest.raises(RefusedError, match="ambiguous"):
        check_signed_request(here, maker.signed(taro), maker.now)
    decide = f"/console/proposals/{Proposal.objects.get().pk}"
    assert hanako.post(decide, {"decision": "confirm"}).status_code == 409
    assert saburo.post(decide, {"decision": "confirm"}).status_code == 302
    assert check_signed_request(here, maker.signed(taro), maker.now).voter == twin.pk
    assert hanako.get(address).status_code == 404


def unclear(number: int, **told: str) -> UnclearCase:
    card = {"name": "山田太郎", "address": "中里1", "sex": "male", "birth_key": "19800131"} | told
    return UnclearCase.objects.create(certificate=f"{number:064}", hour=NOW, **card)


def test_no_unclear_card_is_kept_from_sight_by_those_before_it(console_client: Any, console_desk: Any) -> None:
    for number in range(51):
        unclear(number)
    last_one = unclear(51, name="鈴木花子")
    client = console_client("hanako", SUPPORT)
    first, second = (client.get(f"/console/cases?page={page}").content.decode() for page in (1, 2))
    assert "鈴木花子" not in first
    assert 'href="?page=2"' in first
    assert f"/console/cases/{last_one.pk}" in second
    assert (last().act, last().reason) == ("look-at-cases", "page 2")


def test_who_is_likeliest_is_shown_among_the_many_of_one_birthday(console_client: Any, console_desk: Any) -> None:
    def resident(name: str, address: str, birth_key: str) -> Voter:
        return Voter.objects.create(
            name=name, name_key=name, address=address, address_key=address, birth_key=birth_key, sex="male", style="all"
        )

    for number in range(20):
        resident(f"青木{number}", f"中里{number}", "19800131")
        resident("髙橋太郎", f"川原{number}", f"1970010{number % 9 + 1}")
    other_sign = resident("鷺橋太郎", "中里7-1", "19800131")
    unknown_birth = resident("高橋太郎", "中里7-1", "00000000")
    case = unclear(1, name="高橋太郎", address="中里7-1")
    page = console_client("hanako", SUPPORT).get(f"/console/cases/{case.pk}").content.decode()
    assert page.count('name="voter"') == MOST
    assert all(f'value="{voter.pk}"' in page for voter in (other_sign, unknown_birth))


def test_a_request_hinders_another_card_until_it_is_withdrawn(console_desk: Any) -> None:
    taro = console_desk.person("山田太郎")
    console_desk.ledger.failure = LedgerStoppedError("down")
    with pytest.raises(RefusedError, match="ledger-unavailable"):
        ticket(taro, console_desk)
    case = unclear(1)
    proposal = two_persons.propose(Proposal.Kind.MATCH, "hanako", "住民票", {}, voter=taro.voter, case=case)
    with pytest.raises(InputError, match="by another card"):
        two_persons.confirm(proposal.pk, "saburo")
    assert withdraw(taro.voter)
    two_persons.confirm(proposal.pk, "saburo")
    case.refresh_from_db()
    assert case.voter == taro.voter


# --- the auditor ---


def test_the_log_and_its_digest(console_client: Any, console_desk: Any) -> None:
    client = console_client("hanako", AUDITOR)
    page = client.get("/console/log").content.decode()
    export = client.post("/console/log/export", {"last": str(last().number)})
    assert hashlib.sha256(export.content).hexdigest() in page
    lines = [json.loads(line) for line in export.content.decode().splitlines()]
    assert [line["number"] for line in lines] == list(range(1, len(lines) + 1))
    AccessEntry.objects.filter(number=1).update(by="somebody else")
    assert "1 番で切れています" in client.get("/console/log").content.decode()


def test_the_log_says_in_words_what_was_done(console_client: Any, console_desk: Any) -> None:
    taro = console_desk.person("山田太郎")
    hanako = console_client("hanako", CLERK)
    hanako.post(f"{opened(hanako, taro)}/end", {"kind": "moved", "on": "2026-11-20", "reason": "転出届"})
    page = console_client("kansa", AUDITOR).get("/console/log").content.decode()
    assert "起案：資格の喪失 <code>propose-end</code>" in page
    assert "人を探した <code>search</code>" in page


def test_the_issuance_log_checks_the_cards_signatures(console_client: Any, console_desk: Any) -> None:
    taro, hanako = console_desk.person("山田太郎"), console_desk.person("山田花子")
    ticket(taro, console_desk)
    ticket(hanako, console_desk)
    client = console_client("kansa", AUDITOR)
    page = client.get("/console/issuance").content.decode()
    assert page.count("正しい") - page.count("正しくない") == 2
    assert "山田" not in page
    row = Issuance.objects.get(voter=taro.voter)
    row.request = Issuance.objects.get(voter=hanako.voter).request
    row.save()
    assert client.get("/console/issuance").content.decode().count("正しくない") == 1
    export = client.post("/console/issuance/export")
    assert len(export.content.splitlines()) == 2
    assert last().act == "export-issuance"


def test_a_certificate_of_the_same_hour_holds(console_client: Any, console_desk: Any) -> None:
    maker = console_desk
    maker.clock.at = (maker.now + timedelta(hours=1)).replace(minute=40)
    ticket(maker.person("山田太郎", card_at=maker.now - timedelta(minutes=20)), maker)
    page = console_client("kansa", AUDITOR).get("/console/issuance").content.decode()
    assert "正しい" in page
    assert "正しくない" not in page
    # An hour later it had not been issued yet.
    Issuance.objects.update(hour=maker.now.replace(minute=0) - timedelta(hours=1))
    assert "正しくない" in console_client("kansa2", AUDITOR).get("/console/issuance").content.decode()


def test_figures_count_and_name_nobody(console_client: Any, console_desk: Any) -> None:
    taro = console_desk.person("山田太郎")
    ticket(taro, console_desk)
    client = console_client("kansa", AUDITOR)
    client.post("/api/request", "{}", content_type="application/json")
    assert list(HourCount.objects.values_list("what", "outcome", "count")) == [("card", "malformed", 1)]
    page = client.get("/console/figures").content.decode()
    assert "<rect" in page
    assert "山田" not in page


# --- the administrator ---


def test_accounts(console_client: Any, console_desk: Any) -> None:
    client = console_client("kanri", ADMIN)
    both = {"name": "hanako", "roles": [CLERK, ADMIN]}
    assert "兼ねられません" in client.post("/console/staff/add", both).content.decode()
    made = client.post("/console/staff/add", {"name": "hanako", "roles": [CLERK, SUPPORT]})
    assert "no-store" in made["Cache-Control"]
    assert "hanako" in client.get("/console/staff").content.decode()
    assert "同じ名前" in client.post("/console/staff/add", {"name": "Hanako", "roles": [CLERK]}).content.decode()
    assert "半角" in client.post("/console/staff/add", {"name": "花子", "roles": [CLERK]}).content.decode()
    assert client.post("/console/staff/kanri", {"what": "reset"}).status_code == 409
    assert client.post("/console/staff/hanako", {"what": "reset"}).status_code == 200
    assert client.post("/console/staff/hanako", {"what": "close"}).status_code == 302
    assert client.post("/console/staff/hanako", {"roles": [AUDITOR]}).status_code == 302
    assert client.post("/console/staff/hanako", {"roles": ["king"]}).status_code == 409
    assert client.post("/console/staff/hanako", {"roles": []}).status_code == 409
    acts = [act for act in AccessEntry.objects.values_list("act", flat=True) if act.startswith("staff")]
    assert acts == ["staff-add", "staff-reset", "staff-close", "staff-roles"]
