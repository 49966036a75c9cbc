"""Sign-up, confirmation and unsubscribing over HTTP: what a browser, a mail program and a stranger get."""

import re
import socket
from urllib.parse import urlsplit

import pytest
from lxml import html

from tests.fakes.site import Site, ask, links_of, signed_up
from tocsin.readers.addresses import address_key, parse_address
from tocsin.readers.consent import Act, Purpose
from tocsin.store.consents import check_consents, consents_of
from tocsin.store.preferences import interests_of
from tocsin.store.subscribers import Subscriber, SubscriberState, subscriber_at
from tocsin.store.suppressions import Suppressed, suppress, suppression_of
from tocsin.subscribers.signing_up import reader_of

ERROR = "Please enter a valid email address"


def known(site: Site, address: str) -> Subscriber | None:
    key = address_key(site.parts.secret, parse_address(address))
    with site.parts.store.read() as connection:
        return subscriber_at(connection, key)


@pytest.mark.parametrize("path", ["/", "/signup", "/privacy", "/link", "/confirm/none", "/nowhere"])
def test_every_page_is_closed_to_third_parties(site: Site, path: str) -> None:
    answer = ask(site, "GET", path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["set-cookie"] is None
    assert "http" not in answer.text.replace("http://127.0.0.1", "")


@pytest.mark.parametrize(
    "typed", ["", " ", "reader", "a@b", "a@@b.example", "a b@c.example", "x" * 65 + "@c.example", "\0"]
)
def test_an_address_that_is_none_comes_back_with_the_error(site: Site, typed: str) -> None:
    answer = ask(site, "POST", "/signup", {"email": typed})
    assert answer.status == 422
    assert ERROR in answer.text


def test_a_form_without_the_field_is_an_empty_one(site: Site) -> None:
    answer = ask(site, "POST", "/signup", {})
    assert (answer.status, ERROR in answer.text) == (422, True)


def test_what_was_typed_is_shown_as_text(site: Site) -> None:
    answer = ask(site, "POST", "/signup", {"email": '"><script>alert(1)</script>'})
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert" in answer.text


def test_a_form_beyond_all_bounds_is_refused(site: Site) -> None:
    assert ask(site, "POST", "/signup", {"email": "x" * 40_000}).status == 413
    assert ask(site, "POST", "/signup", {f"n{i}": "" for i in range(400)}).status == 413


def test_nothing_is_consented_to_before_the_confirmation(site: Site, address: str) -> None:
    ask(site, "POST", "/signup", {"email": address, "offers": "on"})
    reader = known(site, address)
    assert reader is not None
    assert (reader.state, reader.offers) == (SubscriberState.PENDING, False)
    with site.parts.store.read() as connection:
        assert consents_of(connection, reader.id) == ()


def test_the_consent_on_record_says_who_when_how_and_the_very_words(site: Site, address: str) -> None:
    signed_up(site, address, offers="on", topics=["medtop:11000000", "made:up"])
    reader = known(site, address)
    assert reader is not None
    with site.parts.store.read() as connection:
        records = consents_of(connection, reader.id)
        assert check_consents(connection).broken == ()
        assert [interest.value for interest in interests_of(connection, reader.id)] == ["medtop:11000000"]
    assert [(record.purpose, record.act) for record in records] == [
        (Purpose.ALERTS, Act.GIVEN),
        (Purpose.OFFERS, Act.GIVEN),
    ]
    facts = {name: fact.value for name, fact in records[1].facts.items()}
    form = ask(site, "GET", "/signup").text
    assert facts["address"] == address
    assert facts["network address"] == "127.0.0.1"
    assert facts["wording for offers"]
    assert facts["wording for offers"] in form
    version = facts["privacy notice"]
    assert f"Version {version} of this notice" in ask(site, "GET", f"/privacy/{version}").text


def test_alerts_alone_are_no_consent_to_offers(site: Site, address: str) -> None:
    token = signed_up(site, address)
    reader = reader_of(site.parts, token)
    assert reader is not None
    assert not reader.offers


def test_a_stranger_can_not_add_offers_to_a_sign_up_that_waits(site: Site, address: str) -> None:
    ask(site, "POST", "/signup", {"email": address})
    ask(site, "POST", "/signup", {"email": address.upper(), "offers": "on"})
    ask(site, "POST", site.link_to(address, "/confirm/"))
    reader = known(site, address)
    assert reader is not None
    assert not reader.offers
    assert len(site.letters_to(address)) == 1


def test_known_and_unknown_addresses_get_the_same_answer(site: Site, address: str) -> None:
    signed_up(site, address)
    known_one = ask(site, "POST", "/signup", {"email": address})
    stranger = ask(site, "POST", "/signup", {"email": f"not-{address}"})
    assert known_one.status == stranger.status == 200
    assert known_one.body == stranger.body
    assert known_one.headers.keys() == stranger.headers.keys()
    letter = site.letter_to(address, "/preferences/")
    assert "gets Breaking News already" in " ".join(letter.body("plain").split())


def test_the_page_that_asks_for_confirmation_calls_topics_by_their_names(site: Site, address: str) -> None:
    ask(site, "POST", "/signup", {"email": address, "topics": "medtop:16000000"})
    page = ask(site, "GET", site.link_to(address, "/confirm/")).text
    assert "About: Conflict, war and peace." in page
    assert "medtop:" not in page


def test_a_confirmation_link_works_again_but_never_brings_back_who_left(site: Site, address: str) -> None:
    token = signed_up(site, address)
    link = site.link_to(address, "/confirm/")
    assert "Thanks for signing up" in ask(site, "POST", link).text
    ask(site, "POST", f"/unsubscribe/{token}")
    assert ask(site, "POST", link).status == 404
    reader = reader_of(site.parts, token)
    assert reader is not None
    assert reader.state is SubscriberState.UNSUBSCRIBED


def test_who_left_may_come_back_at_once(site: Site, address: str) -> None:
    token = signed_up(site, address)
    ask(site, "POST", f"/unsubscribe/{token}")
    assert signed_up(site, address) == token
    reader = reader_of(site.parts, token)
    assert reader is not None
    assert reader.state is SubscriberState.ACTIVE


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"),
        (
            b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
            "multipart/form-data; boundary=b",
        ),
        (b"", "text/plain"),
    ],
)
def test_one_click_needs_nothing_and_is_always_well(site: Site, address: str, body: bytes, kind: str) -> None:
    token = signed_up(site, address)
    for _ in range(3):
        answer = ask(site, "POST", f"/unsubscribe/{token}", body, content_type=kind)
        assert answer.status == 200
        assert answer.headers["location"] is None
        assert answer.headers["set-cookie"] is None
    reader = reader_of(site.parts, token)
    assert reader is not None
    assert reader.state is SubscriberState.UNSUBSCRIBED
    with site.parts.store.read() as connection:
        acts = [(record.purpose, record.act) for record in consents_of(connection, reader.id)]
    assert acts == [(Purpose.ALERTS, Act.GIVEN), (Purpose.ALERTS, Act.WITHDRAWN)]


def test_offers_end_by_a_link_of_their_own_and_alerts_go_on(site: Site, address: str) -> None:
    token = signed_up(site, address, offers="on")
    answer = ask(site, "POST", f"/unsubscribe/{token}?from=offers", {"List-Unsubscribe": "One-Click"})
    reader = reader_of(site.parts, token)
    assert answer.status == 200
    assert reader is not None
    assert (reader.state, reader.offers) == (SubscriberState.ACTIVE, False)
    assert "These emails have ended" in answer.text
    assert "Your alerts still come." in answer.text


@pytest.mark.parametrize("path", ["unsubscribe", "preferences"])
def test_who_has_left_ends_offers_too_by_the_button_that_says_so(site: Site, address: str, path: str) -> None:
    token = signed_up(site, address, offers="on")
    ask(site, "POST", f"/unsubscribe/{token}")
    page = html.document_fromstring(ask(site, "GET", f"/{path}/{token}").text)
    (form,) = page.xpath("//form[.//button[text()='Stop these too']]")
    ask(site, "POST", form.get("action"), b"")
    reader = reader_of(site.parts, token)
    assert reader is not None
    assert not reader.offers


@pytest.mark.parametrize("path", ["/confirm/", "/unsubscribe/", "/preferences/", "/account/", "/move/"])
@pytest.mark.parametrize("token", ["forged", "A" * 32, "A" * 40, "%00", "ы", "a" * 5000])
def test_a_forged_link_opens_nothing(site: Site, path: str, token: str) -> None:
    answer = ask(site, "GET", path + token.replace("ы", "%D1%8B"))
    assert answer.status == 404
    assert "This link does not work" in answer.text


def test_a_mistyped_domain_is_asked_about_and_never_corrected(site: Site) -> None:
    typed = {"email": "mistyped.reader@gmial.com"}
    asked = ask(site, "POST", "/signup", typed)
    assert asked.status == 422
    assert "Did you mean mistyped.reader@gmail.com?" in asked.text
    assert known(site, "mistyped.reader@gmial.com") is None
    assert ask(site, "POST", "/signup", {**typed, "sure": "on"}).status == 200
    assert known(site, "mistyped.reader@gmial.com") is not None
    meant = ask(site, "POST", "/signup", {**typed, "sure": "on", "meant": "mistyped.reader@gmail.com"})
    assert meant.status == 200
    assert known(site, "mistyped.reader@gmail.com") is not None


def test_the_trap_catches_programs_without_telling_them(site: Site, address: str) -> None:
    trapped = ask(site, "POST", "/signup", {"email": address, "website": "https://spam.example"})
    honest = ask(site, "POST", "/signup", {"email": f"honest-{address}"})
    assert (trapped.status, trapped.body) == (honest.status, honest.body)
    assert known(site, address) is None


def test_an_address_beyond_ascii_is_refused_politely_where_the_relay_can_not(site: Site) -> None:
    answer = ask(site, "POST", "/signup", {"email": "пошта@приклад.укр"})
    assert answer.status == 422
    assert "before the @" in answer.text


def test_a_domain_beyond_ascii_is_fine(site: Site) -> None:
    assert ask(site, "POST", "/signup", {"email": "reader@приклад.укр"}).status == 200
    assert site.letter_to("reader@xn--80aikifvh.xn--j1amh", "/confirm/")


def test_a_complainer_is_not_written_to_and_a_bounce_ends_with_the_next_confirmation(site: Site, address: str) -> None:
    complained, bounced = (parse_address(f"{kind}-{address}") for kind in ("complained", "bounced"))
    keys = [address_key(site.parts.secret, one) for one in (complained, bounced)]
    with site.parts.store.write() as connection:
        suppress(connection, keys[0], Suppressed.COMPLAINED, site.parts.clock())
        suppress(connection, keys[1], Suppressed.BOUNCED, site.parts.clock())
    assert ask(site, "POST", "/signup", {"email": complained.written}).status == 200
    signed_up(site, bounced.written)
    assert site.letters_to(complained.written) == []
    with site.parts.store.read() as connection:
        assert suppression_of(connection, keys[0]) is Suppressed.COMPLAINED
        assert suppression_of(connection, keys[1]) is None


def test_a_letter_is_real_text_beside_html_and_asks_no_machine_for_an_answer(site: Site, address: str) -> None:
    ask(site, "POST", "/signup", {"email": address, "offers": "on"})
    letter = site.letter_to(address, "/confirm/")
    assert letter.message["Auto-Submitted"] == "auto-generated"
    assert letter.message["Subject"] == "Please confirm: Breaking News from The Daily Test"
    plain, html = letter.body("plain"), letter.body("html")
    link = links_of(letter, "/confirm/")[0]
    assert link in html
    assert "offers, events and updates" in " ".join(plain.split())
    assert "1 Test Street" in plain
    assert "1 Test Street" in html


def test_a_method_that_is_not_allowed_is_told_with_those_that_are(site: Site) -> None:
    answer = ask(site, "DELETE", "/signup")
    assert answer.status == 405
    assert "GET" in answer.headers["allow"]


def test_a_page_that_is_not_there_leads_to_no_other_site(site: Site) -> None:
    for path in ("//elsewhere.example/x", "/\\elsewhere.example/x", "///elsewhere.example"):
        answer = ask(site, "GET", path)
        assert answer.status == 404
        links = re.findall(r'href="([^"]*)\?lang=', answer.text)
        assert links
        assert all(re.match(r"/(?![/\\])", link) for link in links), links


def test_a_slash_too_many_leads_to_the_page_on_this_site_whatever_host_was_asked_for(site: Site) -> None:
    for path, where in (("/desk/", "/desk"), ("/alerts/?lang=uk", "/alerts?lang=uk"), ("/signup//", "/signup")):
        assert ask(site, "GET", path, host="elsewhere.example").headers["location"] == where
    for path in ("//elsewhere.example/", "/\\elsewhere.example/", "/%5celsewhere.example/"):
        assert re.match(r"/(?![/\\])", ask(site, "GET", path).headers["location"]), path
    assert ask(site, "GET", "/").status == 200


def test_a_form_that_breaks_off_is_no_defect_in_the_log(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    host, _, port = urlsplit(site.base).netloc.partition(":")
    with socket.create_connection((host, int(port))) as begun:
        begun.sendall(b"POST /signup HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nemail=")
        assert ask(site, "GET", "/privacy").status == 200  # the form has reached its route by now
    assert ask(site, "GET", "/privacy").status == 200
    assert [one for one in caplog.records if one.levelname == "ERROR"] == []
