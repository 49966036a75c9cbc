"""Preferences by a mailed token: they hold, and the token can do no more."""

from dataclasses import replace
from datetime import timedelta

from tests.fakes.site import Site, ask, signed_up
from tests.fakes.stories import alert
from tocsin.readers.interests import ALL_NEWS, Interest, InterestKind, Stop, StopKind
from tocsin.store.alerts import add_version
from tocsin.subscribers.signing_up import preferences_of, reader_of, stops_of_reader

FORM: dict[str, str | list[str]] = {
    "topics": ["medtop:11000000", "forged"],
    "new_places": "Kherson\nNowhereatall\nUkraine",
    "phrases": "  Zaporizhzhia   nuclear plant \n\nx\nNord Stream\n",
    "pace": "daily",
    "flash_only": "on",
    "quiet_from": "22:30",
    "quiet_to": "07:00",
    "quiet_override": "none",
    "digest_hour": "6",
    "digest_day": "5",
    "daily_cap": "3",
    "zone": "Europe/Kyiv",
    "language": "en",
}


def test_all_preferences_are_kept_and_shown_again(site: Site, address: str) -> None:
    token = signed_up(site, address)
    until = (site.parts.clock() + timedelta(days=3)).date()
    page = ask(site, "POST", f"/preferences/{token}", {**FORM, "paused_until": until.isoformat()})
    assert page.status == 200
    assert "Saved." in page.text
    assert "We don’t know these places: Nowhereatall." in page.text
    reader = reader_of(site.parts, token)
    assert reader is not None
    wanted = preferences_of(site.parts, reader)
    assert set(wanted.interests) == {
        Interest(InterestKind.TOPIC, "medtop:11000000"),
        Interest(InterestKind.PLACE, "UA/Kherson"),
        Interest(InterestKind.PLACE, "UA"),
        Interest(InterestKind.PHRASE, "Zaporizhzhia nuclear plant"),
        Interest(InterestKind.PHRASE, "Nord Stream"),
    }
    assert (wanted.pace, wanted.flash_only, wanted.daily_cap) == ("daily", True, 3)
    assert (wanted.quiet_from, wanted.quiet_to, wanted.quiet_override) == (22 * 60 + 30, 7 * 60, "none")
    assert (wanted.digest_hour, wanted.digest_day, wanted.zone) == (6, 5, "Europe/Kyiv")
    assert wanted.paused_until is not None
    shown = ask(site, "GET", f"/preferences/{token}").text
    for part in ('value="22:30"', 'value="07:00"', "Kherson, Ukraine", "Nord Stream", f'value="{until}"'):
        assert part in shown


def test_nonsense_changes_nothing(site: Site, address: str) -> None:
    token = signed_up(site, address)
    nonsense: dict[str, str | list[str]] = {
        "pace": "hourly",
        "zone": "Mars/Olympus",
        "language": "xx",
        "quiet_from": "25:00",
        "quiet_to": "07:00",
        "digest_hour": "99999999999999999999",
        "daily_cap": "-1",
        "paused_until": "9999-99-99",
        "phrases": "\0\0",
    }
    assert ask(site, "POST", f"/preferences/{token}", nonsense).status == 200
    reader = reader_of(site.parts, token)
    assert reader is not None
    wanted = preferences_of(site.parts, reader)
    assert wanted.interests == (ALL_NEWS,)
    assert (wanted.pace, wanted.quiet_from, wanted.daily_cap, wanted.paused_until) == ("immediate", None, None, None)


def test_a_story_is_stopped_by_one_button_and_taken_back(site: Site, address: str) -> None:
    token = signed_up(site, address)
    at = site.parts.clock()
    with site.parts.store.write() as connection:
        add_version(
            connection,
            replace(alert(), story=f"story of {address}"),
            published_at=at,
            seen_at=at,
            decided_at=at,
            stages={},
            held_until=None,
            reason="",
        )
    link = f"/preferences/{token}?stop_story=story+of+{address}"
    asked = ask(site, "GET", link)
    reader = reader_of(site.parts, token)
    assert reader is not None
    assert alert().headline in asked.text
    assert stops_of_reader(site.parts, reader.id) == ()
    assert "Stopped. You get no more of this." in ask(site, "POST", link).text
    assert stops_of_reader(site.parts, reader.id) == (Stop(StopKind.STORY, f"story of {address}"),)
    ask(site, "POST", f"/preferences/{token}", {"again": f"story:story of {address}"})
    assert stops_of_reader(site.parts, reader.id) == ()


def test_a_topic_is_stopped_by_one_button(site: Site, address: str) -> None:
    token = signed_up(site, address)
    link = f"/preferences/{token}?stop_topic=medtop:15000000"
    assert "“Sport”" in ask(site, "GET", link).text
    ask(site, "POST", link)
    reader = reader_of(site.parts, token)
    assert reader is not None
    assert stops_of_reader(site.parts, reader.id) == (Stop(StopKind.TOPIC, "medtop:15000000"),)


def test_a_forwarded_mail_gives_away_neither_address_nor_account(site: Site, address: str) -> None:
    token = signed_up(site, address, offers="on")
    for path in ("preferences", "unsubscribe"):
        assert address not in ask(site, "GET", f"/{path}/{token}").text
    for path in ("account", "move", "confirm"):
        assert ask(site, "GET", f"/{path}/{token}").status == 404
    for action in ("export", "erase", "move"):
        assert ask(site, "POST", f"/account/{token}/{action}", {"email": "thief@example.com"}).status == 404
    # Nor can it give a consent in the reader's name: it can only take one back.
    ask(site, "POST", f"/preferences/{token}", {"refuse_offers": "on"})
    ask(site, "POST", f"/preferences/{token}", {"offers": "on"})
    reader = reader_of(site.parts, token)
    assert reader is not None
    assert not reader.offers


def test_after_leaving_there_is_nothing_to_prefer(site: Site, address: str) -> None:
    token = signed_up(site, address)
    ask(site, "POST", f"/unsubscribe/{token}")
    assert "You are unsubscribed" in ask(site, "GET", f"/preferences/{token}").text
    assert "You are unsubscribed" in ask(site, "POST", f"/preferences/{token}", FORM).text


def test_quiet_hours_without_an_end_are_asked_about_and_leave_those_of_before(site: Site, address: str) -> None:
    token = signed_up(site, address)
    ask(site, "POST", f"/preferences/{token}", FORM)
    page = ask(site, "POST", f"/preferences/{token}", {**FORM, "quiet_to": ""})
    assert "Quiet hours need a beginning and an end" in page.text
    reader = reader_of(site.parts, token)
    assert reader is not None
    wanted = preferences_of(site.parts, reader)
    assert (wanted.quiet_from, wanted.quiet_to) == (22 * 60 + 30, 7 * 60)
    page = ask(site, "POST", f"/preferences/{token}", {**FORM, "quiet_from": "", "quiet_to": ""})
    assert "Quiet hours need" not in page.text
    assert preferences_of(site.parts, reader_of(site.parts, token) or reader).quiet_from is None
