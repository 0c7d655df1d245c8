"""核对项: a value that is to be looked at when somebody goes there, and what came back.

Promises: a value that is masked on the pages is masked in the question and its answer; an answer is opened one by one and leaves an entry; an item
stays open until somebody saw the value, and its answer until who asked has seen it.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import clock, sealing, trail
from bangfu.base.codes import new_code
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.registry.models import Household, Person
from bangfu.registry.queries import present_members, thing_of
from bangfu.registry.shown import is_masked, label, shown
from bangfu.registry.values import may_be_recorded, value_of

from .errors import Refused
from .models import Answer, VerificationItem, Visit


def choices(household: Household) -> list[tuple[str, str]]:
    """Return what may be asked of a household: "number column" (0 = the household itself), and in words."""
    day = household.source.data_date
    found = [(f"0 {column}", str(label(column))) for column in FIELDS if may_be_recorded(column, of_household=True)]
    for member in present_members(household):
        name = shown("name", member.person.name, member.person, day)
        found += [(f"{member.number} {column}", f"{name}：{label(column)}") for column in FIELDS if may_be_recorded(column, of_household=False)]
    return found


@transaction.atomic
def ask(*, household: Household, what: str, words: str, by: Officer) -> VerificationItem:
    """Ask for a value to be looked at; who asked for it already asks once. Raises Refused for what cannot be asked."""
    number, _space, column = what.partition(" ")
    try:
        thing = thing_of(household, int(number))
    except (ValueError, LookupError) as error:
        raise Refused(_("请从清单里选要核对的一项。")) from error
    person = thing if isinstance(thing, Person) else None
    if not may_be_recorded(column, of_household=person is None):
        raise Refused(_("请从清单里选要核对的一项。"))
    there = VerificationItem.objects.filter(household=household, person=person, column=column, answer="", settled_at=None).first()
    if there is not None:
        return there
    trail.write("verification_asked", household.code, who=by.username, result=column)
    return VerificationItem.objects.create(code=new_code(), household=household, person=person, column=column, words=words, asked_by=by, asked_at=clock.now())


def open_of(household: Household) -> list[VerificationItem]:
    """Return what is to be looked at in a household, the oldest question first."""
    return list(household.verification_items.filter(answer="", settled_at=None).select_related("person", "household__source").order_by("pk"))


def open_by_household(households: Sequence[int]) -> dict[int, list[VerificationItem]]:
    """Return open_of many households, by key."""
    found: dict[int, list[VerificationItem]] = {pk: [] for pk in households}
    for one in VerificationItem.objects.filter(household__in=list(households), answer="", settled_at=None).select_related("person", "household__source").order_by("pk"):
        found[one.household_id].append(one)
    return found


def question(one: VerificationItem) -> str:
    """Return a question in words: whose value, what stands on the register as a page may show it, and why it is asked."""
    day = one.household.source.data_date
    now = shown(one.column, value_of(one.person or one.household, one.column), one.person, day) or _("没有填")
    whose = f"{shown('name', one.person.name, one.person, day)} " if one.person else ""
    return _("{whose}{label}，登记的是“{now}”").format(whose=whose, label=label(one.column), now=now) + (f"（{one.words}）" if one.words else "")


def is_hidden(one: VerificationItem) -> bool:
    """Whether the value of an answer is masked on lists."""
    return is_masked(one.column, one.person, one.household.source.data_date)


@transaction.atomic
def answer(*, household: Household, code: str, said: str, value: str, visit: Visit, by: Officer) -> None:
    """Write what was seen; what was answered already stays as it was answered."""
    sealed = sealing.seal(value).hex() if value and said == Answer.DIFFERENT else ""
    if VerificationItem.objects.filter(household=household, code=code, answer="", settled_at=None).update(answer=said, value=sealed, visit=visit, answered_by=by, answered_at=clock.now()):
        trail.write("verification_answered", household.code, who=by.username, result=said)


def value_of_answer(one: VerificationItem) -> str:
    """Return the value of an answer in the open."""
    return sealing.unseal(bytes.fromhex(one.value)) if one.value else ""


def opened(*, one: VerificationItem, by: Officer) -> str:
    """Return a masked answer in the open; it leaves an entry."""
    trail.write("value_opened", one.household.code, who=by.username, result=f"{label(one.column)}：核对的结果"[:120])
    return value_of_answer(one)


@transaction.atomic
def settle(*, one: VerificationItem, by: Officer) -> None:
    """Put an item away: its answer was seen, or it is not needed any more."""
    if VerificationItem.objects.filter(pk=one.pk, settled_at=None).update(settled_at=clock.now()):
        trail.write("verification_settled", one.household.code, who=by.username, result=one.column)
