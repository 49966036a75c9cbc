"""``/desk/people``: who may sit at the desk; for admins."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from tocsin.desk import people
from tocsin.desk.people import LEAST_PASSWORD
from tocsin.errors import TocsinError, WrongUse
from tocsin.readers.signup import Fields
from tocsin.store.people import Role, all_people
from tocsin.web.desk.flash import told_at, told_before, told_once
from tocsin.web.desk.seats import Guarded, field, guard, is_secure, posted, refused, typed, why
from tocsin.web.rendering import Pages
from tocsin.wiring import Parts


def staff(pages: Pages) -> APIRouter:
    """Return the routes."""
    routes, parts = APIRouter(include_in_schema=False), pages.parts
    admin = Depends(guard(parts, Role.ADMIN))
    form = Depends(posted(parts, Role.ADMIN))

    def shown(
        request: Request, who: Guarded, typed: Fields, status: int = 200, told: str = "", wrong: str = ""
    ) -> Response:
        adding = typed if field(typed, "act") == "add" else {}
        with parts.store.read() as connection:
            everybody = all_people(connection)
        return pages.page(
            request,
            "desk_people",
            status=status,
            who=who,
            people=everybody,
            roles=list(Role),
            least=LEAST_PASSWORD,
            adding={"name": field(adding, "name"), "role": field(adding, "role") or Role.EDITOR},
            told=told,
            wrong=wrong,
        )

    @routes.get("/desk/people")
    def look(request: Request, who: Guarded = admin) -> Response:
        return told_once(request, shown(request, who, {}, told=told_before(request)))

    @routes.post("/desk/people")
    def change(request: Request, posted: tuple[Guarded, Fields] = form) -> Response:
        who, fields = posted
        try:
            people.sure(parts, who.seat, typed(fields, "own"))
            return told_at("/desk/people", _changed(parts, fields, who.name), secure=is_secure(parts))
        except TocsinError as error:
            return refused(shown(request, who, fields, 422, wrong=why(error)), error)

    return routes


def _changed(parts: Parts, fields: Fields, by: str) -> str:
    name, role = field(fields, "name"), field(fields, "role")
    password = typed(fields, "password")
    match field(fields, "act"):
        case "add":
            people.hire(parts, name=name, role=_role(role), password=password, by=by)
            return f"{name} may log in."
        case "role":
            people.change_role(parts, name=name, role=_role(role), by=by)
            return f"{name} is {role} now and has to log in again."
        case "disable":
            people.change_role(parts, name=name, role=None, by=by)
            return f"{name} can’t log in any more."
        case "factor":
            people.take_factor(parts, name=name, by=by)
            return f"{name} has no second factor now."
        case "password":
            people.change_password(parts, name=name, password=password, by=by)
            return f"{name} has a new password."
        case _:
            raise WrongUse("say what to do")


def _role(name: str) -> Role:
    if name not in list(Role):
        raise WrongUse("choose a role")
    return Role(name)
