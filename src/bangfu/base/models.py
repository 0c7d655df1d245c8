"""The trail's rows. Written by trail.py only; the database itself refuses to change or delete one."""

from django.db import models


class TrailEntry(models.Model):
    """One act: when, who (an officer's user name, "" = nobody signed in), what, on what (a code, never a value), with what result.

    `digest` is SHA-256 over the entry before and this one, so that a row taken out or changed is noticed.
    """

    at = models.DateTimeField()
    who = models.CharField(max_length=40, blank=True)
    act = models.CharField(max_length=40)
    about = models.CharField(max_length=80, blank=True)
    result = models.CharField(max_length=120, blank=True)
    before = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ("-pk",)
        indexes = [models.Index(fields=["act", "-id"], name="trail_by_act"), models.Index(fields=["about", "-id"], name="trail_by_object")]


class Feedback(models.Model):
    """What somebody said of this application, named or not. Text and answer are sealed: people write numbers into them."""

    code = models.CharField(max_length=10, unique=True)  # with it the answer is read without naming oneself
    page = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    at = models.DateTimeField()
    answer = models.TextField(blank=True, default="")
    answered_by = models.CharField(max_length=40, blank=True, default="")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
