"""The form in other people's pages: pasted, framed, answered in place, and back to the article."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.site import Site, ask, running_site
from tocsin.settings import Readers
from tocsin.store.engine import Store

NEWS = "https://news.example"


@pytest.fixture
def embedded(store: Store, tmp_path: Path) -> Iterator[Site]:
    with running_site(store, tmp_path, readers=Readers(embedded_in=(NEWS,), proof_of_work=4)) as site:
        yield site


def test_the_pasted_form_leads_back_to_the_article_it_came_from(embedded: Site, address: str) -> None:
    article = f"{NEWS}/2026/a-story?x=1&y=2"
    answer = ask(embedded, "POST", "/signup", {"email": address, "back": article})
    assert f'href="{html.escape(article)}"' in answer.text
    thanks = ask(embedded, "POST", embedded.link_to(address, "/confirm/"))
    assert f'href="{html.escape(article)}"' in thanks.text


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "javascript:alert(1)",
        "//evil.example",
        f"{NEWS}.evil.example/",
        f"{NEWS}@evil.example/",
        "https://[",
    ],
)
def test_it_leads_nowhere_else(embedded: Site, address: str, back: str) -> None:
    answer = ask(embedded, "POST", "/signup", {"email": address, "back": back})
    assert answer.status == 200
    assert "Back to the article" not in answer.text


def test_only_named_sites_may_frame_the_form_and_read_its_answers(embedded: Site, address: str) -> None:
    policy = ask(embedded, "GET", "/embed").headers["content-security-policy"]
    assert f"frame-ancestors {NEWS}" in policy
    form = {"email": address}
    ours = ask(embedded, "POST", "/signup", form, accept="application/json", origin=NEWS)
    theirs = ask(embedded, "POST", "/signup", form, accept="application/json", origin="https://evil.example")
    assert ours.headers["access-control-allow-origin"] == NEWS
    assert theirs.headers["access-control-allow-origin"] is None
    assert json.loads(ours.text)["state"] == "sent"


def test_the_script_is_told_what_is_wrong(embedded: Site) -> None:
    wrong = ask(embedded, "POST", "/signup", {"email": "x"}, accept="application/json")
    typo = ask(embedded, "POST", "/signup", {"email": "x@gmial.com"}, accept="application/json")
    assert (wrong.status, json.loads(wrong.text)["message"]) == (422, "Please enter a valid email address")
    assert json.loads(typo.text)["suggestion"] == "x@gmail.com"


def test_the_snippet_is_a_whole_form_of_ours(embedded: Site, address: str) -> None:
    page = ask(embedded, "GET", "/snippet").text
    snippet = html.unescape(re.findall(r"<textarea[^>]*>(.*?)</textarea>", page, re.DOTALL)[0])
    action = re.findall(r'action="([^"]+)"', snippet)[0]
    names = re.findall(r'name="(\w+)"', snippet)
    assert names == ["email", "website", "back", "offers"]
    assert "checked" not in snippet
    assert ask(embedded, "POST", action, {"email": address}).status == 200
    assert embedded.link_to(address, "/confirm/")
