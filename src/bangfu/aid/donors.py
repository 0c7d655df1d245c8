"""Donors: who they are, and how to reach them. The contact is sealed; opening it is told to the trail."""

from django.db import transaction
from django.db.models import QuerySet

from bangfu.accounts.models import Officer
from bangfu.base import clock, sealing, trail
from bangfu.base.codes import new_code
from bangfu.registry.models import Area

from .models import Donor


def of_town(town: Area) -> QuerySet[Donor]:
    """Return a town's donors by name."""
    return Donor.objects.filter(town=town)


@transaction.atomic
def write(*, town: Area, name: str, kind: str, contact: str, to_be_named: bool, by: Officer) -> Donor:
    """Write a donor down."""
    donor = Donor.objects.create(code=new_code(), town=town, name=name, kind=kind, contact=sealing.seal(contact).hex() if contact else "", to_be_named=to_be_named, by=by, at=clock.now())
    trail.write("donor_written", donor.code, who=by.username)
    return donor


@transaction.atomic
def contact_of(*, donor: Donor, by: Officer) -> str:
    """Return how to reach a donor; that somebody looked is in the trail."""
    trail.write("value_opened", f"donor {donor.code}", who=by.username, result="contact")
    return sealing.unseal(bytes.fromhex(donor.contact)) if donor.contact else ""


@transaction.atomic
def reseal_all() -> None:
    """Bring every contact under the newest key."""
    for one in Donor.objects.select_for_update().exclude(contact=""):
        one.contact = sealing.reseal(one.contact)
        one.save(update_fields=["contact"])
