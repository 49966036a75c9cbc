"""The signed push: kept once, and refused with a reason when it is forged, old, too large or no article."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from tests.fakes.site import Answer, Site, ask, running_site
from tocsin.intake.webhook import sign
from tocsin.model import Source
from tocsin.sources import Sources
from tocsin.store.engine import Store
from tocsin.store.intake import items
from tocsin.store.jobs import jobs
from tocsin.web.hooks import MAX_BYTES, Pushing, Signers, router

ONE, TWO = "whsec_" + "b25l" * 8, "whsec_" + "dHdv" * 8
ARTICLE = {"headline": "Bridge closed", "articleBody": "The bridge is closed.", "url": "https://post.example/1"}


@pytest.fixture(scope="module")
def site(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("hooks")
    (folder / "s.sqlite3").write_bytes(migrated_sqlite.read_bytes())
    with hooked(Store(f"sqlite:///{folder}/s.sqlite3"), folder) as site:
        yield site


@contextmanager
def hooked(store: Store, folder: Path) -> Iterator[Site]:
    with running_site(
        store, folder, more=lambda parts: [router(parts, lambda: Signers((("Post", ONE), ("Wire", TWO))))]
    ) as site:
        yield site


def push(
    site: Site, body: bytes, secret: str = ONE, number: str = "msg_1", at: datetime | None = None, **headers: str
) -> Answer:
    stamp = str(int((at or site.parts.clock()).timestamp()))
    signed = {
        "content_type": "application/json",
        "webhook_id": number,
        "webhook_timestamp": stamp,
        "webhook_signature": sign(secret, number, stamp, body),
        **headers,
    }
    return ask(site, "POST", "/hooks/articles", body, **signed)


def article(number: int, **more: object) -> bytes:
    return json.dumps({**ARTICLE, "identifier": f"a{number}", **more}).encode()


def kept(site: Site) -> dict[str, str]:
    with site.parts.store.read() as connection:
        return {row.key: row.source for row in connection.execute(items.select())}


def test_a_signed_push_is_kept_and_queued_and_says_who_sent_it(site: Site) -> None:
    assert push(site, article(1), number="m1").status == 202
    assert push(site, article(2), number="m2", secret=TWO).status == 202
    assert (kept(site)["a1"], kept(site)["a2"]) == ("Post", "Wire")
    with site.parts.store.read() as connection:
        assert connection.execute(jobs.select().where(jobs.c.name == "read")).first() is not None


def test_a_replayed_push_changes_nothing(site: Site) -> None:
    assert push(site, article(3), number="m3").status == 202
    again = push(site, article(3), number="m3")
    assert (again.status, again.text) == (200, '{"detail":"known already"}')
    replayed_with_another_body = push(site, article(4), number="m3")
    assert replayed_with_another_body.status == 200
    assert "a4" not in kept(site)


def test_the_same_article_under_a_new_id_is_known(site: Site) -> None:
    push(site, article(5), number="m5")
    assert push(site, article(5), number="m5b").text == '{"detail":"0 new"}'


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"webhook_signature": "v1,AAAA"}, "no signature matches"),
        ({"webhook_signature": ""}, "no webhook-signature"),
        ({"webhook_id": "another"}, "no signature matches"),
        ({"webhook_timestamp": "1"}, "no signature matches"),
        ({"tocsin_source": "Nobody"}, "no source may push"),
    ],
)
def test_a_forged_push_is_refused_with_the_reason(site: Site, headers: dict[str, str], why: str) -> None:
    answer = push(site, article(6), ONE, "m6", None, **headers)
    assert answer.status == 401
    assert why in answer.text
    assert "a6" not in kept(site)


def test_an_old_push_is_refused(site: Site) -> None:
    old = datetime.fromtimestamp(site.parts.clock().timestamp() - 400, tz=site.parts.clock().tzinfo)
    answer = push(site, article(7), number="m7", at=old)
    assert answer.status == 401
    assert "timestamp" in answer.text


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"title": ""}', b"\xff\xfe", b"[" * 5000])
def test_what_is_no_article_is_refused(site: Site, body: bytes) -> None:
    assert push(site, body, number="m8").status == 400


def test_a_push_of_ten_megabytes_is_refused(site: Site) -> None:
    assert push(site, article(9, articleBody="x" * 10 * 1024 * 1024), number="m9").status == 413
    assert push(site, article(10, articleBody="y" * (MAX_BYTES // 2)), number="m10").status == 202


def test_a_draft_is_not_kept(site: Site) -> None:
    assert push(site, article(11, creativeWorkStatus="Draft"), number="m11").text == '{"detail":"0 new"}'
    assert push(site, article(11), number="m12").text == '{"detail":"1 new"}'


def test_a_source_without_a_secret_cannot_push(tmp_path: Path) -> None:
    (tmp_path / "post.secret").write_text(ONE + "\n")
    post = Source(name="Post", publisher="Post", family="Post", push=True)
    sources = Sources((post,), (("Post", tmp_path / "post.secret"), ("Wire", None)))
    assert Signers.of(sources, None).secrets == (("Post", ONE),)
    assert [name for name, _ in Signers.of(sources, tmp_path / "post.secret").secrets] == ["Post", "Wire"]


def test_half_a_character_is_kept_as_a_replacement(site: Site) -> None:
    body = b'{"headline": "Dam \\ud800 bursts", "url": "https://post.example/half", "id": "ha\\u0000lf"}'
    assert push(site, body, number="half").status == 202
    with site.parts.store.read() as connection:
        (kept,) = [row.item for row in connection.execute(items.select()) if "bursts" in row.item.title]
    assert (kept.title, kept.key) == ("Dam \ufffd bursts", "ha\ufffdlf")


def test_a_source_that_comes_changes_its_secret_and_goes_needs_no_restart(
    migrated_sqlite: Path, tmp_path: Path
) -> None:
    store, listed, secret = tmp_path / "s.sqlite3", tmp_path / "sources.toml", tmp_path / "post.secret"
    store.write_bytes(migrated_sqlite.read_bytes())
    row = '[[source]]\nname = "Post"\npush = true\nsecret_file = "post.secret"\n'
    with running_site(
        Store(f"sqlite:///{store}"), tmp_path, more=lambda parts: [router(parts, Pushing(listed, None).now)]
    ) as site:
        assert push(site, article(1), number="m1").status == 401
        secret.write_text(ONE)
        listed.write_text(row)
        assert push(site, article(1), number="m1").status == 202
        secret.write_text(TWO)
        assert push(site, article(2), number="m2").status == 401
        assert push(site, article(2), TWO, number="m2").status == 202
        listed.write_text("[[source]")  # an editor's half-saved file: nobody is let in by what stood there before
        assert [push(site, article(3), TWO, number="m3").status for _ in range(2)] == [503, 503]
        listed.write_text(row)
        secret.unlink()
        assert push(site, article(3), TWO, number="m3").status == 503
        secret.write_text(TWO)
        assert push(site, article(3), TWO, number="m3").status == 202
        listed.write_text("")
        assert push(site, article(4), TWO, number="m4").status == 401
