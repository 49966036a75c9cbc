"""A reader's data and address: seen, taken along, moved and erased by a fresh link only."""

import json
from datetime import timedelta

from tests.fakes.site import Site, ask, signed_up
from tocsin.readers.addresses import address_key, parse_address
from tocsin.readers.tokens import Purpose, Tokens
from tocsin.store.consents import check_consents, consents_of
from tocsin.store.subscribers import SubscriberState
from tocsin.store.suppressions import Suppressed, suppression_of
from tocsin.subscribers.signing_up import reader_of


def fresh_link(site: Site, address: str) -> str:
    before = len(site.inbox.messages)
    assert ask(site, "POST", "/link", {"email": address}).status == 200
    return site.link_to(address, "/account/", before)


def test_lost_access_is_restored_by_a_mailed_link(site: Site, address: str) -> None:
    token = signed_up(site, address)
    assert address in ask(site, "GET", fresh_link(site, address)).text
    assert site.link_to(address, "/preferences/").endswith(token)


def test_asking_for_a_link_tells_nothing_about_an_address(site: Site, address: str) -> None:
    signed_up(site, address)
    here, there = (ask(site, "POST", "/link", {"email": email}) for email in (address, f"not-{address}"))
    assert (here.status, here.body) == (there.status, there.body)
    assert site.letters_to(f"not-{address}") == []
    assert ask(site, "POST", "/link", {"email": "nobody"}).status == 422


def test_links_can_not_be_asked_for_without_end(site: Site, address: str) -> None:
    signed_up(site, address)
    for _ in range(6):
        ask(site, "POST", "/link", {"email": address})
    fresh = [one for one in site.letters_to(address) if "/account/" in one.body("plain")]
    assert len(fresh) <= 3


def test_the_export_holds_everything(site: Site, address: str) -> None:
    signed_up(site, address, offers="on")
    answer = ask(site, "POST", f"{fresh_link(site, address)}/export")
    assert answer.headers["content-type"] == "application/json"
    data = json.loads(answer.text)
    assert data["subscriber"]["address"] == address
    assert data["interests"] == [{"kind": "all", "value": ""}]
    assert [record["purpose"] for record in data["consents"]] == ["alerts", "offers"]
    assert data["consents"][0]["facts"]["address"] == address


def test_erasure_leaves_the_chain_whole_and_a_hash(site: Site, address: str) -> None:
    token = signed_up(site, address, offers="on")
    reader = reader_of(site.parts, token)
    assert reader is not None
    link = fresh_link(site, address)
    assert "Everything is erased" in ask(site, "POST", f"{link}/erase").text
    assert ask(site, "GET", link).status == 404
    gone = reader_of(site.parts, token)
    assert gone is not None
    assert (gone.state, gone.address, gone.address_key) == (SubscriberState.ERASED, None, None)
    with site.parts.store.read() as connection:
        assert consents_of(connection, reader.id) == ()
        assert check_consents(connection).broken == ()
        key = address_key(site.parts.secret, parse_address(address))
        assert suppression_of(connection, key) is Suppressed.ERASED
    # Links in old mails go on answering, and the reader may come back by themselves.
    assert ask(site, "POST", f"/unsubscribe/{token}").status == 200
    assert signed_up(site, address) != token


def test_a_change_of_address_is_confirmed_at_the_new_and_told_to_the_old(site: Site, address: str) -> None:
    token, new = signed_up(site, address, offers="on"), f"new-{address}"
    link = fresh_link(site, address)
    assert ask(site, "POST", f"{link}/move", {"email": "no address"}).status == 422
    assert ask(site, "POST", f"{link}/move", {"email": new}).status == 200
    confirm = site.link_to(new, "/move/")
    assert new in ask(site, "GET", confirm).text
    before = reader_of(site.parts, token)
    assert before is not None
    assert before.address == address
    assert "Your address is changed" in ask(site, "POST", confirm).text
    assert ask(site, "POST", confirm).status == 404
    after = reader_of(site.parts, token)
    assert after is not None
    assert (after.id, after.address) == (before.id, new)
    with site.parts.store.read() as connection:
        assert [str(record.act) for record in consents_of(connection, after.id)] == ["given", "given", "moved", "moved"]
    site.wait_for(lambda one: one.to == (address,) and "has changed" in str(one.message["Subject"]))


def test_nobody_can_move_onto_another_reader(site: Site, address: str) -> None:
    signed_up(site, address)
    other = f"other-{address}"
    signed_up(site, other)
    assert ask(site, "POST", f"{fresh_link(site, address)}/move", {"email": other}).status == 200
    assert ask(site, "POST", site.link_to(other, "/move/")).status == 409


def test_a_sign_up_that_waits_at_the_new_address_is_in_nobody_s_way(site: Site, address: str) -> None:
    token, new = signed_up(site, address), f"waits-{address}"
    assert ask(site, "POST", "/signup", {"email": new}).status == 200
    waiting = site.link_to(new, "/confirm/")
    assert ask(site, "POST", f"{fresh_link(site, address)}/move", {"email": new}).status == 200
    assert "Your address is changed" in ask(site, "POST", site.link_to(new, "/move/")).text
    moved = reader_of(site.parts, token)
    assert moved is not None
    assert moved.address == new
    assert ask(site, "POST", waiting).status == 404


def test_a_reader_who_has_left_is_in_nobody_s_way_and_what_was_kept_of_them_goes(site: Site, address: str) -> None:
    token, new = signed_up(site, address), f"left-{address}"
    theirs = signed_up(site, new)
    assert ask(site, "POST", f"/unsubscribe/{theirs}").status == 200
    before = len(site.inbox.messages)
    assert ask(site, "POST", "/signup", {"email": new}).status == 200
    waiting = site.link_to(new, "/confirm/", before)
    assert ask(site, "POST", f"{fresh_link(site, address)}/move", {"email": new}).status == 200
    assert "Your address is changed" in ask(site, "POST", site.link_to(new, "/move/")).text
    moved, gone = reader_of(site.parts, token), reader_of(site.parts, theirs)
    assert moved is not None
    assert gone is not None
    assert (moved.state, moved.address) == (SubscriberState.ACTIVE, new)
    assert (gone.state, gone.address, gone.address_key) == (SubscriberState.ERASED, None, None)
    with site.parts.store.read() as connection:
        assert consents_of(connection, gone.id) == ()
        assert check_consents(connection).broken == ()
        assert suppression_of(connection, moved.address_key or "") is None
    # Links in the old account's mails go on answering, and bring nobody back.
    assert ask(site, "POST", waiting).status == 404
    assert ask(site, "POST", f"/unsubscribe/{theirs}").status == 200
    assert ask(site, "POST", f"/preferences/{theirs}", {"pace": "daily"}).status == 200
    after = reader_of(site.parts, theirs)
    assert after is not None
    assert after.state == SubscriberState.ERASED


def test_who_has_left_but_gets_offers_still_has_the_address(site: Site, address: str) -> None:
    signed_up(site, address)
    other = f"offers-{address}"
    assert ask(site, "POST", f"/unsubscribe/{signed_up(site, other, offers='on')}").status == 200
    assert ask(site, "POST", f"{fresh_link(site, address)}/move", {"email": other}).status == 200
    assert ask(site, "POST", site.link_to(other, "/move/")).status == 409


def test_a_fresh_link_goes_stale(site: Site, address: str) -> None:
    reader = reader_of(site.parts, signed_up(site, address))
    assert reader is not None
    then = site.parts.clock() - timedelta(minutes=31)
    stale = Tokens(site.parts.secret).timed(Purpose.ACCOUNT, reader.id, then, timedelta(minutes=30))
    assert ask(site, "GET", f"/account/{stale}").status == 404
    assert ask(site, "POST", f"/account/{stale}/erase").status == 404


def test_a_link_that_a_clock_ahead_has_made_is_good_for_no_longer(site: Site, address: str) -> None:
    reader = reader_of(site.parts, signed_up(site, address))
    assert reader is not None
    ahead = site.parts.clock() + timedelta(days=400)
    lasting = Tokens(site.parts.secret).timed(Purpose.ACCOUNT, reader.id, ahead, timedelta(minutes=30))
    assert ask(site, "GET", f"/account/{lasting}").status == 404
