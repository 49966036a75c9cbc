"""What letters to one reader say: a few plain sentences, one button, and what happens if nothing is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address as Mailbox
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

Gettext = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Words:
    """What a letter says: ``paragraphs``, links (label and URL, the first is a button), and what comes ``after``."""

    subject: str
    paragraphs: tuple[str, ...]
    links: tuple[tuple[str, str], ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """What the letters of a newsroom bear: its name, the name of the alerts, and the address they come from."""

    newsroom: str
    product: str
    sender: str


def confirm_words(_: Gettext, paper: Paper, url: str, *, offers: bool) -> Words:
    """Return the letter that asks for a confirmation; ``offers`` names the second consent, if it was asked for."""
    named = {"product": paper.product, "newsroom": paper.newsroom}
    asked = [_("Somebody, we hope you, asked for the %(product)s emails of %(newsroom)s to be sent here.") % named]
    if offers:
        asked.append(_("They also asked to be emailed about offers, events and updates from %(newsroom)s.") % named)
    return Words(
        _("Please confirm: %(product)s from %(newsroom)s") % named,
        (*asked, _("Please confirm that this is your address and that you want this.")),
        ((_("Yes, sign me up"), url),),
        (
            _("If it was not you, do nothing: without your confirmation we send nothing and forget this address."),
            _("The link is good for 7 days."),
        ),
    )


def known_words(_: Gettext, paper: Paper, url: str) -> Words:
    """Return the letter to somebody who signed up and gets alerts already."""
    named = {"product": paper.product, "newsroom": paper.newsroom}
    return Words(
        _("You get %(product)s from %(newsroom)s already") % named,
        (_("Somebody, we hope you, signed this address up again. It gets %(product)s already.") % named,),
        ((_("See or change your preferences"), url),),
        (_("If it was not you, do nothing: nothing has changed."),),
    )


def link_words(_: Gettext, paper: Paper, preferences_url: str, account_url: str) -> Words:
    """Return the letter with a reader's links: for preferences, and a short-lived one for their data."""
    named = {"product": paper.product, "newsroom": paper.newsroom}
    return Words(
        _("Your links for %(product)s from %(newsroom)s") % named,
        (
            _("You asked for your links."),
            _("With the first you choose what you get, and when."),
            _("With the second you see all we keep about you, change your address, or have everything erased."),
        ),
        ((_("Your preferences"), preferences_url), (_("Your data and address"), account_url)),
        (
            _("The second link is good for 30 minutes. Please do not forward this mail."),
            _("If you did not ask for it, do nothing: nothing has changed."),
        ),
    )


def move_words(_: Gettext, paper: Paper, url: str) -> Words:
    """Return the letter to a reader's new address, which asks for its confirmation."""
    named = {"product": paper.product, "newsroom": paper.newsroom}
    return Words(
        _("Please confirm your new address for %(product)s") % named,
        (_("You asked for %(product)s from %(newsroom)s to come to this address from now on.") % named,),
        ((_("Yes, use this address"), url),),
        (
            _("The link is good for 24 hours."),
            _("If it was not you, do nothing: nothing changes, and we forget this address."),
        ),
    )


def moved_words(_: Gettext, paper: Paper, contact: str) -> Words:
    """Return the letter to a reader's old address, which tells of the change."""
    named = {"product": paper.product, "newsroom": paper.newsroom, "contact": contact}
    return Words(
        _("Your address for %(product)s has changed") % named,
        (_("%(product)s from %(newsroom)s no longer come to this address, as you asked.") % named,),
        after=(_("If it was not you, please write to %(contact)s.") % named,),
    )


def compose_letter(
    subject: str, text: str, html: str, paper: Paper, *, to: str, language: str, at: datetime, message_id: str
) -> bytes:
    """Return the whole message: multipart with real plain text, lines ended by CRLF. ``to`` is as on the wire.

    ``Auto-Submitted: auto-generated`` (RFC 3834) keeps vacations from answering it. The bodies are ASCII, so that no
    relay on the way has to change what was signed.
    """
    message = EmailMessage(policy=(SMTP if to.isascii() else SMTPUTF8).clone(cte_type="7bit"))
    message["From"] = _mailbox(paper.newsroom, paper.sender)
    message["To"] = _mailbox("", to)
    message["Subject"] = " ".join(subject.split())
    message["Date"] = at
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["Content-Language"] = language
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message.as_bytes()


def _mailbox(name: str, address: str) -> Mailbox:
    local, _, domain = address.rpartition("@")
    return Mailbox(name, local, domain)
