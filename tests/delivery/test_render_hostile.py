"""Whatever a report holds: no markup, no foreign scheme, no forged line, no reader's token, below 100 KB."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html

from tests.fakes.stories import AT, IDENTITY, correction
from tocsin.delivery.clean import line, link
from tocsin.delivery.digest import render_digest
from tocsin.delivery.foot import Why
from tocsin.delivery.message import TOKEN_MARK, Rendered
from tocsin.delivery.render import MOST_OCTETS, octets_of, render
from tocsin.model import Change, Digest, DigestEntry, Draft, Origin, Report, Statement

NASTY = (
    "</p><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\" onmouseover=\"x ' style='x",
    "{{ 7*7 }}{% raw %} %s %(name)s %(",
    "\r\nBcc: all@example.com\r\n\r\n<b>",
    "\u202eevil\u2066 \x00\x1b[31m \ud800",
    "&lt;b&gt; <!-- ]]>",
    f"https://evil.example/?{TOKEN_MARK}",
    TOKEN_MARK[:9] + "\u202e" + TOKEN_MARK[9:],
)
SAFE = "https://a.example/ok?a=1&b=2"


def hostile(text: str, url: str | None = SAFE) -> Draft:
    """Return a draft that says ``text`` in every place a report can fill; after a letter, so that it is never empty."""
    text = f"x{text}"
    said = Statement("said", text, None, text, (0, 1), text, (0, 1), medium=text, via=text, gloss=text, said=text)
    report = Report("a", text, text, url, text)
    return replace(
        correction(),
        subject=text,
        headline=text,
        label=text,
        publisher=text,
        note=text,
        language=text,
        lock_screen=text,
        url=url,
        published=text,
        paragraphs=(text,) * 9,
        statements=(said,) * 30 + (replace(said, kind="evidence", quoted=True),) * 20,
        changes=(Change(text, text),) * 9,
        origins=(Origin(text, ()),) * 30,
        reports=(report,) * 9,
    )


def made(draft: Draft, name: str = "x") -> Rendered:
    why = Why("phrase", name, "medtop:1", name)
    return render(draft, IDENTITY, language="en", zone="UTC", why=why, page_url="https://a.example/1", number=2)


def skeleton(html: str) -> Iterator[tuple[str, ...]]:
    for element in lxml_html.document_fromstring(html).iter():
        yield (str(element.tag), *sorted(element.keys()))


def every_nasty(test: Callable[..., None]) -> Callable[..., None]:
    for text in NASTY:
        test = example(text)(test)
    return settings(max_examples=25, deadline=None)(test)


@every_nasty
@given(st.text(max_size=60))
def test_no_text_adds_or_takes_an_element_or_an_attribute(text: str) -> None:
    rendered = made(hostile(text), text)
    assert octets_of(rendered) < MOST_OCTETS
    assert list(skeleton(rendered.html)) == list(skeleton(made(hostile("")).html))


@every_nasty
@given(st.text(max_size=400))
def test_the_readers_token_stands_in_the_readers_links_only(text: str) -> None:
    rendered = made(hostile(text), text)
    for body in (rendered.html, rendered.text):
        assert body.count(TOKEN_MARK) == 4
        assert body.count(f"{IDENTITY.base_url}/preferences/{TOKEN_MARK}") == 3
    assert TOKEN_MARK not in rendered.subject


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        'https://a.example/"><b>',
        "https://a.example/' onclick='x",
        "https:///nowhere",
        "http://[::1",
        "//a.example",
        "ftp://a.example/",
        f"https://a.example/{TOKEN_MARK}",
        "https://a.example/\nhttps://b.example",
        "https://a.example/" + "p" * 9000,
        "",
    ],
)
def test_a_link_that_is_none_is_left_out_everywhere(url: str) -> None:
    assert link(url) is None
    rendered = made(hostile("", url))
    hrefs = [element.attrib["href"] for element in lxml_html.document_fromstring(rendered.html).iter("a")]
    assert all(href.startswith((f"{IDENTITY.base_url}/", "https://a.example/1")) for href in hrefs)
    assert not url or url not in rendered.text.splitlines()


def test_a_good_link_is_kept_as_it_is() -> None:
    for url in (SAFE, "HTTPS://a.example/", "http://a.example:8080/%20?x=(1)#f", "https://приклад.укр/новина"):
        assert link(url) == url


@pytest.mark.parametrize("text", ["a word ", "довге слово ", "🧨", "<", "W", '"&'])
@pytest.mark.parametrize("times", [1, 60, 4000])
def test_a_mail_stays_below_100_kb(text: str, times: int) -> None:
    rendered = made(hostile(text * times, SAFE + "p" * 1900))
    assert octets_of(rendered) <= MOST_OCTETS
    assert rendered.subject
    entries = tuple(DigestEntry(i, 1, AT, hostile(text * times)) for i in range(20))
    digest = render_digest(Digest(entries), IDENTITY, language="uk", zone="Europe/Kyiv")
    assert octets_of(digest) <= MOST_OCTETS
    assert digest.html.count(TOKEN_MARK) == 2


@every_nasty
@given(st.text(max_size=60))
def test_a_digest_is_as_safe(text: str) -> None:
    mails = [
        render_digest(Digest((DigestEntry(1, 1, AT, hostile(one)),), 3), IDENTITY, language="ru", zone="UTC")
        for one in (text, "")
    ]
    assert list(skeleton(mails[0].html)) == list(skeleton(mails[1].html))
    assert mails[0].html.count(TOKEN_MARK) == 2


@every_nasty
@given(st.text(max_size=200))
def test_cleaned_text_is_one_bounded_line(text: str) -> None:
    for most in (2, 20, 400):
        shown = line(text, most)
        assert len(shown) <= most
        assert shown.splitlines() in ([], [shown])
        assert line(shown, most) == shown
        shown.encode()


def test_a_subject_is_one_line() -> None:
    assert made(hostile("\r\nBcc: all@example.com")).subject == "x Bcc: all@example.com"


def test_joined_letters_and_emoji_stay_whole() -> None:
    assert line("نمی\u200cدانم 👩\u200d🚒") == "نمی\u200cدانم 👩\u200d🚒"
