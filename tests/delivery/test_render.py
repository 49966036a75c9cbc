"""What a reader sees: the words, the links, the time and the language of a mail, in HTML and in plain text."""

import re
from dataclasses import replace

import pytest
from lxml import html as lxml_html

from tests.fakes.stories import IDENTITY, WHY, alert, correction, hebrew, ukrainian, update, withdrawal
from tocsin.alerts.amended import amended
from tocsin.delivery.foot import Identity, Why
from tocsin.delivery.message import TOKEN_MARK, Rendered
from tocsin.delivery.render import render
from tocsin.model import Band, Draft, VersionKind

PAGE = "https://news.courier.example/alerts/7"


def mail(draft: Draft, language: str = "en", zone: str = "Europe/Kyiv", why: Why = WHY, number: int = 1) -> Rendered:
    return render(draft, IDENTITY, language=language, zone=zone, why=why, page_url=PAGE, number=number)


def words(rendered: Rendered) -> tuple[str, str]:
    """Return the visible text of both bodies, white space made plain."""
    tree = lxml_html.document_fromstring(rendered.html)
    for hidden in tree.xpath("//style|//title|//div[contains(@style, 'display:none')]"):
        hidden.getparent().remove(hidden)
    return " ".join(tree.text_content().split()), " ".join(rendered.text.replace(">", "").split())


def first(rendered: Rendered, tag: str) -> lxml_html.HtmlElement:
    return next(lxml_html.document_fromstring(rendered.html).iter(tag))


def links(rendered: Rendered) -> dict[str, str]:
    tree = lxml_html.document_fromstring(rendered.html)
    return {" ".join(a.text_content().split()): a.attrib["href"] for a in tree.iter("a")}


def test_both_bodies_tell_the_same() -> None:
    for body in words(mail(alert())):
        for wanted in (
            "The Alder Courier",
            "Reported by 2",
            "Dam above Alderton breached, four villages evacuated",
            "Northern Wire · 20 November 2026, 07:52 (Kyiv, UTC+2)",
            "The water had reached the railway station by seven.",
            "the regional governor",
            "Mara Olsen, who runs the ferry at Nether Quay",
            "“We heard it before we saw it”",
            "not verified by Tocsin",
            "two arches of the old road bridge lying in the river",
            "Northern Wire · The Alder Courier",
            "You get this because you follow the topic “disaster”.",
            "1 Quay Street, Alderton AL1 2QS",
        ):
            assert wanted.casefold() in body.casefold(), wanted


def test_every_link_names_what_it_leads_to() -> None:
    reader = f"https://news.courier.example/preferences/{TOKEN_MARK}"
    headline = "Dam above Alderton breached, four villages evacuated"
    assert links(mail(alert())) == {
        f"Read “{headline}” at Northern Wire": "https://wire.example/2026/11/20/alderton-dam",
        "Villages cleared as Alderton dam fails": "https://courier.example/dam",
        f"The live page of “{headline}”, with every update and correction": PAGE,
        f"Stop alerts about “{headline}”": f"{reader}?stop_story=a1",
        "Stop alerts about “disaster”": f"{reader}?stop_topic=medtop%3A20000148",
        "Change your Breaking News preferences": reader,
        "Unsubscribe from Breaking News": f"https://news.courier.example/unsubscribe/{TOKEN_MARK}",
    }


def test_the_plain_text_has_the_same_links_each_on_a_line_of_its_own() -> None:
    rendered = mail(alert())
    own_lines = {line for line in rendered.text.splitlines() if re.fullmatch(r"https?://\S+", line)}
    assert own_lines == set(links(rendered).values())
    others = [line for line in rendered.text.splitlines() if line not in own_lines]
    assert max(map(len, others)) <= 72


def test_nothing_is_loaded_from_anywhere_and_nobody_is_counted() -> None:
    for draft in (alert(), correction(), withdrawal()):
        tree = lxml_html.document_fromstring(mail(draft).html)
        assert not tree.xpath("//img|//link|//script|//iframe|//object|//form|//*[@background]")
        assert "url(" not in mail(draft).html
        assert "@import" not in mail(draft).html


def test_a_logo_is_shown_when_the_newsroom_sets_one() -> None:
    identity = replace(IDENTITY, logo="https://courier.example/logo.png")
    rendered = render(alert(), identity, language="en", zone="UTC", why=WHY, page_url=PAGE, number=1)
    image = first(rendered, "img")
    assert (image.get("src"), image.get("alt")) == ("https://courier.example/logo.png", "The Alder Courier")


def test_it_is_legible_when_dark_and_says_so() -> None:
    html = mail(alert()).html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "@media (prefers-color-scheme: dark)" in html


@pytest.mark.parametrize(
    ("zone", "published", "wanted"),
    [
        ("Europe/Kyiv", "2026-11-20T05:52:00+00:00", "20 November 2026, 07:52 (Kyiv, UTC+2)"),
        ("America/New_York", "2026-11-20T05:52:00+00:00", "20 November 2026, 00:52 (New York, UTC−5)"),
        ("Asia/Kolkata", "2026-11-20T20:00:00Z", "21 November 2026, 01:30 (Kolkata, UTC+5:30)"),
        ("UTC", "2026-11-20T05:52:00+00:00", "20 November 2026, 05:52 (UTC)"),
        ("Mars/Olympus", "2026-11-20T05:52:00+00:00", "20 November 2026, 05:52 (UTC)"),
        ("../etc/passwd", "2026-11-20T05:52:00+00:00", "20 November 2026, 05:52 (UTC)"),
        ("Europe/Kyiv", "2026-11-20", "Northern Wire · 20 November 2026\n"),
        # Who knows the day alone puts midnight where a time must stand.
        ("Europe/Kyiv", "2026-11-20T00:00:00+00:00", "Northern Wire · 20 November 2026\n"),
        ("America/New_York", "2026-11-20T00:00:00.000+02:00", "Northern Wire · 20 November 2026\n"),
        ("Europe/Kyiv", "2026-11-20T00:00:01Z", "20 November 2026, 02:00 (Kyiv, UTC+2)"),
        ("Europe/Kyiv", None, "Northern Wire · time not given"),
        ("Europe/Kyiv", "yesterday", "Northern Wire · time not given"),
    ],
)
def test_times_are_in_the_readers_zone_and_no_finer_than_known(zone: str, published: str | None, wanted: str) -> None:
    assert wanted in mail(alert(published=published), zone=zone).text


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("2026-11-20T05", "20 November 2026, 05:00"),
        ("2026-11-20T05:30", "20 November 2026, 05:30"),
        ("2026-11-20", "20 November 2026"),
        ("2026-11", "November 2026"),
        ("2026", "2026"),
        ("2026-W47", ""),
        ("P8M", ""),
        ("2026-99-99", ""),
        (None, ""),
    ],
)
def test_a_statement_is_dated_as_precisely_as_its_text_and_no_finer(said: str | None, wanted: str) -> None:
    draft = alert(statements=(replace(alert().statements[0], said=said),))
    line = next(line for line in mail(draft).text.splitlines() if "the regional governor · said" in line)
    assert line == "> the regional governor · said" + (f" · {wanted}" if wanted else "")


def test_a_correction_says_so_in_the_subject_with_the_desks_note_marked_and_both_quotes() -> None:
    rendered = mail(correction(), number=3)
    assert rendered.subject.startswith("Correction: ")
    for body in words(rendered):
        assert "Written by the desk of The Alder Courier" in body
        assert "We told you that nine people were missing." in body
        assert "Now: “Two, not nine, missing after dam breach: fire service”" in body
        assert "Before: “Nine missing after dam above Alderton breached”" in body


def test_a_withdrawal_strikes_the_headline_and_repeats_nothing() -> None:
    rendered = mail(withdrawal(), number=2)
    assert "<s>Dam above Alderton breached, four villages evacuated</s>" in rendered.html
    for body in words(rendered):
        assert "This was an exercise" in body
        assert "gave way" not in body
        assert "Who says so".casefold() not in body.casefold()


def test_a_correction_in_the_desks_own_words_strikes_what_it_corrects() -> None:
    rendered = mail(amended(update(), VersionKind.CORRECTION, "Two are missing, not nine."), number=3)
    assert "<s>Nine missing after dam above Alderton breached</s>" in rendered.html
    for body in words(rendered):
        assert "Two are missing, not nine." in body
        assert "quotes nobody" not in body


def test_an_update_is_numbered_and_shows_what_changed() -> None:
    text = mail(update(), number=2).text
    assert "UPDATE 1 · Reported by 2" in text
    assert "What changed".upper() in text


def test_no_statement_is_said_to_be_none() -> None:
    for body in words(mail(alert(statements=()))):
        assert "Northern Wire reports this; the report quotes nobody." in body


def test_no_link_no_origin_no_topic_leave_no_empty_places() -> None:
    rendered = mail(alert(url=None, origins=(), reports=alert().reports[:1]), why=Why("all"))
    assert "Read “" not in rendered.text
    assert "independent" not in rendered.text
    assert "stop_topic" not in rendered.html
    assert "You get this because you asked for all our breaking news." in rendered.text
    assert "None" not in rendered.html + rendered.text
    assert "\n\n\n" not in rendered.text


@pytest.mark.parametrize(
    ("why", "wanted"),
    [
        (Why("place", "Ukraine"), "you follow news from Ukraine"),
        (Why("phrase", "dam breach"), "you asked for news with the words “dam breach”"),
        (Why("sent"), "you were sent an earlier version of this alert"),
        (Why("something new"), "you asked for all our breaking news"),
    ],
)
def test_the_reason_is_told(why: Why, wanted: str) -> None:
    assert wanted in " ".join(mail(alert(), why=why).text.split())


def test_a_mail_is_in_the_readers_language_and_its_quotes_in_theirs() -> None:
    rendered = mail(alert(), "uk")
    tree = lxml_html.document_fromstring(rendered.html)
    assert tree.get("lang") == "uk"
    assert first(rendered, "h1").get("lang") == "en"
    assert "Хто це каже".upper() in rendered.text
    assert "Повідомляють 2 джерела" in rendered.text
    assert "20 листопада 2026 р., 07:52 (Київ, UTC+2)" in words(rendered)[1]
    assert mail(ukrainian(), "ru").subject.startswith("ТЕРМІНОВО: ")
    assert mail(alert(), "xx").text == mail(alert(), "en").text


def test_quotes_written_from_right_to_left_are_set_so() -> None:
    headline = first(mail(hebrew()), "h1")
    assert first(mail(hebrew()), "html").get("dir") == "ltr"
    assert (headline.get("dir"), headline.get("lang")) == ("rtl", "he")


@pytest.mark.parametrize(
    ("label", "english", "russian"),
    [
        ("One report", "One report", "Одно сообщение"),
        ("Reported by 5", "Reported by 5", "Сообщают 5 источников"),
        ("Claimed by Oslo", "Claimed by Oslo", "Утверждает: Oslo"),
        ("Confirmed by the navy", "Confirmed by the navy", "Подтверждает: the navy"),
        ("Disputed", "Disputed", "Оспаривается"),
        ("Something else", "Something else", "Something else"),
    ],
)
def test_labels_are_told_in_the_readers_language(label: str, english: str, russian: str) -> None:
    assert english in mail(alert(label=label)).text
    assert russian in mail(alert(label=label), "ru").text


def test_a_flash_is_marked_as_one() -> None:
    assert "FLASH · Reported by 2" in mail(alert(band=Band.FLASH)).text


def test_the_mails_of_two_newsrooms_differ() -> None:
    other = Identity("Alder Aid", "Field Alerts", "PO Box 5", "x@aid.example", "https://aid.example/", "#006600")
    rendered = render(alert(), other, language="en", zone="UTC", why=WHY, page_url=PAGE, number=1)
    assert "ALDER AID · Field Alerts" in rendered.text
    assert "https://aid.example/unsubscribe/" in rendered.html, "a trailing slash of the base does no harm"
    assert "#006600" in rendered.html
