"""Families without faults: households whose every column agrees with every other.

Promises: the same seed gives the same people; ages fit relations, school fits age, capacity fits age and health,
incomes add up, numbers begin with the unassigned 450499 and are unique (register.md, 7 and 9). Made in chunks of
whole villages with numpy, so a province fits in memory. Faults come later (faults.py), village habits last (dialects.py).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from bangfu.demo import words

Texts = npt.NDArray[np.object_]
Ints = npt.NDArray[np.int64]

SIZES = {"tiny": (1, 12, None), "demo": (15, 300, None), "large": (15, 1400, 4800)}  # villages, households, persons
SIZE_SHARES = np.array([12, 19, 20, 20, 14, 9, 4, 2]) / 100
VILLAGES_OF_TOWN = 15
HOUSEHOLDS_OF_VILLAGE = 110
ROLES = "HSCFMWG"  # head, spouse, child, head's father, mother, son's wife, grandchild
FAMILIES: dict[int, list[tuple[str, float]]] = {
    1: [("H", 1.0)],
    2: [("HS", 0.5), ("HC", 0.35), ("HM", 0.15)],
    3: [("HSC", 0.7), ("HCC", 0.15), ("HSM", 0.15)],
    4: [("HSCC", 0.65), ("HSCM", 0.35)],
    5: [("HSCCM", 0.4), ("HSCCC", 0.2), ("HSCWG", 0.3), ("HSCFM", 0.1)],
    6: [("HSCWGG", 0.5), ("HSCCFM", 0.5)],
    7: [("HSCWGGC", 0.5), ("HSCCCFM", 0.5)],
    8: [("HSCWGGCC", 0.5), ("HSCCCCFM", 0.5)],
}
ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
CHECK = "10X98765432"
HEALTHY = np.array(["健康", "长期慢性病", "患有大病", "残疾"], dtype=object)


@dataclass(frozen=True)
class Plan:
    """Who lives where: sizes of households and the villages they belong to, before any person is made."""

    sizes: npt.NDArray[np.int8]  # one per household
    village_of: npt.NDArray[np.int32]  # one per household, rising
    towns: list[str]
    town_of_village: Ints
    villages: list[str]

    @property
    def persons(self) -> int:
        return int(self.sizes.sum())


@dataclass
class Chunk:
    """Some whole villages. `columns` hold one text (or None) per person; households are runs of rows."""

    number: int
    first_village: int
    villages: list[str]
    towns: list[str]
    columns: dict[str, Texts]
    household: Ints  # per person, index of the household within the chunk
    starts: Ints  # first person of each household, plus the end
    village: Ints  # per person, index within `villages`
    age: Ints
    male: npt.NDArray[np.bool_]
    caseworker: Ints  # per household, index of the caseworker within the chunk

    @property
    def persons(self) -> int:
        return len(self.household)

    @property
    def households(self) -> int:
        return len(self.starts) - 1


def make_plan(*, size: str | None, persons: int | None, seed: int) -> Plan:
    """Draw household sizes and share them among villages; exactly `persons` people when a number is given."""
    rng = np.random.default_rng([seed, 0])
    if persons is None:
        villages, households, exact = SIZES[size or "demo"]
    else:
        exact = persons
        households = max(1, round(persons / 3.4) + 50)
        villages = min(VILLAGES_OF_TOWN, max(1, households // 20))
        if households > VILLAGES_OF_TOWN * HOUSEHOLDS_OF_VILLAGE:
            villages = households // HOUSEHOLDS_OF_VILLAGE
    sizes = rng.choice(np.arange(1, 9, dtype=np.int8), size=households, p=SIZE_SHARES)
    if exact is not None:
        while sizes.sum() < exact:
            sizes = np.append(sizes, rng.choice(np.arange(1, 9, dtype=np.int8), size=64, p=SIZE_SHARES))
        upto = int(np.searchsorted(np.cumsum(sizes, dtype=np.int64), exact))
        sizes = sizes[: upto + 1]
        sizes[-1] -= int(sizes.sum(dtype=np.int64)) - exact
    villages = min(villages, len(sizes))
    shares = rng.lognormal(0, 0.5, villages)
    bounds = np.unique(np.round(np.cumsum(shares / shares.sum()) * len(sizes)).astype(int))
    bounds[-1] = len(sizes)
    counts = np.diff(np.concatenate([[0], bounds]))
    counts = counts[counts > 0]
    villages = len(counts)
    village_of = np.repeat(np.arange(villages, dtype=np.int32), counts)
    towns, names, town_of = _places(villages, rng)
    return Plan(sizes, village_of, towns, town_of, names)


def _places(villages: int, rng: np.random.Generator) -> tuple[list[str], list[str], Ints]:
    """Names for towns and villages; unique within the county for towns, within its town for villages."""
    town_of = np.arange(villages, dtype=np.int64) // VILLAGES_OF_TOWN
    count = int(town_of[-1]) + 1
    pairs = [a + b for a in words.PLACE_HEADS for b in words.PLACE_TAILS]
    pairs = sorted(set(pairs))
    order = rng.permutation(len(pairs))
    towns = [words.HOME_TOWN]
    for n in range(1, count):
        base = pairs[order[n % len(pairs)]]
        turn = n // len(pairs)
        towns.append(base + ("" if turn == 0 else words.PLACE_TAILS[turn % len(words.PLACE_TAILS)]) + "镇")
    names: list[str] = list(words.HOME_VILLAGES[:villages])
    for _ in range(1, count):
        take = rng.choice(len(pairs), size=VILLAGES_OF_TOWN, replace=False)
        names += [pairs[k] + "村" for k in take]
    return towns, names[:villages], town_of


def check_digits(numbers: Ints) -> list[str]:
    """The check digit (GB 11643) of each number of 17 digits."""
    total = np.zeros(len(numbers), dtype=np.int64)
    rest = numbers.copy()
    for weight in ID_WEIGHTS[::-1]:
        total += (rest % 10) * weight
        rest //= 10
    table = np.array(list(CHECK), dtype=object)
    return list(table[total % 11])


def money(fen: Ints) -> Texts:
    """Amounts in yuan as written in files: no decimals when there are none."""
    whole, cents = fen // 100, fen % 100
    text = np.array(list(map(str, whole.tolist())), dtype=object)
    odd = np.flatnonzero(cents)
    for k in odd.tolist():
        text[k] = f"{text[k]}.{cents[k]:02d}".rstrip("0")
    return text


def chunks(plan: Plan, *, seed: int, as_of: date, per_chunk: int = 40_000) -> Iterator[Chunk]:
    """The people of the plan, some whole villages at a time."""
    used = np.zeros((50_000, 2), dtype=np.int16)  # numbers given out per day and sex
    offset = np.random.default_rng([seed, 1]).integers(0, 500, size=(50_000, 2))
    edges = np.concatenate([[0], np.cumsum(np.bincount(plan.village_of))])  # households before each village
    before = np.concatenate([[0], np.cumsum(plan.sizes, dtype=np.int64)])
    first, number = 0, 0
    villages = len(edges) - 1
    while first < villages:
        last = first + 1
        while last < villages and before[edges[last + 1]] - before[edges[first]] <= per_chunk:
            last += 1
        rng = np.random.default_rng([seed, 2, number])
        yield _chunk(plan, number, first, last, edges, int(before[edges[first]]), rng, as_of, used, offset)
        first, number = last, number + 1


def _pick(rng: np.random.Generator, values: list[str], n: int, p: list[float] | None = None) -> Texts:
    table = np.array(values, dtype=object)
    return table[rng.choice(len(values), size=n, p=p)]


def _chunk(
    plan: Plan, number: int, first: int, last: int, edges: Ints, person_base: int,
    rng: np.random.Generator, as_of: date, used: npt.NDArray[np.int16], offset: Ints,
) -> Chunk:  # fmt: skip
    lo, hi = int(edges[first]), int(edges[last])
    sizes = plan.sizes[lo:hi].astype(np.int64)
    nh, n = len(sizes), int(sizes.sum())
    starts = np.concatenate([[0], np.cumsum(sizes)])
    household = np.repeat(np.arange(nh), sizes)
    village_h = plan.village_of[lo:hi].astype(np.int64) - first
    place = np.arange(n) - starts[household]  # position within the household

    role = np.zeros(n, dtype=np.int8)
    for size, families in FAMILIES.items():
        of_size = np.flatnonzero(sizes == size)
        kinds = rng.choice(len(families), size=len(of_size), p=[p for _, p in families])
        table = np.array([[ROLES.index(c) for c in f] for f, _ in families], dtype=np.int8)
        at = starts[of_size][:, None] + np.arange(size)[None, :]
        role[at] = table[kinds]
    head_of = starts[household]
    three = np.zeros(nh, dtype=bool)
    three[household[role == 6]] = True
    old = np.zeros(nh, dtype=bool)
    old[household[(role == 3) | (role == 4)]] = True

    male = rng.random(n) < 0.52
    head_male = rng.random(nh) < 0.85
    head_male |= three
    first_child = (role == 2) & (np.concatenate([[-1], role[:-1]]) != 2) & (place > 0)
    male[starts[:-1]] = head_male
    male = np.where(role == 1, ~head_male[household], male)
    male = np.where((role == 3), True, np.where((role == 4) | (role == 5), False, male))
    son = first_child & three[household]
    male = np.where(son, True, male)

    head_age = np.where(three, rng.integers(52, 74, nh), np.where(old, rng.integers(28, 54, nh), rng.integers(30, 64, nh)))
    alone = sizes == 1
    head_age = np.where(alone, rng.integers(42, 86, nh), head_age)
    ha = head_age[household]
    son_age = np.zeros(nh, dtype=np.int64)
    son_age[:] = np.clip(head_age - rng.integers(22, 29, nh), 22, 50)
    child = np.clip(ha - rng.integers(21, 36, n), 0, None)
    age = np.select(
        [role == 0, role == 1, son, role == 2, role == 3, role == 4, role == 5, role == 6],
        [ha, np.clip(ha + rng.integers(-6, 5, n), 21, None), son_age[household], child,
         ha + rng.integers(21, 33, n), ha + rng.integers(20, 31, n), np.clip(son_age[household] + rng.integers(-4, 3, n), 20, None),
         np.clip(son_age[household] - rng.integers(20, 29, n), 0, None)],
    ).astype(np.int64)  # fmt: skip
    # born some days after the birthday that makes them this old
    today = np.datetime64(as_of, "D")
    born = today - (age * 365.2425).astype(np.int64) - rng.integers(1, 364, n)
    twin = np.zeros(n, dtype=bool)
    twin[1:] = (role[1:] == 2) & (role[:-1] == 2) & ~son[:-1] & (rng.random(n - 1) < 0.03)
    for k in np.flatnonzero(twin).tolist():  # in order, so triplets are possible too
        born[k] = born[k - 1]
    years = born.astype("datetime64[Y]").astype(np.int64) + 1970
    months = born.astype("datetime64[M]").astype(np.int64) % 12 + 1
    days = (born - born.astype("datetime64[M]")).astype(np.int64) + 1
    age = as_of.year - years - ((months * 100 + days) > as_of.month * 100 + as_of.day)

    # numbers: county, birth, sequence, check digit; a counter per day and sex keeps them unique
    day_index = (born - np.datetime64("1900-01-01", "D")).astype(np.int64)
    sex_index = male.astype(np.int64)
    key = day_index * 2 + sex_index
    order = np.argsort(key, kind="stable")
    sorted_key = key[order]
    begins = np.concatenate([[True], sorted_key[1:] != sorted_key[:-1]])
    run = np.arange(n) - np.maximum.accumulate(np.where(begins, np.arange(n), 0))
    rank = np.empty(n, dtype=np.int64)
    rank[order] = run
    given = used[day_index, sex_index].astype(np.int64) + rank
    np.add.at(used, (day_index, sex_index), 1)
    sequence = ((given * 37 + offset[day_index, sex_index]) % 500) * 2 + sex_index
    digits = 450499 * 10**11 + (years * 10000 + months * 100 + days) * 1000 + sequence
    ids = np.array(list(map(str, digits.tolist())), dtype=object) + np.array(check_digits(digits), dtype=object)

    c: dict[str, Texts] = {}
    vid = village_h[household]
    towns = [plan.towns[plan.town_of_village[v]] for v in range(first, last)]
    villages = plan.villages[first:last]
    c["town"] = np.array(towns, dtype=object)[vid]
    c["village"] = np.array(villages, dtype=object)[vid]
    group_h = np.empty(nh, dtype=object)
    begin_v = np.concatenate([[0], np.flatnonzero(np.diff(village_h)) + 1])
    within = np.arange(nh) - np.repeat(begin_v, np.diff(np.concatenate([begin_v, [nh]])))
    group_names = np.array(["一组", "二组", "三组", "四组", "五组", "六组", "七组", "八组"], dtype=object)
    group_h = group_names[np.minimum(within // 18, 7)]
    c["villager_group"] = group_h[household]
    hcode = 4504990000 * 10 + 0
    step = 7  # neighbours' codes are not one digit apart
    hnum = hcode + (lo + np.arange(nh)) * step % 10**9 + 10**9
    c["household_code"] = np.array(list(map(str, hnum.tolist())), dtype=object)[household]
    pnum = 7000000000 + (person_base + np.arange(n)) * 13
    c["person_code"] = np.array(list(map(str, pnum.tolist())), dtype=object)

    surname_h = rng.choice(len(words.SURNAMES), size=nh, p=_zipf(len(words.SURNAMES)))
    surnames = np.array(words.SURNAMES + words.LONG_SURNAMES, dtype=object)
    long = rng.random(nh) < 0.01
    surname_h = np.where(long, len(words.SURNAMES) + rng.integers(0, len(words.LONG_SURNAMES), nh), surname_h)
    other = rng.choice(len(words.SURNAMES), size=n, p=_zipf(len(words.SURNAMES)))
    own_line = (role == 0) | (role == 2) | (role == 3) | (role == 6)
    surname = surnames[np.where(own_line, surname_h[household], other)]
    given_names = np.array(words.GIVEN, dtype=object)
    share = rng.integers(0, len(given_names), nh)  # brothers and sisters share the first character
    a = np.where(role == 2, share[household], rng.integers(0, len(given_names), n))
    b = rng.integers(0, len(given_names), n)
    alike = np.flatnonzero((role[1:] == 2) & (role[:-1] == 2)) + 1
    for k in alike.tolist():  # but never the whole name
        if b[k] == b[k - 1]:
            b[k] = (b[k] + 1) % len(given_names)
    second = given_names[b]
    rare = np.flatnonzero(rng.random(n) < 0.003)
    second[rare] = np.array(words.RARE, dtype=object)[rng.integers(0, len(words.RARE), len(rare))]
    short = (rng.random(n) < 0.12) & (role != 2)
    c["name"] = surname + np.where(short, "", given_names[a]) + second
    c["sex"] = np.where(male, "男", "女").astype(object)
    c["birth_date"] = np.datetime_as_string(born, unit="D").astype(object)
    c["household_size"] = np.array([str(k) for k in range(10)], dtype=object)[sizes][household]
    relation = np.array(["户主", "配偶", "之子", "之父", "之母", "之儿媳", "之孙子"], dtype=object)[role]
    relation[(role == 2) & ~male] = "之女"
    relation[(role == 6) & ~male] = "之孙女"
    c["relation_to_head"] = relation
    c["ethnicity"] = _pick(rng, ["汉族", "壮族", "瑶族"], nh, [0.975, 0.02, 0.005])[household]

    # school, health, capacity
    stage = np.full(n, None, dtype=object)
    by_age = {0: "学龄前儿童", 1: "学龄前儿童", 2: "学龄前儿童", 3: "学前教育", 4: "学前教育", 5: "学前教育"}
    by_age |= dict.fromkeys(range(6, 12), "小学") | {12: "七年级", 13: "八年级", 14: "九年级"}
    for years_old, label in by_age.items():
        stage[age == years_old] = label
    track = rng.random(n)
    for years_old, year in ((15, "一"), (16, "二"), (17, "三")):
        stage[(age == years_old) & (track < 0.6)] = f"普通高中{year}年级"
        stage[(age == years_old) & (track >= 0.6) & (track < 0.9)] = f"中职{year}年级"
    stage[(age >= 18) & (age <= 21) & (track < 0.2)] = "本科"
    for years_old, year in ((18, "一"), (19, "二"), (20, "三")):
        stage[(age == years_old) & (track >= 0.2) & (track < 0.45)] = f"高职高专{year}年级"
    stage[(role == 0) | (role == 1) | (role == 5)] = None
    studying = np.array([s is not None for s in stage], dtype=bool)
    student = studying & (age >= 6)
    levels = np.array(["文盲或半文盲", "小学", "初中", "高中", "大专", "本科及以上"], dtype=object)
    pull = rng.random(n)
    level = np.where(age >= 60, np.searchsorted([0.2, 0.75, 0.97], pull), 1 + np.searchsorted([0.25, 0.8, 0.95, 0.985], pull))
    level = np.where(age < 20, np.minimum(level, 3), level)
    level = np.where(age < 18, np.minimum(np.maximum(level, 1), 2), level)
    education = levels[level]
    education[studying] = None
    c["education_level"], c["school_stage"] = education, stage
    ill = rng.random(n)
    older = age >= 55
    state = np.select([ill < 0.06, ill < np.where(older, 0.09, 0.065), ill < np.where(older, 0.32, 0.10)], [3, 2, 1], 0)
    state = np.where(age < 8, 0, state)
    c["health_status"] = HEALTHY[state]
    disabled = state == 3
    grade = rng.integers(1, 5, n)
    kind = rng.integers(1, 8, n)
    suffix = np.array(list(map(str, (kind * 10 + grade).tolist())), dtype=object)
    c["certificate_no"] = np.where(disabled, ids + suffix, ids)
    skill = rng.random(n)
    capacity = np.full(n, "普通劳动力", dtype=object)
    capacity[skill < 0.06] = "技能劳动力"
    capacity[(state == 1) | (state == 2) | ((age >= 60) & (skill < 0.7)) | (disabled & (grade >= 3))] = "弱劳动力或半劳动力"
    capacity[(age >= 72) | ((age >= 60) & (skill > 0.85))] = "无劳动力"
    capacity[disabled & (grade <= 2)] = "丧失劳动力"
    capacity[(age < 16) | studying] = "无劳动力"
    c["work_capacity"] = capacity
    works = (capacity == "普通劳动力") | (capacity == "技能劳动力")
    worked = np.where(works & (rng.random(n) < 0.75), rng.integers(3, 13, n), 0)
    c["work_months"] = np.array([str(k) for k in range(13)], dtype=object)[worked]
    employee = works & (rng.random(n) < 0.05)
    c["resident_medical"] = np.where(employee, "否", "是").astype(object)
    c["employee_medical"] = np.where(employee, "是", "否").astype(object)
    c["serious_illness_cover"] = np.where(employee, "否", "是").astype(object)
    c["resident_pension"] = np.where((age >= 16) & ~student & ~employee & (rng.random(n) < 0.93), "是", "否").astype(object)

    # the household
    def spread(values: Texts) -> Texts:
        return values[household]

    allowance_h = rng.random(nh) < 0.15
    c["subsistence_allowance"] = spread(np.where(allowance_h, "农村低保", "未享受").astype(object))
    lifted = rng.random(nh) < 0.95
    monitored = ~lifted | (rng.random(nh) < 0.04)
    none = np.full(nh, None, dtype=object)
    c["household_kind"] = spread(np.where(lifted, "脱贫户", "一般农户").astype(object))
    c["lifted_year"] = spread(np.where(lifted, _pick(rng, ["2014", "2015", "2016"], nh), none))
    causes = ["因病", "因残", "因学", "缺技术", "缺劳动力", "缺资金", "因灾"]
    c["poverty_cause"] = spread(np.where(lifted, _pick(rng, causes, nh, [0.3, 0.12, 0.15, 0.15, 0.13, 0.1, 0.05]), none))
    kinds = np.where(lifted, "脱贫不稳定户", np.where(rng.random(nh) < 0.7, "边缘易致贫户", "突发严重困难户")).astype(object)
    c["monitored_kind"] = spread(np.where(monitored, kinds, none))
    when = [f"{y}-{m:02d}" for y in (2015, 2016) for m in range(1, 13)]
    c["monitored_from"] = spread(np.where(monitored, _pick(rng, when, nh), none))
    risks = ["因病", "因残", "因学", "缺劳动力", "因务工就业不稳", "因自然灾害", "因安全住房"]
    c["risk_1"] = spread(np.where(monitored, _pick(rng, risks, nh, [0.4, 0.15, 0.12, 0.12, 0.08, 0.04, 0.09]), none))
    c["dangerous_house"] = spread(np.where(rng.random(nh) < 0.03, "是", "否").astype(object))
    c["safe_water"] = spread(np.where(rng.random(nh) < 0.96, "是", "否").astype(object))

    by_house = np.bincount(household, weights=worked * rng.integers(15, 40, n) * 100, minlength=nh).astype(np.int64)
    wage = by_house * 100
    business = rng.integers(8, 160, nh) * 100 * 100
    prop = np.where(rng.random(nh) < 0.4, 475000, 0) + np.where(rng.random(nh) < 0.2, 242776, 0)
    elders = np.bincount(household, weights=(age >= 60), minlength=nh).astype(np.int64)
    transfer = elders * 145200 + allowance_h * 736500 + sizes * 12 * 300 + rng.integers(1, 40, nh) * 1130 + 37380
    cost = business * rng.integers(10, 45, nh) // 10000 * 100
    c.update({k: spread(v) for k, v in income_columns(wage, business, prop, transfer, cost, sizes).items()})
    c["income_period"] = np.full(n, f"{as_of.year - 1}-10至{as_of.year}-09", dtype=object)

    c["head_name"] = c["name"][head_of]
    phone_h = phones(rng, nh)
    c["household_phone"] = spread(phone_h)
    own = phones(rng, n)
    has = (age >= 16) & (rng.random(n) < 0.7)
    c["person_phone"] = np.where(role == 0, spread(phone_h), np.where(has, own, np.full(n, None, dtype=object)))

    per_village = np.bincount(village_h, minlength=last - first)
    workers = np.maximum(1, per_village // 4)
    base = np.concatenate([[0], np.cumsum(workers)])
    worker_h = base[village_h] + rng.integers(0, 1 << 30, nh) % workers[village_h]
    nw = int(base[-1])
    wname = surnames[rng.integers(0, len(words.SURNAMES), nw)] + given_names[rng.integers(0, len(given_names), nw)]
    wname = wname + given_names[rng.integers(0, len(given_names), nw)]
    c["caseworker_name"] = wname[worker_h][household]
    c["caseworker_unit"] = _pick(rng, words.UNIT_PLACES, nw)[worker_h][household]
    c["caseworker_phone"] = phones(rng, nw)[worker_h][household]
    return Chunk(number, first, villages, towns, c, household, starts, vid, age, male, worker_h)


def income_columns(
    wage: Ints, business: Ints, prop: Ints, transfer: Ints, cost: Ints, sizes: Ints
) -> dict[str, Texts]:
    """The eight amounts of a household in yuan, from its parts in fen; totals follow register.md 2.7."""
    gross = wage + business + prop + transfer
    net = gross - cost
    per_head = (2 * net + sizes) // (2 * sizes)  # half up, to the fen
    parts = {"wage_income_fen": wage, "business_income_fen": business, "property_income_fen": prop,
             "transfer_income_fen": transfer, "business_cost_fen": cost, "gross_income_fen": gross,
             "net_income_fen": net, "net_income_per_head_fen": per_head}  # fmt: skip
    return {name: money(np.asarray(fen, dtype=np.int64)) for name, fen in parts.items()}


def phones(rng: np.random.Generator, n: int) -> Texts:
    """Numbers nobody has: 100 and eight digits."""
    return np.array(list(map(str, (10_000_000_000 + rng.integers(1, 10**8, n)).tolist())), dtype=object)


def _zipf(n: int) -> npt.NDArray[np.float64]:
    weights = 1 / np.arange(2, n + 2)
    shares: npt.NDArray[np.float64] = weights / weights.sum()
    return shares
