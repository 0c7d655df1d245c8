"""One sympathy batch from the list to the signed sheet, through the pages as its people use them."""


import pytest
from django.urls import reverse

from bangfu.aid import batches, distribution, looking, movements, queries, verify
from bangfu.aid.models import Batch, FundSource, Line, Programme, Receipt
from bangfu.base import jobs
from bangfu.base.codes import with_check
from bangfu.base.models import Job

from .conftest import TODAY

VILLAGE = "450481108202"


@pytest.fixture
def office(signed_in):
    """A function: office("liang") posts or gets as that officer, and follows nothing."""
    def of(who):
        client = signed_in(who)

        def ask(page, /, *args, **data):
            address = reverse(f"aid:{page}", args=args)
            return client.post(address, data) if data else client.get(address)

        return ask

    return of


def test_from_the_list_to_the_signature(office, homes, officers):
    liang = office("liang")
    assert liang("new_source", name="2017年慰问资金", kind="fiscal").status_code == 302
    source = FundSource.objects.get()
    assert liang("source", source.code, act="money", once="a", fen="74,000", on=f"{TODAY}").status_code == 302
    assert liang("source", source.code, act="money", once="a", fen="74,000", on=f"{TODAY}").status_code == 302  # sent twice, received once
    assert liang("new_programme", name="困难群众慰问", kind="sympathy_grant").status_code == 302
    made = liang("new_batch", programme=Programme.objects.get().code, source=source.code, title="10月帮扶日慰问", on=f"{TODAY}", planned="5")
    batch = Batch.objects.get()
    assert made.url == reverse("aid:batch", args=[batch.code])
    assert liang("batch", batch.code, act="standard", **{"standard-name": "一般户", "standard-fen": "500"}).status_code == 302
    assert liang("batch", batch.code, act="one", **{"one-codes": "\n".join(home.code for home in homes[:4]) + "\n没有这户", "one-standard": "一般户"}).status_code == 422
    assert not batch.candidates.exists()
    assert liang("batch", batch.code, act="one", **{"one-codes": "，".join(home.code for home in homes[:4]), "one-standard": "一般户"}).status_code == 302
    page = liang("batch", batch.code).content.decode()
    assert "2,000 元" in page and homes[3].code in page
    assert liang("batch", batch.code, act="check").status_code == 302
    assert liang("batch", batch.code, act="approve").status_code == 404  # by nobody of the office
    assert liang("batch", batch.code, act="leave_out", key=batch.candidates.last().pk, reason="本人不要").status_code == 302
    assert office("meng")("batch", batch.code, act="approve").status_code == 302
    lines = list(Line.objects.order_by("number"))
    assert [line.quantity for line in lines] == [50_000] * 3 and [line.number for line in lines] == [1, 2, 3]
    liang = office("liang")
    asked = liang("print_sheets", batch.code, x="1")
    job = Job.objects.get(kind="distribution_pdf")
    assert asked.url == reverse("base:job", args=[job.code])
    batch.refresh_from_db()
    (sheet,) = distribution.sheets_by_village(batch=batch, by=officers["liang"])
    found = liang("find_sheet", code=f"{with_check(sheet.code).lower()}/1-1")
    assert found.url == reverse("aid:sheet", args=[sheet.code])
    said = {"on": f"{TODAY}", "distributor_1": officers["qin"].pk, "distributor_2": officers["zu3"].pk}
    wrong = liang("sheet", sheet.code, exceptions="9 缺，2 飞，1 代", **said)
    assert wrong.status_code == 422 and all(text in wrong.content.decode() for text in ("没有第 9 行", "“2 飞”看不懂", "第 1 行代领要写与户主的关系"))
    assert not Receipt.objects.exists()
    assert liang("sheet", sheet.code, exceptions="2 缺，3 代 儿子", **said).status_code == 302
    assert liang("sheet", sheet.code, exceptions="2 缺", **said).status_code == 422  # typed once
    assert [one.mode for one in Receipt.objects.order_by("line__number")] == ["signed", "by_another"]
    done = queries.progress(batch, officers["liang"])
    assert (done.recipients, done.signed, done.waiting) == (3, 2, 1)
    again = distribution.sheets_by_village(batch=batch, by=officers["liang"])
    assert [one.lines for one in again] == [[lines[1].pk]] and again[0].version == 2
    assert liang("batch", batch.code, act="close", reason="两次没有来").status_code == 302
    (fund,) = queries.funds([source])
    assert (fund.came, fund.issued, fund.left, fund.unsigned) == (7_400_000, 100_000, 7_300_000, 0)
    assert verify.broken()[1] is None and verify.recount() == []


def test_a_pdf_of_all_sheets_has_codes_totals_and_words(office, made, homes, officers):
    batch = _approved(made("春节慰问"), homes[:20], officers)
    job = jobs.ask("distribution_pdf", about=f"batch {batch.code}", by="liang")
    jobs.run(jobs.claim("w"))
    job.refresh_from_db()
    if job.state == "failed":
        pytest.skip(job.said)  # no Chinese font here; the suite of .ci/run has one
    answer = office("liang")("printed", job.code)
    assert answer.content[:5] == b"%PDF-" and answer.status_code == 200
    assert office("meng")("printed", job.code).status_code == 404


def _approved(batch, homes, officers, fen=50_000):
    movements.receive(source=batch.source, fen=fen * len(homes), on=TODAY, by=officers["liang"], key=f"in {batch.pk}")
    from bangfu.aid.models import Commodity

    batches.set_standard(batch=batch, name="一般户", commodity=Commodity.objects.get(pk="fen"), quantity=fen)
    for home in homes:
        batches.add(batch=batch, household=home, standard="一般户")
    for one in looking.warnings(batch, TODAY):
        batches.cover(batch=batch, household=one.household, rule=one.rule.value, fact=one.fact, reason="看过", by=officers["liang"])
    batches.check(batch=batch, by=officers["liang"])
    batches.approve(batch=batch, by=officers["meng"])
    batch.refresh_from_db()
    return batch
