"""产业: from what a household means to grow to the batch, to what became of it, to a proposal the register does not know of."""

import random
from datetime import date, timedelta
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from bangfu.aid import batches, farming, looking, movements
from bangfu.aid.errors import NotNow, Refused, StandsAlready
from bangfu.aid.ledger import HandedOver
from bangfu.aid.models import (
    Batch,
    Candidate,
    Commodity,
    FarmingIntention,
    FollowUp,
    FundSource,
    Lot,
    Programme,
    ProgrammeKind,
    Receipt,
    ReceiptMode,
    VillageDirection,
)
from bangfu.base.codes import new_code
from bangfu.registry.models import Area, Change, Household

from .conftest import TODAY
from .listed import covered

SEASON, VILLAGE = "2017秋", "450481108202"


@pytest.fixture
def village(town):
    return Area.objects.get(code=VILLAGE)


@pytest.fixture
def said(officers):
    """A function: said(home, "百香果", quantity=200, unit="株")."""
    def answer(home, item="", on=TODAY, season=SEASON, **more):
        return farming.answer(household=home, season=season, item=item, asked="visit", on=on, by=officers["liang"], **more)

    return answer


@pytest.fixture
def lot(town, officers):
    """1,000 seedlings in the store, given; with a programme of their kind."""
    source = FundSource.objects.create(code=new_code(), town=town, name="种苗", kind="unit")
    Programme.objects.create(code="GROW", town=town, name="产业扶持", kind=ProgrammeKind.LIVELIHOOD_SUPPORT)
    found = Lot.objects.create(code=new_code(), source=source, commodity=Commodity.objects.create(code="seedling", name="百香果苗", unit="株"), delivered=1010, dead=10, supplier="某某苗圃", on=TODAY - timedelta(days=120))
    movements.take_into_store(lot=found, quantity=1000, on=found.on, by=officers["liang"], key="store")
    return found


def planned(lot, village, officers, **more):
    asked = {"season": SEASON, "item": "百香果", "programme": Programme.objects.get(code="GROW"), "lot": lot, "title": "百香果苗", "on": TODAY, "per": "asked", "standard": None, "by": officers["liang"]}
    return farming.plan(village=village, **(asked | more))


def given(batch, officers, days=95):
    """Approve a drafted batch and let it have been handed over so many days ago."""
    covered(batch, officers)
    batches.check(batch=batch, by=officers["liang"])
    lines = batches.approve(batch=batch, by=officers["meng"], on=TODAY - timedelta(days=days + 1))
    movements.sign(town=batch.town, by=officers["liang"], key=f"sign {batch.pk}", handed=[HandedOver(
        line=line, quantity=line.quantity, on=TODAY - timedelta(days=days), mode=ReceiptMode.SIGNED, distributor_1=officers["liang"], distributor_2=officers["qin"]) for line in lines])
    return lines


@pytest.fixture
def grown(lot, village, homes, said, officers):
    """A line of 100 seedlings, handed over 95 days ago."""
    said(homes[0], "百香果", quantity=100, unit="株")
    return given(planned(lot, village, officers).batch, officers)[0]


def test_the_latest_answer_counts_none_takes_back_and_not_asked_is_no_answer(village, homes, said, officers):
    said(homes[0], "百香果", quantity=100, unit="株", land_tenths=30, labour=2)
    said(homes[0], "百香果", quantity=200, unit="株", land_tenths=35, labour=2)
    said(homes[0], "三黄鸡", quantity=50, unit="羽", area_tenths=5, land_tenths=35, labour=3)
    said(homes[1], "百香果", quantity=80, unit="株")
    said(homes[1], none=True)
    said(homes[2], none=True, on=TODAY - timedelta(days=1))
    said(homes[2], "百香果", area_tenths=40, land_tenths=35, on=TODAY)
    said(homes[2], "香蜜顺梨", area_tenths=99, on=TODAY - timedelta(days=5))  # entered late: what was said after it holds
    said(homes[3], "百香果", quantity=1, unit="株", season="2018春")
    picture, rows, decided = farming.told(officers["liang"], village, SEASON)
    assert (picture.households, picture.answered, picture.none, picture.not_asked) == (len(homes), 2, 1, len(homes) - 3) and decided is None
    assert [(one.item, one.unit, one.households, one.quantity, one.area_tenths) for one in picture.wishes] == [("三黄鸡", "羽", 1, 50, 5), ("百香果", "", 1, 0, 40), ("百香果", "株", 1, 200, 0)]
    assert (picture.area_tenths, picture.land_tenths, picture.labour, picture.short) == (45, 70, 3, 0)
    assert {row.household for row in rows if row.none} == {homes[1]} and homes[3] in {row.household for row in rows if not row.rows}
    assert FarmingIntention.objects.count() == 9  # what was said before stays


@pytest.mark.parametrize("wrong", [{"item": ""}, {"item": "百香果"}, {"item": "百香果", "quantity": 5}, {"item": "百香果", "none": True}, {"item": "百香果", "area_tenths": 5, "season": "秋天"},
                                   {"item": "百香果", "area_tenths": 5, "on": TODAY + timedelta(days=1)}])
def test_half_an_answer_is_refused(homes, said, wrong):
    with pytest.raises(Refused):
        said(homes[0], **wrong)
    assert not FarmingIntention.objects.exists()


def test_seasons_follow_the_year():
    assert [farming.season_on(date(2017, month, 1)) for month in (1, 2, 3, 5, 6, 9, 11, 12)] == ["2016冬", "2016冬", "2017春", "2017春", "2017夏", "2017秋", "2017秋", "2017冬"]


def test_who_grows_something_else_than_was_decided_stays_listed(village, homes, said, officers):
    said(homes[0], "百香果", area_tenths=10)
    said(homes[1], "生猪", quantity=2, unit="头")
    with pytest.raises(Refused, match="方向是人定的"):
        farming.decide(village=village, season=SEASON, items=["百香果"], decided_on=TODAY, present="村两委", minutes=" ", by=officers["qin"])
    for items in (["生猪"], ["百香果", "百香果", " "]):
        farming.decide(village=village, season=SEASON, items=items, decided_on=TODAY, present="村两委", minutes="一致同意", by=officers["qin"])
    _picture, rows, decided = farming.told(officers["liang"], village, SEASON)
    assert decided.items == ["百香果"] and VillageDirection.objects.count() == 2
    assert [row.household for row in rows if row.outside] == [homes[1]] and len(rows) == len(homes)


def test_a_plan_gives_each_what_the_standard_says_once_and_names_who_is_left_out(lot, village, homes, said, officers):
    said(homes[0], "百香果", area_tenths=25)
    said(homes[1], "百香果", quantity=70, unit="株")
    said(homes[2], "百香果", area_tenths=10)
    said(homes[2], none=True)
    first = planned(lot, village, officers, per="mu", standard=45)
    assert [(one.household, one.quantity, one.lot, one.basis) for one in first.batch.candidates.all()] == [(homes[0], 112, lot, f"intention {FarmingIntention.objects.first().pk}")]  # 2.5 × 45, whole plants
    assert first.skipped == [(homes[1], "没有写面积")]
    said(homes[0], "百香果", quantity=300, unit="株")  # said anew: it has its place on the list already
    second = planned(lot, village, officers)
    assert [(one.household, one.quantity) for one in second.batch.candidates.all()] == [(homes[1], 70)] and second.skipped == [(homes[0], "这一季已经有这个品种")]
    with pytest.raises(NotNow, match="已经有这个品种"):
        planned(lot, village, officers, per="household", standard=10)
    batches.throw_away(batch=first.batch, by=officers["liang"])
    again = planned(lot, village, officers, per="household", standard=10)
    assert [(one.household, one.quantity) for one in again.batch.candidates.all()] == [(homes[0], 10)] and Batch.objects.count() == 3
    lines = given(again.batch, officers)
    with pytest.raises(NotNow):
        planned(lot, village, officers, per="household", standard=10)
    movements.reverse(line=lines[0], reason="不种了", by=officers["liang"], key="r", came_back=True)
    assert planned(lot, village, officers, per="household", standard=10).rows == 1


def test_a_plan_wants_the_unit_of_the_goods_and_a_programme_of_the_kind(lot, village, homes, said, officers, made):
    said(homes[0], "百香果", quantity=3, unit="斤")
    with pytest.raises(NotNow, match="写的单位是“斤”"):
        planned(lot, village, officers)
    with pytest.raises(Refused, match="产业扶持"):
        planned(lot, village, officers, programme=made("慰问").programme)
    with pytest.raises(Refused, match="大于 0"):
        planned(lot, village, officers, per="mu")


def test_a_follow_up_adds_up_or_is_refused_in_words(grown, officers):
    say = {"line": grown, "age": 30, "on": TODAY - timedelta(days=60), "by": officers["qin"]}
    with pytest.raises(Refused, match="领到 100 加补的 5 是 105，活的、死的、卖的、自用的加起来是 104，差 1"):
        farming.follow_up(alive=90, died=10, sold=4, own_use=0, replaced=5, cause="care", **say)
    with pytest.raises(Refused, match="选原因"):
        farming.follow_up(alive=95, died=10, sold=0, own_use=0, replaced=5, **say)
    with pytest.raises(Refused, match="没有卖"):
        farming.follow_up(alive=100, died=0, sold=0, own_use=0, proceeds_fen=1, **say)
    with pytest.raises(NotNow, match="才领到"):
        farming.follow_up(alive=100, died=0, sold=0, own_use=0, **(say | {"on": TODAY - timedelta(days=95)}))
    made = farming.follow_up(alive=80, died=21, sold=3, own_use=1, replaced=5, cause="disease", **say)
    assert made.survival == Fraction(84, 105) and farming.percent(made.survival) == "80%" and not made.is_lost  # 20 % is not more than 20 %
    with pytest.raises(IntegrityError), transaction.atomic():
        FollowUp.objects.filter(pk=made.pk).update(alive=81)


def test_survival_lies_between_nothing_and_all_whatever_is_said(grown, officers):
    rng = random.Random(7)
    for _each in range(60):
        replaced, parts = rng.choice([0, 0, 3, 40]), [rng.randrange(0, 60) for _part in range(3)]
        rest = 100 + replaced - sum(parts)
        say = {"line": grown, "age": rng.choice([30, 90]), "on": TODAY, "by": officers["qin"], "cause": "other"}
        alive, died, sold, own_use = rng.sample([*parts, rest], 4)
        if rest < 0:
            with pytest.raises(Refused):
                farming.follow_up(alive=alive, died=died, sold=sold, own_use=own_use, replaced=replaced, **say)
            continue
        made = farming.follow_up(alive=alive, died=died, sold=sold, own_use=own_use, replaced=replaced, **say)
        assert 0 <= made.survival <= 1 and made.survival == 1 - Fraction(died, 100 + replaced) and made.is_lost == (died * 5 > 100 + replaced)
    assert [farming.percent(Fraction(n, 3000)) for n in (0, 1, 1500, 2000, 2999, 3000)] == ["0%", "0.1%", "50%", "66.7%", "99.9%", "100%"]


def test_a_follow_up_is_of_what_was_received_less_what_came_back(grown, officers):
    movements.refund(line=grown, quantity=40, reason="多了", by=officers["liang"], key="back")
    assert farming.follow_up(line=grown, age=30, alive=60, died=0, sold=0, own_use=0, on=TODAY, by=officers["qin"]).received == 60
    movements.undo(entry=grown.refunds.get(), reason="没有退", by=officers["liang"], key="u")
    movements.cancel_signature(receipt=Receipt.objects.get(), reason="错", by=officers["liang"], key="c")
    with pytest.raises(NotNow, match="还没有签收"):
        farming.follow_up(line=grown, age=90, alive=60, died=0, sold=0, own_use=0, on=TODAY, by=officers["qin"])


def test_a_loss_is_a_task_until_somebody_says_what_was_done(grown, officers):
    say = {"line": grown, "sold": 0, "own_use": 0, "on": TODAY, "by": officers["qin"], "cause": "weather"}
    farming.follow_up(age=30, alive=70, died=30, **say)
    task = farming.follow_up(age=30, alive=75, died=25, **say)  # put right: the later row counts
    assert farming.tasks(officers["liang"]) == [task] and farming.tasks(officers["elsewhere"] if "elsewhere" in officers else officers["yan"]) == []
    with pytest.raises(Refused, match="怎样处理"):
        farming.settle(follow_up=task, how=" ", by=officers["liang"])
    farming.settle(follow_up=task, how="供应商补苗", by=officers["liang"])
    with pytest.raises(StandsAlready):
        farming.settle(follow_up=task, how="又一次", by=officers["liang"])
    farming.follow_up(age=90, alive=75, died=25, **say)  # nothing more died since
    assert farming.tasks(officers["liang"]) == []
    worse = farming.follow_up(age=90, alive=60, died=40, **say)
    assert farming.tasks(officers["liang"]) == [worse]


def test_which_lines_are_due_is_counted_from_the_receipt(lot, village, homes, said, officers):
    for home in homes[:3]:
        said(home, "百香果", quantity=100, unit="株")
    batch = planned(lot, village, officers).batch
    lines = given(batch, officers, days=89)
    rows = farming.raised(batch, officers["liang"])
    assert [[due.is_due for due in row.dues] for row in rows] == [[True, False]] * 3 and rows[0].requested == "100 株" and rows[0].dues[1].day == TODAY + timedelta(days=1)
    farming.follow_up(line=lines[0], age=30, alive=50, died=0, sold=50, own_use=0, on=TODAY, by=officers["qin"], proceeds_fen=50_000)
    farming.follow_up(line=lines[1], age=30, alive=90, died=10, sold=0, own_use=0, cause="care", on=TODAY, by=officers["qin"])
    movements.reverse(line=lines[2], reason="退", by=officers["liang"], key="r", came_back=True)
    rows = farming.raised(batch, officers["liang"])
    assert [[due.is_due for due in row.dues] for row in rows] == [[False, False]] * 2
    assert [(one.age, one.made, one.lines, one.there, one.left, one.died, one.proceeds, one.survival) for one in farming.sums(rows)] == [(30, 2, 2, 200, 190, 10, "500", "95%"), (90, 0, 2, 0, 0, 0, "0", "")]
    assert farming.raised(batch, officers["yan"]) == []


def test_what_was_sold_is_proposed_once_and_the_register_is_left_alone(grown, officers):
    before = (list(Household.objects.values_list("pk", "facts", "version")), Change.objects.count())
    say = {"line": grown, "died": 0, "own_use": 0, "on": TODAY, "by": officers["qin"]}
    farming.follow_up(age=30, alive=80, sold=20, proceeds_fen=60_000, cost_fen=10_000, **say)
    farming.follow_up(age=90, alive=50, sold=50, proceeds_fen=150_000, cost_fen=30_050, **say)
    (found,) = farming.proposals(officers["liang"])
    assert (found.household, found.item, found.fen, found.follow_up.age) == (grown.household, "百香果苗", 119_950, 90)
    assert (list(Household.objects.values_list("pk", "facts", "version")), Change.objects.count()) == before
    movements.reverse(line=grown, reason="错", by=officers["liang"], key="r", came_back=True)
    assert farming.proposals(officers["liang"]) == []


def test_from_the_survey_to_the_follow_up_through_the_pages(signed_in, lot, village, homes, officers):
    def ask(who, page, /, *args, **data):
        client, address = signed_in(who), reverse(f"aid:{page}", args=args)
        return client.post(address, data) if data else client.get(address)

    wish = {"season": SEASON, "item": "百香果", "quantity": "100", "unit": "株", "area_tenths": "1.5", "land_tenths": "３.5", "asked": "paper", "on": f"{TODAY}", "money_need_fen": "1,200"}
    assert ask("qin", "intention", homes[0].code, **(wish | {"land_tenths": "3.55"})).status_code == 422
    assert ask("qin", "intention", homes[0].code, **(wish | {"none": "on"})).status_code == 422
    assert ask("qin", "intention", homes[0].code, **wish).status_code == 302
    one = FarmingIntention.objects.get()
    assert (one.quantity, one.area_tenths, one.land_tenths, one.money_need_fen, one.asked) == (100, 15, 35, 120_000, "paper")
    assert "记下了" in ask("qin", "intention", homes[0].code).content.decode()
    assert ask("qin", "direction", VILLAGE, season=SEASON, items="百香果\n生猪", decided_on=f"{TODAY}", present="村两委、党员", minutes="一致同意").status_code == 302
    page = ask("liang", "farming_village", VILLAGE).content.decode()
    assert "百香果、生猪" in page and "1,200" in page and homes[1].code in page and "没有问到的户" in page
    assert ask("qin", "plan", VILLAGE).status_code == 404
    plan = {"item": "百香果", "per": "asked", "programme": "GROW", "lot": lot.code, "title": "百香果苗", "on": f"{TODAY}"}
    assert ask("liang", "plan", VILLAGE, **(plan | {"per": "mu"})).status_code == 422
    assert ask("liang", "plan", VILLAGE, **plan).status_code == 302
    (line,) = given(Batch.objects.get(), officers)
    assert Candidate.objects.get().basis == f"intention {one.pk}"
    assert "到期，记回访" in ask("liang", "follow_ups", line.batch.code).content.decode()
    said = {"on": f"{TODAY}", "alive": "50", "died": "30", "sold": "20", "own_use": "0", "cause": "weather", "proceeds_fen": "300", "cost_fen": "50.50"}
    wrong = ask("qin", "follow_up", line.pk, 90, **(said | {"alive": "49"}))
    assert wrong.status_code == 422 and "差 1" in wrong.content.decode()
    assert ask("qin", "follow_up", line.pk, 90, **said).status_code == 302
    assert "70%" in ask("meng", "follow_ups", line.batch.code).content.decode()
    assert ask("meng", "follow_up", line.pk, 90).status_code == 404 and ask("liang", "follow_up", line.pk, 60).status_code == 404
    home = ask("liang", "farming").content.decode()
    assert "死了 30，损失 30%" in home
    task = FollowUp.objects.get()
    assert ask("liang", "farming", key=f"{task.pk}", how=" ").status_code == 422 and ask("liang", "farming", key="x", how="x").status_code == 404
    assert ask("liang", "farming", key=f"{task.pk}", how="补苗").status_code == 302
    assert "249.50" in ask("liang", "income").content.decode()


def test_a_plan_is_looked_through_like_any_list(lot, village, homes, said, officers):
    said(homes[0], "百香果", quantity=10, unit="株")
    assert looking.warnings(planned(lot, village, officers).batch, TODAY) == []
