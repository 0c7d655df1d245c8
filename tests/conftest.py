"""The demo town stands in the test database once a session; each test's writes are rolled back."""

import pytest


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Add the demo town to the test database."""
    from django.core.management import call_command

    from bangfu.accounts.demo import make_officers
    from bangfu.aid.demo import fill as fill_aid
    from bangfu.chain.demo import fill as fill_chain
    from bangfu.registry.demo import fill
    from bangfu.reports.demo import fill as fill_reports
    from bangfu.visits.demo import fill as fill_visits

    with django_db_blocker.unblock():
        call_command("createcachetable", verbosity=0)
        make_officers()
        fill()
        fill_chain()
        fill_visits()
        fill_aid()
        fill_reports()


@pytest.fixture
def officers(db):
    """The demo's officers by username."""
    from bangfu.accounts.models import Officer

    return {officer.username: officer for officer in Officer.objects.all()}


@pytest.fixture
def signed_in(client, officers):
    """A function that signs an officer in: signed_in("liang") -> client."""

    def sign_in(username):
        client.force_login(officers[username], backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in
