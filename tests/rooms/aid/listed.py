"""A batch that is filled, checked and approved in one step, for tests of what comes after."""

from bangfu.aid import batches, looking, movements
from bangfu.aid.models import Commodity

from .conftest import TODAY


def filled(batch, homes, officers, *, fen=50_000, people=None, tier="一般户"):
    """Put households (or one person of each) on the list of a batch for an amount; its source has just as much."""
    movements.receive(source=batch.source, fen=fen * len(homes), on=TODAY, by=officers["liang"], key=f"in {batch.pk} {batch.candidates.count()}")
    batches.set_standard(batch=batch, name=tier, commodity=Commodity.objects.get(pk="fen"), quantity=fen)
    for home, person in zip(homes, people or [None] * len(homes), strict=True):
        batches.add(batch=batch, household=home, person=person, standard=tier)
    return batch


def covered(batch, officers):
    """Let every warning pass."""
    for one in looking.warnings(batch, TODAY):
        if one.cover is None:
            batches.cover(batch=batch, household=one.household, rule=one.rule.value, fact=one.fact, reason="看过", by=officers["liang"])


def approved(batch, homes, officers, **more):
    """The same, checked and approved."""
    filled(batch, homes, officers, **more)
    covered(batch, officers)
    batches.check(batch=batch, by=officers["liang"])
    batches.approve(batch=batch, by=officers["meng"])
    batch.refresh_from_db()
    return batch
