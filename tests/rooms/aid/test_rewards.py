"""以奖代补: the cap holds whatever is claimed, posted, reversed, in whatever order and by however many at once."""

import random
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from bangfu.aid import accounts, batches, farming, ledger, movements, payments, rewards
from bangfu.aid.errors import NotNow, Refused, StandsAlready
from bangfu.aid.ledger import Share
from bangfu.aid.models import (
    Batch,
    BatchState,
    Candidate,
    Commodity,
    Line,
    Lot,
    Programme,
    ProgrammeKind,
    RewardClaim,
    RewardInspection,
    RewardRound,
)
from bangfu.base.codes import new_code
from bangfu.registry.models import Status

from .conftest import TODAY
from .listed import covered

SEASON = "2017秋"
RATES = [{"item": "百香果", "unit": "亩", "rate_fen": 50_000, "minimum_tenths": 10, "exceptions": [{"from": "2017-07-01", "until": "2017-12-31", "minimum_tenths": 5}]},
         {"item": "三黄鸡", "unit": "羽", "rate_fen": 1_000, "minimum_tenths": 300, "exceptions": []}]  # fmt: skip
CAPS = {"registered": 300_000, "monitored": 500_000}


@pytest.fixture
def source(made, officers):
    """10,000 元, in a batch of another kind's source."""
    found = made("奖补来源").source
    movements.receive(source=found, fen=100_000_000, on=date(2017, 9, 1), by=officers["liang"], key="in")
    return found


@pytest.fixture
def of_round(town, officers):
    """A function that writes a round: of_round("三季度", caps=…)."""
    def write(label="三季度", **more):
        programme, _made = Programme.objects.get_or_create(town=town, name="以奖代补", kind=ProgrammeKind.LIVELIHOOD_REWARD, defaults={"code": "REWARD"})
        return rewards.write_round(**({"programme": programme, "year": 2017, "label": label, "document_no": "某农发〔2017〕1号", "rates": RATES, "caps": CAPS, "by": officers["liang"]} | more))

    return write


@pytest.fixture
def poor(homes):
    """Households that are registered and nothing else that has a cap here."""
    found = homes[:6]
    Status.objects.filter(household__in=found).delete()
    for home in found:
        Status.objects.create(household=home, kind="registered", starts_on=date(2016, 1, 1), starts_known="day", source=home.source)
    return found


@pytest.fixture
def claimed(officers):
    """A function that claims and inspects: claimed(round, home, "百香果", 35) -> the claim, measured 3.5."""
    def make(round, home, item="百香果", measured=None, *, place=None, season=SEASON, on=TODAY, declared=20):
        one = rewards.claim(round=round, household=home, item=item, declared_tenths=declared, place=place or new_code(), season=season, on=on, by=officers["liang"])
        if measured is not None:
            rewards.inspect(claim=one, inspectors=(officers["qin"], officers["liang"]), measured_tenths=measured, on=on, by=officers["liang"])
        return one

    return make


def drafted(round, source, officers):
    return rewards.draft(round=round, source=source, title=f"奖补 {new_code()}", on=TODAY, by=officers["liang"])


def paid(batch, officers):
    covered(batch, officers)
    batches.check(batch=batch, by=officers["liang"])
    return batches.approve(batch=batch, by=officers["meng"])


def test_the_amount_is_rate_by_measure_and_never_above_what_is_left_of_the_cap(of_round, poor, claimed, source, officers):
    round = of_round()
    first, second, third = claimed(round, poor[0], measured=45), claimed(round, poor[0], "三黄鸡", 1_000), claimed(round, poor[1])
    assert (rewards.worth(first).fen, rewards.worth(second).fen, rewards.worth(third).fen) == (225_000, 100_000, 0)
    assert rewards.worth(third).why == "还没有验收"
    batch = drafted(round, source, officers)
    assert [(one.household, one.quantity, one.basis, one.standard) for one in batch.candidates.all()] == [(poor[0], 225_000, first.basis, "百香果"), (poor[0], 75_000, second.basis, "三黄鸡")]
    lines = paid(batch, officers)
    assert rewards.used([poor[0].pk]) == {(poor[0].pk, 2017): 300_000} and [(one.used, one.most) for one in rewards.cap_use(round)] == [(300_000, 300_000)]
    more = claimed(round, poor[0], measured=10)
    assert rewards.worth(more).fen == 0 and rewards.worth(more).why == "应得 500 元，一年上限 3,000 元，还剩 0 元"
    with pytest.raises(NotNow, match="没有可以发的"):
        drafted(round, source, officers)
    movements.reverse(line=lines[1], reason="鸡不是他家的", by=officers["liang"], key="r")  # gives cap back
    assert rewards.worth(more).fen == 50_000 and rewards.worth(second).fen == 75_000
    next_year = of_round("一季度", year=2018)
    assert rewards.worth(claimed(next_year, poor[0], measured=100)).fen == 300_000


@pytest.mark.parametrize("measured, on, fen", [(10, TODAY, 50_000), (9, TODAY, 45_000), (5, TODAY, 25_000), (4, TODAY, 0), (0, TODAY, 0), (9, date(2017, 6, 30), 0), (10, date(2017, 6, 30), 50_000), (5, date(2017, 7, 1), 25_000)])
def test_below_the_minimum_of_the_day_nothing_is_paid_and_the_reason_is_said(of_round, poor, claimed, measured, on, fen):
    now = rewards.worth(claimed(of_round(), poor[0], measured=measured, on=on))
    assert now.fen == fen and bool(fen) == (now.why == "")
    if not fen:
        assert now.why.startswith("验收 ") and "不到最低规模" in now.why
        with pytest.raises(IntegrityError), transaction.atomic():
            RewardInspection.objects.update(earned_fen=1)


def test_the_status_on_the_day_of_inspection_decides_the_cap(of_round, poor, claimed, officers):
    round, home = of_round(), poor[0]
    claim = claimed(round, home, measured=200)
    Status.objects.create(household=home, kind="near_poor", starts_on=TODAY, starts_known="day", source=home.source)
    assert rewards.worth(claim).fen == 300_000  # it was not monitored when the inspectors came: they came before it was entered
    rewards.inspect(claim=claim, inspectors=(officers["qin"], officers["liang"]), measured_tenths=200, on=TODAY, by=officers["liang"])
    assert rewards.worth(claim).fen == 500_000
    assert rewards.stood_as(home, TODAY - timedelta(days=1)) == ["registered"]
    Status.objects.filter(household=home, kind="registered").update(ended=True, ends_on=TODAY)
    Status.objects.filter(household=home, kind="near_poor").update(ended=True, ends_on=TODAY)
    assert rewards.stood_as(home, TODAY) == ["cleared"] and rewards.capped_as(round, home, TODAY) == ("", 0)
    assert rewards.worth(claimed(round, home, measured=200)).why == "验收那天不是这一期奖补的对象"


def test_the_same_plot_counts_once_in_a_season_until_it_is_withdrawn(of_round, poor, claimed, officers):
    round = of_round()
    first = claimed(round, poor[0], place="老虎冲 １号地")
    with pytest.raises(StandsAlready, match=poor[0].code):
        claimed(of_round("四季度"), poor[1], place="老虎冲1号地")
    claimed(round, poor[1], place="老虎冲1号地", season="2017夏")
    claimed(round, poor[1], "三黄鸡", place="老虎冲1号地")
    with pytest.raises(IntegrityError), transaction.atomic():
        RewardClaim.objects.create(code="X", round=round, household=poor[1], village_id=poor[1].village_id, item="百香果", declared_tenths=1, place="老虎冲1号地", season=SEASON, on=TODAY, by=officers["liang"], at=first.at)
    rewards.withdraw(claim=first, reason="写错了人", by=officers["liang"])
    claimed(round, poor[1], place="老虎冲1号地")


def test_goods_and_reward_for_one_item_of_a_season_exclude_each_other(of_round, poor, claimed, source, officers, town):
    lot = Lot.objects.create(code=new_code(), source=source, commodity=Commodity.objects.create(code="s", name="百香果苗", unit="株"), on=TODAY)
    movements.take_into_store(lot=lot, quantity=100, on=TODAY, by=officers["liang"], key="store")
    grow = Programme.objects.create(code="GROW", town=town, name="产业扶持", kind=ProgrammeKind.LIVELIHOOD_SUPPORT)

    def plan(home):
        farming.answer(household=home, season=SEASON, item="百香果", quantity=10, unit="株", asked="visit", on=TODAY, by=officers["liang"])
        return farming.plan(village=home.village, season=SEASON, item="百香果", programme=grow, lot=lot, title="苗", on=TODAY, per="asked", standard=None, by=officers["liang"]).batch

    round, first = of_round(), plan(poor[0])
    claimed(round, poor[0], measured=10)  # claimed while the goods are only on a list
    rewarded = drafted(round, source, officers)
    goods = paid(first, officers)
    with pytest.raises(Refused, match="已经领过实物"):
        paid(rewarded, officers)
    with pytest.raises(StandsAlready, match="已经领过实物"):
        claimed(round, poor[0])
    claimed(round, poor[0], season="2017夏")
    claimed(of_round("也可以", with_goods=True), poor[0])
    movements.reverse(line=goods[0], reason="退苗", by=officers["liang"], key="r")
    batches.approve(batch=rewarded, by=officers["meng"])
    with pytest.raises(NotNow, match="申报了奖补"):
        plan(poor[0])
    second = plan(poor[1])
    claimed(round, poor[1], measured=10)
    paid(drafted(round, source, officers), officers)
    with pytest.raises(Refused, match="已经奖补"):
        paid(second, officers)


def test_two_batches_cannot_both_use_what_is_left(of_round, poor, claimed, source, officers):
    """Two lists made behind each other's back: the second to be approved is refused in words, and posts nothing."""
    round = of_round()
    one, two = claimed(round, poor[0], measured=50), claimed(round, poor[0], measured=50)
    lists = [listed(round, source, officers, [(claim, 200_000)]) for claim in (one, two)]
    paid(lists[0], officers)
    before = ledger.there(accounts.of_source(source), "fen")
    with pytest.raises(Refused, match="一年的上限是 3,000 元，还剩 1,000 元，这一次要 2,000 元"):
        paid(lists[1], officers)
    assert ledger.there(accounts.of_source(source), "fen") == before and not lists[1].lines.exists()


def listed(round, source, officers, rows):
    batch = batches.draft(programme=round.programme, source=source, title=new_code(), on=TODAY, by=officers["liang"])
    for claim, fen in rows:
        batches.add(batch=batch, household=claim.household, standard=claim.code, commodity=Commodity.objects.get(pk="fen"), quantity=fen, basis=claim.basis)
    return batch


def test_nothing_gets_past_the_cap_by_another_way(of_round, poor, claimed, source, officers):
    round = of_round()
    claim, other = claimed(round, poor[0], measured=50), claimed(round, poor[1], measured=50)
    for rows, said in (([(claim, 250_001)], "应得 2,500 元"), ([(claim, 250_000), (claim, 1)], "已经发了 2,500 元")):
        with pytest.raises(Refused, match=said):
            paid(listed(round, source, officers, rows), officers)
    free = batches.draft(programme=round.programme, source=source, title="没有申报", on=TODAY, by=officers["liang"])
    batches.add(batch=free, household=poor[0], commodity=Commodity.objects.get(pk="fen"), quantity=100)
    with pytest.raises(Refused, match="只发给验收过的申报"):
        paid(free, officers)
    wrong = batches.draft(programme=round.programme, source=source, title="别人的", on=TODAY, by=officers["liang"])
    batches.add(batch=wrong, household=poor[2], commodity=Commodity.objects.get(pk="fen"), quantity=100, basis=other.basis)
    with pytest.raises(Refused, match="没有验收过的申报"):
        paid(wrong, officers)
    batches.throw_away(batch=wrong, by=officers["liang"])
    (line,) = paid(listed(round, source, officers, [(other, 100_000)]), officers)
    with pytest.raises(Refused, match="应得 2,500 元"):
        movements.replace(line=line, quantity=250_001, reason="x", by=officers["liang"], approved_by=officers["meng"], key="x")
    assert Line.objects.standing().get(basis=other.basis) == line
    movements.allot(batch=line.batch, fen=150_000, on=TODAY, by=officers["liang"], key="more")
    assert movements.replace(line=line, quantity=250_000, reason="少写了", by=officers["liang"], approved_by=officers["meng"], key="y").quantity == 250_000
    with pytest.raises(NotNow, match="先冲正"):
        rewards.withdraw(claim=other, reason="x", by=officers["liang"])
    with pytest.raises(NotNow, match="先冲正"):
        rewards.inspect(claim=other, inspectors=(officers["qin"], officers["liang"]), measured_tenths=9, on=TODAY, by=officers["liang"])


def test_the_cap_is_asked_when_nobody_else_can_write(of_round, poor, claimed, source, officers, monkeypatch):
    calls, locked, asked = [], ledger.locked, rewards.used
    monkeypatch.setattr(ledger, "locked", lambda: (calls.append("locked"), locked())[1])
    batch = drafted(claimed(of_round(), poor[0], measured=10).round, source, officers)
    monkeypatch.setattr(rewards, "used", lambda homes: (calls.append("used"), asked(homes))[1])
    movements.allot(batch=batch, fen=50_000, on=TODAY, by=officers["liang"], key="a")
    calls.clear()
    movements.issue(batch=batch, shares=batches.shares_of(batch.candidates.all(), batch), on=TODAY, drafted_by=officers["liang"], approved_by=officers["meng"], key="one")
    assert calls[:2] == ["locked", "used"]


def test_the_same_approval_sent_twice_posts_once(of_round, poor, claimed, source, officers):
    claim = claimed(of_round(), poor[0], measured=60)
    batch = listed(claim.round, source, officers, [(claim, 300_000)])
    movements.allot(batch=batch, fen=300_000, on=TODAY, by=officers["liang"], key="a")
    share = Share(household=poor[0], commodity="fen", quantity=300_000, drawn_from=accounts.of_batch(batch), batch=batch, number=1, basis=claim.basis)
    say = {"batch": batch, "shares": [share], "on": TODAY, "drafted_by": officers["liang"], "approved_by": officers["meng"]}
    assert movements.issue(key="k", **say) == movements.issue(key="k", **say)
    with pytest.raises(Refused, match="应得"):
        movements.issue(key="another", **say)


@pytest.mark.parametrize("seed", range(4))
def test_no_order_of_claims_postings_and_reversals_exceeds_the_cap(seed, of_round, poor, claimed, source, officers):
    rng = random.Random(seed)
    Status.objects.create(household=poor[1], kind="near_poor", starts_on=date(2017, 1, 1), starts_known="day", source=poor[1].source)
    caps = {poor[0].pk: 300_000, poor[1].pk: 500_000}
    rounds, open_, refused, posted = [of_round("一"), of_round("二")], [], 0, 0
    for step in range(60):
        act = rng.choice(["claim", "claim", "draft", "list", "approve", "approve", "reverse", "again", "withdraw"])
        claims = list(RewardClaim.objects.select_related("household", "round"))
        try:
            if act == "claim":
                claimed(rng.choice(rounds), rng.choice(poor[:2]), rng.choice(["百香果", "三黄鸡"]), rng.randrange(0, 1_500))
            elif act == "draft":
                open_.append(drafted(rng.choice(rounds), source, officers))
            elif act == "list" and claims:  # what nobody reckoned
                some = rng.sample(claims, min(len(claims), rng.choice([1, 1, 2])))
                open_.append(listed(some[0].round, source, officers, [(one, rng.choice([20_000, 150_000, 290_000])) for one in some]))
            elif act == "approve" and open_:
                batch = open_.pop(rng.randrange(len(open_)))
                try:
                    posted += len(paid(batch, officers))
                except Refused:
                    if rng.random() < .7:
                        batches.throw_away(batch=batch, by=officers["liang"])
                    raise
            elif act == "reverse" and (lines := list(Line.objects.standing().filter(basis__startswith="reward"))):
                movements.reverse(line=rng.choice(lines), reason="x", by=officers["liang"], key=f"r {step}")
            elif act == "again" and (lines := list(Line.objects.standing().filter(basis__startswith="reward"))):
                line = rng.choice(lines)
                movements.allot(batch=line.batch, fen=400_000, on=TODAY, by=officers["liang"], key=f"a {step}")
                movements.replace(line=line, quantity=rng.randrange(1, 400_000), reason="x", by=officers["liang"], approved_by=officers["meng"], key=f"n {step}")
            elif act == "withdraw" and claims:
                rewards.withdraw(claim=rng.choice(claims), reason="x", by=officers["liang"])
        except Refused:
            refused += 1
        for home, cap in caps.items():
            had = sum(Line.objects.standing().filter(household=home, commodity="fen").values_list("quantity", flat=True))  # a plain recount
            assert had <= cap and rewards.used([home])[home, 2017] == had
        for one in RewardClaim.objects.all():
            assert sum(Line.objects.standing().filter(basis=one.basis).values_list("quantity", flat=True)) <= (one.inspections.last().earned_fen if one.inspections.exists() else 0)
    assert posted and refused


def test_a_transfer_that_came_back_gives_its_cap_back_and_waits_for_its_place(of_round, poor, claimed, source, officers):
    claim = claimed(of_round(), poor[0], measured=60)
    batch = rewards.draft(round=claim.round, source=source, title="转账", on=TODAY, by=officers["liang"], by_bank=True)
    (line,) = paid(batch, officers)
    batch.refresh_from_db()
    payments.enter(batch=batch, replies=[payments.Reply(1, payments.number(line), False, "账号不符", None)], on=TODAY, by=officers["liang"])
    assert not rewards.used([poor[0].pk]) and rewards.worth(claim).state == "listed" and Candidate.objects.get(batch=batch).posted is False
    assert rewards.worth(claimed(claim.round, poor[0], measured=10)).fen == 0  # what waits to be paid again is reckoned with
    batches.approve(batch=batch, by=officers["meng"])
    assert rewards.used([poor[0].pk])[poor[0].pk, 2017] == 300_000


@pytest.mark.parametrize("wrong", [{"rates": []}, {"caps": {}}, {"caps": {"registered": 0}}, {"caps": {"registered": 1.5}}, {"caps": {"rich": 1}}, {"rates": [RATES[0], RATES[0]]}, {"rates": [{"item": "x"}]},
                                   {"rates": [RATES[0] | {"rate_fen": 0.5}]}, {"rates": [RATES[0] | {"exceptions": [{"from": "2017-07-01", "until": "2017-06-01", "minimum_tenths": 1}]}]}])
def test_a_round_that_is_not_right_is_refused(of_round, wrong):
    with pytest.raises(Refused):
        of_round(**wrong)
    assert not RewardRound.objects.exists()


def test_two_inspectors_come_after_the_claim(of_round, poor, claimed, officers):
    claim = claimed(of_round(), poor[0])
    for inspectors, on in (((officers["qin"], officers["qin"]), TODAY), ((officers["qin"], officers["liang"]), TODAY + timedelta(days=1)), ((officers["qin"], officers["liang"]), TODAY - timedelta(days=1))):
        with pytest.raises(Refused):
            rewards.inspect(claim=claim, inspectors=inspectors, measured_tenths=10, on=on, by=officers["liang"])
    with pytest.raises(IntegrityError), transaction.atomic():
        RewardInspection.objects.create(claim=claim, inspector_1=officers["qin"], inspector_2=officers["qin"], measured_tenths=1, minimum_tenths=1, on=TODAY, by=officers["liang"], at=claim.at)


def test_a_round_through_the_pages(signed_in, town, poor, source, officers):
    Programme.objects.create(code="REWARD", town=town, name="以奖代补", kind=ProgrammeKind.LIVELIHOOD_REWARD)

    def ask(who, page, /, *args, **data):
        client, address = signed_in(who), reverse(f"aid:{page}", args=args)
        return client.post(address, data) if data else client.get(address)

    said = {"programme": "REWARD", "year": "2017", "label": "三季度", "document_no": "某农发1号", "cap_registered": "3,000"}
    wrong = ask("liang", "new_round", rates="百香果 亩 五百 1\n三黄鸡 例外 10 2017-07-01 2017-12-31", **said)
    assert wrong.status_code == 422 and "第 1 行" in wrong.content.decode() and "第 2 行" in wrong.content.decode()
    assert ask("liang", "new_round", rates="百香果 亩 500 1", **(said | {"cap_registered": ""})).status_code == 422
    assert ask("liang", "new_round", rates="百香果 亩 500 1\n百香果 例外 0.5 2017-07-01 2017-12-31\n三黄鸡 羽 10 30", **said).status_code == 302
    round = RewardRound.objects.get()
    assert round.rates == RATES and round.caps == {"registered": 300_000}
    claim = {"act": "claim", "claim-household": poor[0].code, "claim-item": "百香果", "claim-declared_tenths": "7", "claim-place": "老虎冲", "claim-season": SEASON, "claim-on": f"{TODAY}"}
    assert ask("meng", "round", round.code, **claim).status_code == 404
    assert ask("liang", "round", round.code, **(claim | {"claim-household": "没有"})).status_code == 422
    assert ask("liang", "round", round.code, **claim).status_code == 302
    assert ask("liang", "round", round.code, **claim).status_code == 422  # the plot counts once
    made = RewardClaim.objects.get()
    inspect = {"act": "inspect", "inspect-on": f"{TODAY}", "inspect-inspector_1": officers["qin"].pk, "inspect-inspector_2": officers["liang"].pk, "inspect-measured_tenths": "6.5"}
    assert ask("liang", "claim", made.code, **(inspect | {"inspect-inspector_2": officers["qin"].pk})).status_code == 422
    assert ask("liang", "claim", made.code, **inspect).status_code == 302
    page = ask("meng", "claim", made.code).content.decode()
    assert "3,000" in page and "应得 3,250 元，一年上限 3,000 元" in page
    pay = {"act": "batch", "batch-source": source.code, "batch-title": "三季度奖补", "batch-on": f"{TODAY}"}
    assert ask("liang", "round", round.code, **pay).status_code == 302
    assert ask("liang", "round", round.code, **pay).status_code == 422  # nothing is left to pay
    assert "在名单上" in ask("liang", "round", round.code).content.decode()
    assert ask("liang", "claim", made.code, act="withdraw", **{"withdraw-reason": "x"}).status_code == 422
    batch = Batch.objects.get(title="三季度奖补")
    paid(batch, officers)
    batch.refresh_from_db()
    assert batch.state == BatchState.APPROVED and "发了" in ask("meng", "round", round.code).content.decode()

