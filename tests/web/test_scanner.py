"""A link scanner opens every link of every mail within a second: nothing changes."""

from lxml import html
from sqlalchemy import select

from tests.fakes.site import Site, ask, links_of, signed_up
from tests.fakes.stories import AT, WHY, alert, correction, update, withdrawal
from tocsin.delivery.digest import render_digest
from tocsin.delivery.render import render
from tocsin.model import Digest, DigestEntry
from tocsin.sending.messages import identity_of
from tocsin.store.engine import Store, metadata

WATCHED = ("subscribers", "signups", "consents", "preferences", "stops", "suppressions", "moves", "letters", "jobs")


def contents(store: Store) -> dict[str, list[str]]:
    with store.read() as connection:
        tables = {name: connection.execute(select(metadata.tables[name])).all() for name in WATCHED}
    return {name: sorted(repr(tuple(row)) for row in rows) for name, rows in tables.items()}


def test_opening_every_link_of_every_mail_changes_nothing(site: Site, address: str) -> None:
    token = signed_up(site, address, offers="on")
    ask(site, "POST", "/signup", {"email": address})
    ask(site, "POST", "/signup", {"email": f"new-{address}"})
    ask(site, "POST", "/link", {"email": address})
    account = site.link_to(address, "/account/")
    ask(site, "POST", f"{account}/move", {"email": f"moved-{address}"})
    letters = [
        site.letter_to(address, "/confirm/"),
        site.letter_to(address, "/account/"),
        site.letter_to(f"new-{address}", "/confirm/"),
        site.letter_to(f"moved-{address}", "/move/"),
    ]
    links = {link for letter in letters for link in links_of(letter, site.base)} | alert_links(site, token)
    assert len(links) >= 10
    settle(site)
    before = contents(site.parts.store)
    for link in sorted(links):
        for method in ("HEAD", "GET", "GET"):
            assert ask(site, method, link, user_agent="scanner").status in (200, 404)
    assert contents(site.parts.store) == before


def alert_links(site: Site, token: str) -> set[str]:
    """Return the links of every kind of alert's mail, and of a digest, that lead to the site, of both its bodies."""
    identity, page, entry = identity_of(site.parts), f"{site.base}/alerts/1", DigestEntry(1, 1, AT, alert())
    mails = [
        render(draft, identity, language="en", zone="UTC", why=WHY, page_url=page, number=1, token=token)
        for draft in (alert(), update(), correction(), withdrawal())
    ]
    mails.append(render_digest(Digest((entry,), 2), identity, language="en", zone="UTC", token=token))
    hrefs = (link for mail in mails for link in html.document_fromstring(mail.html).xpath("//a/@href"))
    words = (word for mail in mails for word in mail.text.split())
    return {link for link in (*hrefs, *words) if link.startswith(site.base)}


def settle(site: Site) -> None:
    """Wait until no letter is on its way: a job is removed a moment after its letter arrived."""
    jobs = metadata.tables["jobs"]
    while True:
        with site.parts.store.read() as connection:
            if connection.execute(select(jobs.c.id)).first() is None:
                return
