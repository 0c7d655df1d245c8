"""The trail: one chain, refused by the database when changed, read by the auditor alone."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from bangfu.base import trail
from bangfu.base.models import TrailEntry


def test_entries_follow_each_other_and_verify_says_so(db):
    count, broken = trail.verify()
    assert count > 5 and broken is None
    trail.write("signed_in", who="lan")
    assert trail.verify() == (count + 1, None)


def test_an_act_nobody_declared_is_no_act(db):
    with pytest.raises(KeyError):
        trail.write("looked_busy", who="lan")


@pytest.mark.parametrize("statement", ["UPDATE base_trailentry SET who = 'nobody'", "DELETE FROM base_trailentry"])
def test_the_database_refuses_to_change_the_trail(db, statement):
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_row_changed_or_taken_out_past_the_database_is_found(db):
    first, second = trail.write("signed_in", who="lan"), trail.write("signed_in", who="bo")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE base_trailentry DISABLE TRIGGER trail_stays")
        else:
            cursor.execute("DROP TRIGGER trail_no_UPDATE")
            cursor.execute("DROP TRIGGER trail_no_DELETE")
        cursor.execute("UPDATE base_trailentry SET result = 'x' WHERE id = %s", [second.pk])
    assert trail.verify()[1] == second.pk
    with connection.cursor() as cursor:
        cursor.execute("UPDATE base_trailentry SET result = '' WHERE id = %s", [second.pk])
        cursor.execute("DELETE FROM base_trailentry WHERE id = %s", [first.pk])
    assert trail.verify()[1] == second.pk
    transaction.set_rollback(True)


@pytest.mark.parametrize("username", ["liang", "qin", "gan", "luo", "yan"])
def test_only_the_auditor_reads_it(signed_in, username):
    assert signed_in(username).get(reverse("base:trail")).status_code == (200 if username == "yan" else 404)


def test_signing_in_and_failing_to_are_told_and_a_password_in_the_wrong_field_is_not(client, officers):
    client.post(reverse("accounts:demo_sign_in"), {"username": "qin"})
    assert (TrailEntry.objects.first().act, TrailEntry.objects.first().who) == ("signed_in", "qin")
    client.logout()
    for login in ("liang", "my secret password"):
        client.post(reverse("account_login"), {"login": login, "password": "x"})
    told = list(TrailEntry.objects.filter(act="sign_in_failed").values_list("about", flat=True)[:4])
    assert "liang" in told and "my secret password" not in told


def test_the_page_filters_by_act_and_never_by_counting_people(signed_in):
    text = signed_in("yan").get(reverse("base:trail"), {"act": "account_opened"}).content.decode()
    assert "建账号" in text and "<td data-label=\"做了什么\">登录</td>" not in text
    assert signed_in("yan").get(reverse("base:trail"), {"act": "x", "before": "9" * 40}).status_code == 200
