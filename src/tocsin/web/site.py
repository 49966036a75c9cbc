"""The reader's way in and out: sign up, confirm, unsubscribe. Nothing here needs a script or keeps a session."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import JSONResponse, Response

from tocsin.readers.proof import proves
from tocsin.readers.signup import Fields, Filled, Problem, SignUp, Slip, filled, read_sign_up
from tocsin.readers.tokens import Tokens
from tocsin.store.subscribers import Subscriber, SubscriberState
from tocsin.subscribers import signing_up as subscribers
from tocsin.subscribers.signing_up import Confirmation, Standing, Visit, browser_mark
from tocsin.web.forms import LOOK, posted_form
from tocsin.web.notice import notice_of_today
from tocsin.web.offer import Shelf
from tocsin.web.rendering import Pages
from tocsin.web.wording import wording

Form = Annotated[Fields, Depends(posted_form)]
_COOKIE, _COOKIE_LIFE_S = "tocsin_signup", 24 * 3600


def site(pages: Pages, shelf: Shelf) -> APIRouter:
    """Return the routes of sign-up, confirmation and unsubscribing."""
    routes = APIRouter(include_in_schema=False)
    parts = pages.parts

    @routes.api_route("/", methods=LOOK)
    @routes.api_route("/signup", methods=LOOK)
    def form(request: Request) -> Response:
        return _form(pages, shelf, request, Filled())

    @routes.post("/signup")
    def sign_up(request: Request, fields: Form) -> Response:
        return _signed_up(pages, shelf, request, fields)

    @routes.api_route("/confirm/{token}", methods=LOOK)
    def confirmation(request: Request, token: str) -> Response:
        mark = _mark_of(request)
        if mark is None:
            return _confirmed(pages, shelf, request, subscribers.waiting_for(parts, token))
        return _confirmed(pages, shelf, request, subscribers.confirm(parts, token, client_of(request), browser=mark))

    @routes.post("/confirm/{token}")
    def confirm(request: Request, token: str) -> Response:
        return _confirmed(pages, shelf, request, subscribers.confirm(parts, token, client_of(request)))

    @routes.api_route("/unsubscribe/{token}", methods=LOOK)
    def leaving(request: Request, token: str) -> Response:
        return _leaving(pages, request, subscribers.reader_of(parts, token), token)

    @routes.post("/unsubscribe/{token}")
    def leave(request: Request, token: str) -> Response:
        # RFC 8058: whatever the body says, however often it comes, the answer is 200, without cookie or redirect.
        reader = subscribers.reader_of(parts, token)
        if reader is not None and request.query_params.get("from") == "offers":
            subscribers.refuse_offers(parts, reader.id, "the unsubscribe link of offers")
        elif reader is not None:
            subscribers.unsubscribe(parts, reader.id, "the unsubscribe link of an alert")
        return _leaving(pages, request, subscribers.reader_of(parts, token), token)

    return routes


def client_of(request: Request) -> str:
    """Return the network address of whoever asks; uvicorn has looked behind the configured proxies."""
    return request.client.host if request.client else ""


def _form(pages: Pages, shelf: Shelf, request: Request, form: Filled, slip: Slip | None = None) -> Response:
    status = 422 if slip else 200
    topics = shelf.offered(pages.language_of(request))
    return pages.page(request, "signup", status=status, filled=form, slip=slip, topics=topics, flashes=shelf.flashes())


def _signed_up(pages: Pages, shelf: Shelf, request: Request, fields: Fields) -> Response:
    offer, smtputf8 = shelf.offer(), pages.parts.settings.readers.smtputf8
    form = read_sign_up(fields, offered=offer.is_topic, smtputf8=smtputf8)
    if isinstance(form, Slip):
        if _wants_json(request):
            return _told(pages, request, _problem(pages, request, form), form.suggestion)
        return _form(pages, shelf, request, filled(fields), form)
    visit = _visit(pages, request, fields)
    answer = _told(pages, request) if _wants_json(request) else pages.page(request, "sent", back=visit.back)
    if form is not None:  # a program is answered as if all were well
        subscribers.sign_up(pages.parts, form, visit)
        _mark_browser(pages, answer, form)
    return answer


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")


def _told(pages: Pages, request: Request, problem: str = "", suggestion: str | None = None) -> Response:
    """Answer the script of the form, on our pages or on those it is pasted into."""
    message = problem or wording(pages.language_of(request), pages.parts.settings.newsroom).sent
    state = "problem" if problem else "sent"
    answer = JSONResponse({"state": state, "message": message, "suggestion": suggestion}, 422 if problem else 200)
    origin = request.headers.get("origin", "")
    if origin in pages.parts.settings.readers.embedded_in:
        answer.headers.update({"access-control-allow-origin": origin, "vary": "origin"})
    return answer


def _problem(pages: Pages, request: Request, slip: Slip) -> str:
    words = wording(pages.language_of(request), pages.parts.settings.newsroom)
    match slip.problem:
        case Problem.MISTYPED:
            return words.meant % {"address": slip.suggestion}
        case Problem.NEEDS_SMTPUTF8:
            return words.too_early
        case Problem.INVALID:
            return words.invalid


def _visit(pages: Pages, request: Request, fields: Fields) -> Visit:
    language = pages.language_of(request)
    words = wording(language, pages.parts.settings.newsroom)
    form = filled(fields)
    origin = next((one for one in pages.parts.settings.readers.embedded_in if _is_on(form.back, one)), None)
    shown = {
        "form": f"embedded in {origin}" if origin else "the site's own",
        "wording for alerts": f"{words.call} [{words.button}]",
        "wording for offers": words.offers,
        "privacy notice": notice_of_today(pages, language)[0],
        "language": language,
    }
    worked = proves(form.proof, form.email, pages.parts.settings.readers.proof_of_work, pages.parts.clock())
    return Visit(client_of(request), language, shown, form.back if origin else None, worked=worked)


def _is_on(address: str, origin: str) -> bool:
    return address == origin or address.startswith(f"{origin}/")


def _mark_browser(pages: Pages, answer: Response, form: SignUp) -> None:
    """Let the browser that signed up confirm by opening the link: by this cookie it is known again."""
    answer.set_cookie(
        _COOKIE,
        browser_mark(pages.parts, form),
        max_age=_COOKIE_LIFE_S,
        path="/confirm",
        secure=pages.parts.settings.web.base_url.startswith("https:"),
        httponly=True,
        samesite="lax",
    )


def _mark_of(request: Request) -> str | None:
    """Return the mark of the browser that opens a link for its reader; None when it only looks, or looks ahead."""
    ahead = "sec-purpose" in request.headers or "purpose" in request.headers
    return None if request.method == "HEAD" or ahead else request.cookies.get(_COOKIE)


def _confirmed(pages: Pages, shelf: Shelf, request: Request, standing: Standing) -> Response:
    asked = standing.asked
    if asked is None or standing.reader is None:
        return pages.void_link(request)
    if standing.confirmation is Confirmation.WAITING:
        topics = [choice.label for choice in shelf.choices(asked.topics, asked.language)]
        return pages.page(request, "confirm", language=asked.language, asked=asked, topics=topics)
    preferences = f"/preferences/{Tokens(pages.parts.secret).mailed(standing.reader.id)}"
    sender = pages.parts.settings.mail.sender
    return pages.page(request, "thanks", language=asked.language, asked=asked, preferences=preferences, sender=sender)


def _leaving(pages: Pages, request: Request, reader: Subscriber | None, token: str) -> Response:
    if reader is None:
        return pages.void_link(request)
    name = "offers" if request.query_params.get("from") == "offers" else "unsubscribe"
    active = reader.state is SubscriberState.ACTIVE
    return pages.page(request, name, language=reader.language, active=active, offers=reader.offers, token=token)
