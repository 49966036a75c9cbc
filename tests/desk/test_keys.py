"""API keys: shown once, hashed, scoped by what they were given and by their person's role, ended for good."""

from pathlib import Path

import pytest
from sqlalchemy import text

from tests.desk.test_people import PASSWORD
from tocsin.desk import keys, people
from tocsin.desk.keys import Scope, holder_of, make_key
from tocsin.errors import WrongUse
from tocsin.settings import Settings
from tocsin.store.audit import entries
from tocsin.store.people import Role
from tocsin.wiring import Parts, assemble


@pytest.fixture
def parts(database_url: str, tmp_path: Path) -> Parts:
    return assemble(Settings(folder=tmp_path / "var", database=database_url))


def made(parts: Parts, role: Role, *scopes: Scope) -> str:
    people.hire(parts, name="mara", role=role, password=PASSWORD, by="init")
    people.hire(parts, name="root", role=Role.ADMIN, password=PASSWORD, by="init")
    return make_key(parts, person="mara", name="dashboard", scopes=scopes, by="mara")


def test_a_key_opens_as_its_person_and_only_its_hash_is_kept(parts: Parts) -> None:
    token = made(parts, Role.EDITOR)
    holder = holder_of(parts, token)
    assert holder is not None
    assert (holder.person.name, holder.key.name) == ("mara", "dashboard")
    assert (holder.may(Scope.READ), holder.may(Scope.APPROVE)) == (True, False)
    for wrong in ("", "tocsin_", token[:-1], token.removeprefix(keys.PREFIX), token.upper()):
        assert holder_of(parts, wrong) is None
    with parts.store.read() as connection:
        kept = connection.execute(text("SELECT * FROM api_keys")).all()
        told = [entry.act for entry in entries(connection)]
    assert token.removeprefix(keys.PREFIX) not in str(kept)
    assert "make key" in told
    ((key, owner),) = keys.keys(parts)
    assert (owner, key.used_at is not None) == ("mara", True)


def test_a_key_is_worth_no_more_than_its_persons_role(parts: Parts) -> None:
    token = made(parts, Role.APPROVER, Scope.APPROVE)
    holder = holder_of(parts, token)
    assert holder is not None
    assert holder.may(Scope.APPROVE)
    people.change_role(parts, name="mara", role=Role.EDITOR, by="root")
    holder = holder_of(parts, token)
    assert holder is not None
    assert not holder.may(Scope.APPROVE)
    with pytest.raises(WrongUse, match="no part in the scope"):
        make_key(parts, person="mara", name="x", scopes=(Scope.APPROVE,), by="mara")
    people.change_role(parts, name="mara", role=None, by="root")
    assert holder_of(parts, token) is None


def test_an_ended_key_opens_nothing_and_nobody_ends_anothers(parts: Parts) -> None:
    token = made(parts, Role.EDITOR)
    ((key, _),) = keys.keys(parts)
    with pytest.raises(WrongUse, match="no key"):
        keys.end(parts, key.id, by="root", person="root")
    keys.end(parts, key.id, by="root")
    assert holder_of(parts, token) is None
    with pytest.raises(WrongUse, match="no key"):
        keys.end(parts, key.id, by="root")


@pytest.mark.parametrize(("person", "name"), [("nobody", "x"), ("mara", " "), ("mara", "x" * 101)])
def test_a_key_needs_somebody_and_a_name(parts: Parts, person: str, name: str) -> None:
    made(parts, Role.EDITOR)
    with pytest.raises(WrongUse):
        make_key(parts, person=person, name=name, scopes=(), by="root")
