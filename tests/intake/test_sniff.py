"""What a file is, told by its content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
