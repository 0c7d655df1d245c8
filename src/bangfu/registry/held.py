"""The register as an import plan asks for it: few queries for some hundred households, sealed values opened only in the file's columns."""

from collections.abc import Iterable, Iterator, Sequence

from django.db.models import Prefetch, Q

from .import_plan import Held, HeldMember, Seen
from .import_rows import number_key
from .models import Household, Member, Person
from .values import columns_of, number_indexes, value_of


class HeldRegister:
    """A Register (import_plan.py) over the database. `columns`: those the file has; nothing is told of others."""

    def __init__(self, columns: Iterable[str]) -> None:
        self.columns = frozenset(columns)

    def codes_of(self, village: str) -> list[str]:
        """Return the codes of a village's households."""
        return list(Household.objects.filter(village_id=village).order_by("code").values_list("code", flat=True))

    def households(self, codes: Sequence[str]) -> Iterator[Held]:
        """Return the households with these codes, wherever they are."""
        rows = Household.objects.filter(code__in=codes).prefetch_related(Prefetch("members", Member.objects.select_related("person").order_by("pk")))
        for one in rows:
            members: dict[int, Member] = {}
            for row in one.members.all():
                if row.ends_on is None or members.get(row.person_id, row).ends_on is not None:
                    members[row.person_id] = row
            yield Held(one.code, one.village_id, one.version, self._values(one), tuple(map(self._member, members.values())))

    def persons(self, numbers: Sequence[str], codes: Sequence[str]) -> Iterator[Seen]:
        """Return the persons with one of these certificate numbers or person codes, wherever they are or were."""
        number_of = {index: number for number in numbers for index in number_indexes(number)}
        rows = Member.objects.filter(Q(person__in=Person.objects.filter(number_index__in=list(number_of)).values("pk"))
                                     | Q(person__in=Person.objects.filter(code__in=codes).values("pk")))
        found: dict[int, Member] = {}
        for row in rows.select_related("person", "household").order_by("pk"):
            if row.ends_on is None or found.get(row.person_id, row).ends_on is not None:
                found[row.person_id] = row
        for row in found.values():
            person = row.person
            number = number_of.get(person.number_index) or number_key(value_of(person, "certificate_no"))
            yield Seen(person.pk, number, person.code or "", person.name, value_of(person, "birth_date"), row.household.code, row.household.village_id, _ended(row))

    def _values(self, thing: Household | Person) -> dict[str, str]:
        return {column: value_of(thing, column) for column in columns_of(thing) & self.columns}

    def _member(self, row: Member) -> HeldMember:
        person, values = row.person, self._values(row.person)
        return HeldMember(person.pk, number_key(values.get("certificate_no", "")), person.code or "", person.name, value_of(person, "birth_date"),
                          row.relation_to_head, values, _ended(row))


def _ended(row: Member) -> str:
    return "" if row.ends_on is None else row.ended_by or "left"
