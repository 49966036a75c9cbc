"""News sitemaps."""

from __future__ import annotations

from tocsin.intake.parse import parse_feed
from tocsin.intake.sniff import kind_of

SITEMAP = b"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">
  <url>
    <loc>https://courier.example/ferry</loc><lastmod>2022-11-11T06:10:00+02:00</lastmod>
    <n:news>
      <n:publication><n:name>Harbour Courier</n:name><n:language>en</n:language></n:publication>
      <n:publication_date>2022-11-11T05:40:00+02:00</n:publication_date>
      <n:title>Ferry runs aground &amp; floats again</n:title>
    </n:news>
  </url>
  <url><loc>https://courier.example/about</loc></url>
  <url><loc>javascript:x()</loc><n:news><n:title>No page</n:title></n:news></url>
</urlset>"""


def test_a_news_sitemap_gives_its_news_only() -> None:
    feed = parse_feed(SITEMAP, "application/xml", "https://courier.example/news.xml", "courier")
    (item,) = feed.items
    assert feed.title == "Harbour Courier"
    assert (item.key, item.url) == ("https://courier.example/ferry", "https://courier.example/ferry")
    assert (item.title, item.language) == ("Ferry runs aground & floats again", "en")
    assert (item.published, item.updated) == ("2022-11-11T05:40:00+02:00", "2022-11-11T06:10:00+02:00")
    assert kind_of(SITEMAP) == "feed"
