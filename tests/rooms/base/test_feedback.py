"""意见反馈: on every page, without naming oneself; the office answers."""

import pytest
from django.urls import reverse

from bangfu.base import feedback
from bangfu.base.models import Feedback


def test_somebody_without_an_account_says_something_and_reads_the_answer(client, officers, signed_in):
    assert reverse("base:feedback") in client.get(reverse("account_login")).content.decode()
    answer = client.post(reverse("base:feedback"), {"text": "字太小，看不清 450499196503120114", "page": "/sign-in/?next=/x"}, follow=True)
    assert answer.status_code == 200 and "字太小" in answer.content.decode() and "还没有答复" in answer.content.decode()
    [kept] = Feedback.objects.all()
    assert "450499" not in repr(kept.__dict__) and kept.page == "/sign-in/"
    office = signed_in("liang")
    assert "字太小" in office.get(reverse("base:feedback_list")).content.decode()
    assert office.post(reverse("base:feedback_answer", args=[kept.code]), {"answer": "右上角有“大字”"}).status_code == 302
    office.logout()
    assert "右上角有" in client.get(reverse("base:feedback_sent", args=[kept.code.lower()])).content.decode()


@pytest.mark.parametrize("said", [{}, {"text": "  "}, {"text": "长" * 2001}])
def test_nothing_and_too_much_are_said_in_words(client, db, said):
    assert client.post(reverse("base:feedback"), said).status_code == 422 and Feedback.objects.count() == 0


def test_one_address_cannot_flood_the_office(client, db):
    for _ in range(feedback.AN_HOUR):
        assert client.post(reverse("base:feedback"), {"text": "x"}).status_code == 302
    assert "一小时" in client.post(reverse("base:feedback"), {"text": "x"}).content.decode()


@pytest.mark.parametrize("username", ["liang", "qin", "gan", "luo", "yan"])
@pytest.mark.parametrize("page", ["base:feedback_list", "base:feedback_answer"])
def test_only_the_office_sees_what_came_in(signed_in, page, username):
    sent = feedback.send(text="x", page="")
    arguments = [sent.code] if page == "base:feedback_answer" else []
    assert signed_in(username).get(reverse(page, args=arguments)).status_code == (200 if username == "liang" else 404)
