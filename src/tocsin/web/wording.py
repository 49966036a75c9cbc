"""The words of the form that a consent rests on: what is shown and what goes on record is the same text."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.i18n import translations
from tocsin.settings import Newsroom


@dataclass(frozen=True, slots=True)
class Wording:
    """The form's words in one language."""

    call: str
    offers: str
    button: str
    thanks: str
    invalid: str
    sent: str
    meant: str
    too_early: str


def wording(language: str, newsroom: Newsroom) -> Wording:
    """Return the form's words."""
    _ = translations("pages", language).gettext
    named = {"newsroom": newsroom.name, "product": newsroom.product}
    return Wording(
        call=_(
            "For free real time breaking news alerts sent straight to your inbox sign up to our breaking news emails"
        ),
        offers=_("I would like to be emailed about offers, events and updates from %(newsroom)s") % named,
        button=_("SIGN UP"),
        thanks=_("Thanks for signing up to the %(product)s email") % named,
        invalid=_("Please enter a valid email address"),
        sent=_("We have sent you an email. Open the link in it to confirm, and you are in."),
        meant=_("Did you mean %(address)s? If what you typed is right, press the button again."),
        too_early=_("Sorry, we can’t send to addresses with such letters before the @ yet."),
    )
