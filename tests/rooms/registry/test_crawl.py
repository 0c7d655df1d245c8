"""Every page an officer can reach, as each role: no value of level A or B, nothing of a child but relation, sex and age.

A household is filled with a mark in every masked column, and each mark is recorded as a change, so that lists, cards, forms and histories hold
them. A mask taken off any one column shows its mark: that is tried, too, column by column.
"""

import re
from collections import Counter
from datetime import date
from html import unescape

import pytest
from django.urls import reverse

from bangfu.base import sealing
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.registry import actions, card, queries, shown, views
from bangfu.registry.models import Household, Joining, Leaving, Person
from bangfu.registry.shown import age_on
from bangfu.registry.values import may_be_recorded

VILLAGE, DAY = "450481108202", date(2017, 9, 20)
ALIKE = 40  # pages that differ only in numbers: years of the calendar, days of visits
ROLES = ("liang", "qin", "zu3", "gan", "luo", "yan")  # zu3: a cadre, who is the village's team leader
HOUSEHOLD = [name for name, one in FIELDS.items() if one.sensitivity in ("A", "B") and may_be_recorded(name, of_household=True)]
PERSON = [name for name, one in FIELDS.items() if one.sensitivity in ("A", "B") and may_be_recorded(name, of_household=False)]
CHILD = [name for name in FIELDS if may_be_recorded(name, of_household=False) and name not in ("sex", "birth_date", "name")]


def mark(name, whose):
    return f"记{whose}{list(FIELDS).index(name):03d}号"


@pytest.fixture
def marked(officers):
    """A household with a grown-up and a child, marked; gives it, their numbers on the card and every mark with what it marks."""
    household = next(one for one in Household.objects.filter(village_id=VILLAGE, changes=None)
                     if {age_on(member.person.birth_date, DAY) < 14 for member in queries.present_members(one)} == {True, False})
    members = queries.present_members(household)
    adult = next(one for one in members if age_on(one.person.birth_date, DAY) >= 14)
    child = next(one for one in members if age_on(one.person.birth_date, DAY) < 14)
    marks = {}
    for person, columns, whose in ((None, HOUSEHOLD, "户"), (adult.person, PERSON, "人"), (child.person, CHILD, "小")):
        for column in columns:
            marks[mark(column, whose)] = (column, whose)
            actions.record_value(household=household, person=person, column=column, value=mark(column, whose), seen=0, basis="入户了解", on=date(2017, 10, 1),
                                 by=officers["qin"])
    joined = {"kind": Joining.MOVE, "sex": "女", "born_on": date(2010, 5, 5), "relation_to_head": "之女", "on": date(2017, 9, 1), "by": officers["qin"]}
    left = actions.record_joining(household=household, version=1, name="黎小满", **joined)
    actions.record_leaving(household=household, version=2, member=left, kind=Leaving.MOVE, on=date(2017, 10, 2), by=officers["qin"])
    orphaned = next(one for one in Household.objects.filter(village_id=VILLAGE).exclude(pk=household.pk) if len(queries.present_members(one)) == 2)
    heir = actions.record_joining(household=orphaned, version=1, name="农小禾", **joined)
    for version, gone in enumerate(queries.present_members(orphaned)[:2], start=2):
        actions.record_leaving(household=orphaned, version=version, member=gone, kind=Leaving.DEATH, on=date(2017, 10, 3), by=officers["qin"])
    actions.record_relation(household=orphaned, version=4, member=heir, relation_to_head="户主", on=date(2017, 10, 4), by=officers["qin"])
    return household, adult, child, marks


def secrets():
    """Return every certificate number, telephone and child's name of the village that no grown-up shares."""
    found, children, adults = set(), set(), set()
    for household in Household.objects.filter(village_id=VILLAGE):
        found |= set(household.sealed.values())
        for member in household.members.select_related("person"):
            found |= set(member.person.sealed.values())
            (children if age_on(member.person.birth_date, DAY) < 14 else adults).add(member.person.name)
    return {sealing.unseal(bytes.fromhex(one)) for one in found} | (children - adults)


def reached(client, start="/", most=700):
    """Yield (address, page) of every page that links lead to within the village; forms of one value are followed for one household only."""
    waiting, seen, forms_of, alikes = [start], {start}, set(), Counter()
    homes = set(Household.objects.filter(village_id=VILLAGE).values_list("code", flat=True))
    while waiting and len(seen) < most:
        address = waiting.pop(0)
        answer = client.get(address, follow=True)
        if "/open/" not in address:
            assert answer.status_code == 200, address
        text = answer.content.decode()
        yield address, text
        for link in map(unescape, re.findall(r'href="(/[^"#]*)', text)):
            form = re.match(r"/households/(\d+)/values/(\d+)/\w", link)
            if form and form[1] not in forms_of:
                if forms_of:
                    continue
                forms_of.add(form[1])
            outside = re.match(r"/(?:households|chain|visits/[\d-]+)/village/(\d+)", link)
            home = re.match(r"/(?:households|chain/household|visits/household)/(\d+)/", link)
            alike = re.sub(r"[A-Z0-9]{8}\b|\d+", "#", link)
            if link not in seen and not link.startswith("/static") and not (outside and outside[1] != VILLAGE) and not (home and home[1] not in homes) and alikes[alike] < ALIKE:
                seen.add(link)
                alikes[alike] += 1
                waiting.append(link)


@pytest.mark.parametrize("username", ROLES)
def test_no_page_shows_what_is_to_be_masked(signed_in, marked, username):
    household, _adult, _child, marks = marked
    client, hidden, pages = signed_in(username), secrets(), 0
    assert {"黎小满", "农小禾"} <= hidden
    for asked in ("lixiaoman", "nongxiaohe", "l", "n", "黎", "农"):
        text = client.post(reverse("registry:find"), {"asked": asked}).content.decode()
        assert not [one for one in hidden if one in text], asked
    starts = ["/", *([reverse("registry:columns", args=[household.code, number.number]) for number in (_adult, _child)] if username in ("liang", "qin") else [])]
    for start in starts:
        for address, text in reached(client, start):
            pages += 1
            open_ = [one for one in (*marks, *hidden) if one in text]
            assert not open_, (address, [marks.get(one, "value") for one in open_])
    assert pages > {"liang": 150, "qin": 150, "zu3": 100}.get(username, 2)


@pytest.mark.parametrize("column", [*HOUSEHOLD, *(f"人 {name}" for name in PERSON), *(f"小 {name}" for name in CHILD)])
def test_a_mask_taken_off_one_column_is_noticed(signed_in, marked, monkeypatch, column):
    household, adult, child, _marks = marked
    whose, name = column.split() if " " in column else ("户", column)
    real = shown.is_masked

    def unmasked(asked, person, day):
        return asked != name and real(asked, person, day)

    for module in (shown, card, queries, views):
        monkeypatch.setattr(module, "is_masked", unmasked)
    number = {"户": 0, "人": adult.number, "小": child.number}[whose]
    text = signed_in("qin").get(reverse("registry:columns", args=[household.code, number])).content.decode()
    assert mark(name, whose) in text


def test_the_raw_database_holds_no_mark_of_a_sealed_column(marked):
    from django.db import connection

    _household, _adult, _child, marks = marked
    with connection.cursor() as cursor:
        raw = {}
        for table in ("registry_person", "registry_household", "registry_change", "base_trailentry"):
            cursor.execute(f"SELECT * FROM {table}")
            raw[table] = repr(cursor.fetchall())
    for one, (column, _whose) in marks.items():
        if FIELDS[column].sensitivity == "A":
            assert not any(one in text for text in raw.values()), column
        assert one not in raw["registry_change"] + raw["base_trailentry"], column
    assert Person.objects.exists()
