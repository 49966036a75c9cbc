"""What a file is, told by its content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.intake.decode import decode
from tocsin.intake.sniff import kind_of


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<!DOCTYPE html><html><body><p>x</p></body></html>", "page"),
        (b"\xef\xbb\xbf\n<html>", "page"),
        (b"<!-- saved --><html lang='en'><body><svg><title>feed</title>", "page"),
        (b"Some words <b>and</b> a <div>block</div>", "page"),
        (b'<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml">', "page"),
        (b'<?xml version="1.0"?>\n<!-- a comment --><rss version="2.0">', "feed"),
        (b'<feed xmlns="http://www.w3.org/2005/Atom">', "feed"),
        (b'<rdf:RDF xmlns:rdf="x">', "feed"),
        ("<?xml version='1.0'?><rss>".encode("utf-16"), "feed"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', "feed"),
        (b" date 2022-11-11 Words of a record.", "record"),
        (b"If a < b then c > d.", "record"),
        (b"", "record"),
    ],
)
def test_kinds(body: bytes, kind: str) -> None:
    assert kind_of(body) == kind


@given(st.binary())
def test_any_bytes_have_a_kind(body: bytes) -> None:
    assert kind_of(body) in ("page", "feed", "record")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Президент заявив у п’ятницю, що місто звільнено.", "cp1251"),
        ("Mayor: «Мы никуда не уйдём отсюда», said in Kyiv", "cp1251"),
        ("The café owner’s naïve “plan” cost £5, señor Núñez said.", "cp1252"),
        ("Die Straße ist für Fußgänger geöffnet, hieß es.", "cp1252"),
    ],
)
def test_what_declares_no_encoding_is_read_by_the_look_of_its_words(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text
