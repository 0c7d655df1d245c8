"""意见反馈: anybody says something, without naming himself if he likes; the office sees it and answers (protection F13)."""

from django import forms
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from . import clock, sealing, trail
from .codes import new_code
from .models import Feedback

AN_HOUR = 20


class FeedbackForm(forms.Form):
    """One field is enough; who it is from is not asked."""

    text = forms.CharField(label=_("想说什么"), max_length=2000, widget=forms.Textarea(attrs={"rows": 6}), error_messages={"required": _("请写几个字。")})
    page = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)


class AnswerForm(forms.Form):
    """What the office says to it."""

    answer = forms.CharField(label=_("答复"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}), error_messages={"required": _("请写答复。")})


def too_many(address: str) -> bool:
    """Whether one address sent more than AN_HOUR in an hour; the address itself is kept nowhere else."""
    key = f"feedback:{address}"
    cache.add(key, 0, 3600)
    return cache.incr(key) > AN_HOUR


@transaction.atomic
def send(*, text: str, page: str) -> Feedback:
    """Keep what was said; its code is told to whoever said it."""
    return Feedback.objects.create(code=new_code(), text=sealing.seal(text).hex(), page=page.split("?")[0], at=clock.now())


@transaction.atomic
def reply(feedback: Feedback, *, answer: str, by: str) -> None:
    """Answer, or put another answer in the place of the one before."""
    feedback.answer, feedback.answered_by, feedback.answered_at = sealing.seal(answer).hex(), by, clock.now()
    feedback.save(update_fields=["answer", "answered_by", "answered_at"])
    trail.write("feedback_answered", feedback.code, who=by)


def said(feedback: Feedback) -> tuple[str, str]:
    """Return text and answer in the open."""
    return tuple(sealing.unseal(bytes.fromhex(one)) if one else "" for one in (feedback.text, feedback.answer))  # type: ignore[return-value]


@transaction.atomic
def reseal_all() -> None:
    """Bring everything said under the newest key."""
    for one in Feedback.objects.select_for_update():
        one.text, one.answer = (sealing.reseal(part) if part else "" for part in (one.text, one.answer))
        one.save(update_fields=["text", "answer"])
