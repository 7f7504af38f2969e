"""Zuora's contacts as the model's, and back; no error names what stands in one."""

from typing import Literal

from deskshift.connectors.zuora.answers import Person
from deskshift.model.billing import Contact

Role = Literal["bill_to", "sold_to"]
ROLES: tuple[Role, ...] = ("bill_to", "sold_to")
FIELDS: dict[Role, str] = {"bill_to": "billToContact", "sold_to": "soldToContact"}
_NO_NAME = "-"
"""Stands where Zuora needs a first or a last name and the contact has only one name."""


def contact(person: Person, role: Role) -> Contact:
    """Give a contact; a person who is both has it once for each role."""
    return Contact(id=person.id, role=role, name=name_of(person), email=person.work_email or "")


def name_of(person: Person) -> str:
    """Give the whole name."""
    return " ".join(part for part in (person.first_name, person.last_name) if part and part != _NO_NAME)


def fields(one: Contact) -> dict[str, str]:
    """Give a contact's fields for a request; an empty one is emptied there."""
    *first, last = one.name.split() or [""]
    return {"firstName": " ".join(first) or _NO_NAME, "lastName": last or _NO_NAME, "workEmail": one.email}


def is_same(person: Person | None, one: Contact) -> bool:
    """Tell whether Zuora holds a contact as it should be."""
    return person is not None and (name_of(person), person.work_email or "") == (" ".join(one.name.split()), one.email)
