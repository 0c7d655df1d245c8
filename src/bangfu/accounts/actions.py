"""Every write to accounts."""

from django.db import transaction

from bangfu.base import trail

from .models import Officer
from .roles import Role


@transaction.atomic
def open_account(*, username: str, name: str, role: Role, area: str, password: str | None, by: str = "") -> Officer:
    """Make an account; without a password nobody can sign in to it but through the demo's page. Validates every field.

    by  the user name of who makes it, "" at the first start and in the demo
    """
    officer = Officer(username=username, name=name, role=role, area=area)
    if password is None:
        officer.set_unusable_password()
    else:
        officer.set_password(password)
    officer.full_clean()
    officer.save()
    trail.write("account_opened", username, who=by, result=f"{role} {area}")
    return officer
