"""From pages and feed entries to articles."""

from __future__ import annotations

import json
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.errors import TocsinError
from tocsin.intake.extract import NoArticle, article_from_item, extract_page
from tocsin.intake.metadata import without_site
from tocsin.model import Article, Item

GOLDEN = Path(__file__).parent.parent / "golden" / "pages"
PAGES = sorted(path.stem for path in GOLDEN.glob("*.html"))

WORDS = "".join(
    f"<p>The harbour master said on Friday that pier {n} stays closed until the last crane is made safe again.</p>"
    for n in range(6)
)


def page(head: str = "", body: str = WORDS, before: str = "") -> Article:
    return extract_page(
        f"<html lang='en'><head>{head}</head><body>{before}<article>{body}</article></body></html>",
        "https://www.harbour.example/2022/11/10/pier",
    )


def json_ld(data: object) -> str:
    return f"<script type='application/ld+json'>{json.dumps(data)}</script>"


NEWS = {"@type": "NewsArticle", "headline": "Pier closed", "datePublished": "2022-11-11T05:04:00+02:00"}


@pytest.mark.parametrize("name", PAGES)
def test_golden_pages(name: str) -> None:
    expected = json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))
    article = extract_page((GOLDEN / f"{name}.html").read_bytes(), expected["url"])
    shown = json.loads(msgspec.json.encode(article))
    assert {key: shown[key] for key in expected} == expected


@pytest.mark.parametrize(
    "data",
    [
        NEWS,
        [NEWS],
        {"@context": "https://schema.org", "@graph": [{"@type": "WebPage"}, NEWS]},
        {"@graph": [[NEWS]]},
        {"@type": "WebPage", "mainEntity": NEWS},
        {**NEWS, "@type": ["Article", "https://schema.org/NewsArticle"]},
        {**NEWS, "@type": "schema:ReportageNewsArticle"},
        {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": NEWS}]},
        {**NEWS, "headline": {"@value": "Pier closed"}, "datePublished": ["2022-11-11T05:04:00+02:00"]},
    ],
)
def test_json_ld_in_all_its_forms(data: object) -> None:
    article = page(json_ld(data))
    assert (article.title, article.published) == ("Pier closed", "2022-11-11T05:04:00+02:00")


@pytest.mark.parametrize(
    ("head", "published"),
    [
        ("<meta property='article:published_time' content='2022-11-11T05:04:00Z'>", "2022-11-11T05:04:00Z"),
        ("<meta name='parsely-pub-date' content='2022-11-11T05:04Z'>", "2022-11-11T05:04Z"),
        ("<meta itemprop='datePublished' content='2022-11-11'>", "2022-11-11"),
        (json_ld({**NEWS, "datePublished": "2022-11-11"}), "2022-11-11"),
        (
            json_ld({**NEWS, "datePublished": "2022-11-11"})
            + "<meta property='article:published_time' content='2022-11-11T05:04:00Z'>",
            "2022-11-11T05:04:00Z",
        ),
        ("<script type='application/ld+json'>{broken</script>", "2022-11-10"),
        ("", "2022-11-10"),
    ],
)
def test_publication_time_as_fine_as_the_page_says(head: str, published: str) -> None:
    assert page(head).published == published


@pytest.mark.parametrize("unset", ["0001-01-01T00:00:00", "1970-01-01T00:00:00Z", "0"])
def test_a_placeholder_is_no_publication_time_and_an_update_is_none_either(unset: str) -> None:
    head = json_ld({**NEWS, "datePublished": unset, "dateModified": "2022-11-11T05:04:00Z"})
    html = f"<html><head>{head}</head><body><article>{WORDS}</article></body></html>"
    assert extract_page(html, "https://a.example/pier").published is None
    dateline = "<p class='post-date'>Friday, November 11, 2022</p>"
    assert extract_page(html.replace("<article>", f"{dateline}<article>"), None).published == "2022-11-11"


def test_microdata_and_time_elements() -> None:
    times = [
        "<time itemprop='datePublished' datetime='2022-11-11T05:04:00Z'>now</time>",
        "<time datetime='2022-11-11T05:04:00Z'>today</time>",
        "<abbr class='published' title='2022-11-11T05:04:00Z'>today</abbr>",
    ]
    assert {page(body=each + WORDS).published for each in times} == {"2022-11-11T05:04:00Z"}


@pytest.mark.parametrize(
    ("title", "clean"),
    [
        ("Pier closed | Harbour News", "Pier closed"),
        ("Pier closed - Harbour News", "Pier closed"),
        ("Harbour News: Pier closed", "Harbour News: Pier closed"),
        ("Harbour News | Pier closed", "Pier closed"),
        ("Pier closed – harbour.example", "Pier closed"),
        ("Pier – the long way – closed", "Pier – the long way – closed"),
        ("Harbour News", "Harbour News"),
        ("East-West pier closed", "East-West pier closed"),
    ],
)
def test_the_sites_name_is_no_part_of_the_title(title: str, clean: str) -> None:
    assert without_site(title, "Harbour News", "https://www.harbour.example/1") == clean


@pytest.mark.parametrize(
    ("head", "mark"),
    [
        (json_ld({**NEWS, "isAccessibleForFree": "False"}), "paywall"),
        (json_ld({**NEWS, "isAccessibleForFree": False}), "paywall"),
        (json_ld({**NEWS, "@type": "LiveBlogPosting"}), "live-blog"),
        (json_ld({**NEWS, "@type": "OpinionNewsArticle"}), "opinion"),
        (json_ld({**NEWS, "articleSection": "Opinion"}), "opinion"),
    ],
)
def test_marks(head: str, mark: str) -> None:
    assert page(head).marks == (mark,)
    assert page(json_ld(NEWS)).marks == ()


def test_a_paywalled_teaser_is_a_preview() -> None:
    closed = {**NEWS, "isAccessibleForFree": False, "wordCount": 900}
    assert page(json_ld(closed)).marks == ("paywall", "preview")


def test_consent_and_newsletter_blocks_are_removed() -> None:
    form = "<div><p>Sign up to our newsletter and get it straight to your inbox</p></div>"
    consent = "<div id='consent'><p>We use cookies to improve your visit. Read our cookie policy. Accept all</p></div>"
    article = page(body=WORDS + form + WORDS, before=consent)
    assert "newsletter" not in article.text
    assert "cookies" not in article.text
    assert "pier 5" in article.text


def test_paragraphs_are_parted_by_one_blank_line() -> None:
    text = page(body="<p>First line\nbroken here, which goes on for a good while longer.</p>" + WORDS).text
    assert "\n\n\n" not in text
    assert all("\n" not in paragraph and paragraph.strip() for paragraph in text.split("\n\n"))


def test_a_feed_entry_stands_in_for_its_page() -> None:
    item = Item(
        source="wire",
        key="1",
        title="Pier closed",
        content="<p>The pier is <b>closed</b>.<br>Nobody was hurt.</p><p>Share this on Twitter</p>",
        summary="Short",
        url="https://wire.example/1",
        updated="2022-11-11T05:00:00Z",
        credited="Coastal Agency",
        urgency=1,
        language="en-GB",
    )
    article = article_from_item(item)
    assert article.text == "The pier is closed.\n\nNobody was hurt."
    assert article.removed == ("Share this on Twitter",)
    assert article.published == "2022-11-11T05:00:00Z"
    assert (article.credited, article.urgency, article.language) == ("Coastal Agency", 1, "en")
    assert article.id == article_from_item(item).id


def test_plain_text_content_keeps_its_paragraphs() -> None:
    article = article_from_item(Item("wire", "1", "t", content="Dry &amp; warm.\n\nReally."))
    assert article.text == "Dry & warm.\n\nReally."


@pytest.mark.parametrize("body", [b"", b"\x00", b"<html></html>", b"<", b"%PDF-1.7", b"<p></p>"])
def test_a_page_without_words_says_so(body: bytes) -> None:
    with pytest.raises(TocsinError):
        extract_page(body, "https://a.example/")


@pytest.mark.parametrize(
    "broken",
    [
        f"<html><body><div><article>{WORDS}",
        f"<p>Unclosed <b>and <i>crossed</b></i>{WORDS.replace('</p>', '')}",
        f"<html><html><body></body><body><article>{WORDS}</article></p></div></html></html>",
        f"{'<div>' * 150}{WORDS}",
        f"<script>if (a < b) {{ '</p>' }}</script><article>{WORDS}</article><!-- never closed",
    ],
)
def test_a_malformed_page_is_still_read(broken: str) -> None:
    assert "pier 5" in extract_page(broken, None).text


def test_a_page_of_ten_megabytes_is_refused_at_once_and_one_of_half_a_megabyte_is_read() -> None:
    started = time.process_time()
    with pytest.raises(NoArticle):
        extract_page(f"<article>{WORDS * 15_000}</article>", None)
    assert time.process_time() - started < 0.5
    assert "pier 5" in extract_page(f"<article>{WORDS * 750}</article>", None).text


@pytest.mark.parametrize("encoding", ["utf-8", "cp1251", "koi8-u", "utf-16"])
def test_a_pages_encoding_is_found(encoding: str) -> None:
    words = "".join(f"<p>Міст номер {n} через річку закрито до ранку, повідомило міністерство.</p>" for n in range(6))
    head = f"<head><meta charset='{encoding}'><title>Міст</title></head>"
    text = f"<html>{head}<body><article>{words}</article></body></html>"
    article = extract_page(text.encode(encoding), None)
    assert article.title == "Міст"
    assert "повідомило міністерство" in article.text
    assert article.language == "uk"


SCRAPS = "<p> </p> <div> </div> <article> <script> </script> <a/href='x'> </a> <table> <td> <h1> & &#0; a \x00 <!-- -->"
MARKUP = st.lists(st.sampled_from([scrap.replace("/", " ", 1) for scrap in SCRAPS.split(" ")]), max_size=60)


@settings(max_examples=150, deadline=3000)
@given(st.binary(max_size=400) | MARKUP.map(lambda parts: "".join(parts).encode()), st.none() | st.text(max_size=30))
def test_no_bytes_crash_extraction(body: bytes, url: str | None) -> None:
    try:
        article = extract_page(body, url)
    except TocsinError:
        return
    assert article.text.strip()


@settings(max_examples=150, deadline=3000)
@given(st.text(max_size=200) | MARKUP.map("".join))
def test_no_entry_crashes_extraction(content: str) -> None:
    article = article_from_item(Item("wire", "1", "t", content=content))
    assert "\n\n\n" not in article.text


@pytest.mark.parametrize("element", ["<p>x", "<br>", "<span>x</span>"])
def test_a_page_of_elements_without_end_is_refused_at_once(element: str) -> None:
    began = time.process_time()
    with pytest.raises(NoArticle, match="too many elements"):
        extract_page(f"<html><body><article><p>A fire killed 14.</p>{element * 200_000}", "https://a.example/x")
    assert time.process_time() - began < 3
