"""A source, a programme and a batch of the demo town, made by hand and empty."""

from datetime import date

import pytest

from bangfu.aid.models import Batch, FundSource, Programme, ProgrammeKind, SourceKind
from bangfu.base import clock
from bangfu.base.codes import new_code
from bangfu.registry.models import Area, Household
from tests.rooms.emptied import empty

TODAY = date(2017, 10, 20)


@pytest.fixture
def town(officers, empty_ledger):
    return Area.objects.get(code="450481108000")


@pytest.fixture
def homes(town):
    """Households of 思回村."""
    return list(Household.objects.filter(village="450481108202").order_by("code"))


@pytest.fixture
def made(town, officers):
    """A function that makes a batch with a source and a programme of its own: made("春节", kind=…)."""
    def make(name, *, kind=ProgrammeKind.SYMPATHY_GRANT, **more):
        source = FundSource.objects.create(code=new_code(), town=town, name=f"{name}资金", kind=SourceKind.FISCAL)
        programme = Programme.objects.create(code=new_code(), town=town, name=f"{name}项目", kind=kind)
        return Batch.objects.create(code=new_code(), town=town, programme=programme, source=source, title=name, on=TODAY, drafted_by=officers["liang"], drafted_at=clock.now(), **more)

    return make


@pytest.fixture
def empty_ledger(db):
    """No demo's rows in the ledger."""
    empty("aid")
