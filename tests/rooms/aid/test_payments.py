"""Money by transfer: the list for the bank, its reply as the receipt, a row that came back and is paid again."""

import io

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bangfu.aid import batches, payments, queries, verify
from bangfu.aid.errors import Refused, StandsAlready
from bangfu.aid.models import Line, Receipt

from .conftest import TODAY
from .listed import approved


@pytest.fixture
def batch(made, homes, officers):
    return approved(made("助学", by_bank=True), homes[:4], officers)


def reply(lines, **changed):
    book = openpyxl.Workbook()
    book.active.append(["某某银行回盘"])
    book.active.append(["编号", "户名", "金额（元）", "结果", "原因"])
    for line in lines:
        number = payments.number(line)
        book.active.append(changed.get(number) or [number, "x", line.quantity / 100, "成功", ""])
    file = io.BytesIO()
    book.save(file)
    return SimpleUploadedFile("回盘.xlsx", file.getvalue())


def test_from_the_payment_list_to_a_row_paid_again(batch, signed_in, officers):
    client = signed_in("liang")
    answer = client.post(reverse("aid:payment_list", args=[batch.code]))
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    lines = payments.waiting(batch)
    assert [row[0] for row in rows if row[0] and str(row[0]).startswith(batch.code)] == [payments.number(line) for line in lines]
    bad = payments.number(lines[2])
    sent = {"file": reply(lines, **{bad: [bad, "x", 500, "失败", "户名不符"]}), "on": f"{TODAY}"}
    assert client.post(reverse("aid:bank_reply", args=[batch.code]), sent).status_code == 302
    assert Receipt.objects.filter(mode="bank").count() == 3
    assert lines[2].reversal.aside.said["reason"] == "银行退回：户名不符"
    assert "待重发" in client.get(reverse("aid:batch", args=[batch.code])).content.decode()
    (again,) = batches.approve(batch=batch, by=officers["meng"])
    assert again.household == lines[2].household and [one.pk for one in payments.waiting(batch)] == [again.pk]
    payments.enter(batch=batch, replies=[payments.Reply(1, payments.number(again), True, "", None)], on=TODAY, by=officers["liang"])
    (fund,) = queries.funds([batch.source])
    assert (fund.came, fund.issued, fund.left, fund.unsigned) == (200_000, 200_000, 0, 0) and verify.broken()[1] is None


def test_a_reply_that_does_not_fit_enters_nothing_and_says_everything(batch, signed_in):
    client, lines = signed_in("liang"), payments.waiting(batch)
    first, second = payments.number(lines[0]), payments.number(lines[1])
    file = reply(lines, **{first: [first, "x", 499, "成功", ""], second: ["别的编号", "x", 500, "成功", ""]})
    answer = client.post(reverse("aid:bank_reply", args=[batch.code]), {"file": file, "on": f"{TODAY}"})
    text = answer.content.decode()
    assert answer.status_code == 422 and "第 3 行：金额和发放的不同，发放的是 500 元" in text and "第 4 行：编号 别的编号 不是这一批的" in text
    assert not Receipt.objects.exists()
    odd = reply(lines, **{first: [first, "x", "五百", "成功", ""], second: [second, "x", 500, "也许", ""]})
    text = client.post(reverse("aid:bank_reply", args=[batch.code]), {"file": odd, "on": f"{TODAY}"}).content.decode()
    assert "第 3 行：金额“五百”看不懂" in text and "第 4 行：结果“也许”看不懂" in text
    for file in (SimpleUploadedFile("x.xlsx", b"no workbook"), SimpleUploadedFile("x.xlsx", b"")):
        assert client.post(reverse("aid:bank_reply", args=[batch.code]), {"file": file, "on": f"{TODAY}"}).status_code == 422


def test_the_same_reply_is_entered_once(batch, officers):
    replies = [payments.Reply(at, payments.number(line), True, "", None) for at, line in enumerate(payments.waiting(batch), start=2)]
    assert payments.enter(batch=batch, replies=replies, on=TODAY, by=officers["liang"]) == (4, 0)
    with pytest.raises(StandsAlready):
        payments.enter(batch=batch, replies=replies, on=TODAY, by=officers["liang"])
    with pytest.raises(Refused, match="出现了两次"):
        payments.enter(batch=batch, replies=[replies[0], replies[0]], on=TODAY, by=officers["liang"])
    assert Receipt.objects.count() == 4 and Line.objects.count() == 4
