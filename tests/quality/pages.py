"""The labelled pages of scrapinghub/article-extraction-benchmark, its metric, and pages flattened into raw records."""

from __future__ import annotations

import gzip
import json
import re
import tarfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from tocsin.intake.decode import decode

_WORD = re.compile(r"\w+")
_HIDDEN = ("script", "style", "noscript", "template", "head", "svg", "iframe", "textarea", "select")
_BLOCK_NAMES = (
    "address article aside blockquote body br button caption center dd details dialog dir div dl dt fieldset"
    " figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr legend li main menu nav ol option p pre section summary"
    " table tbody td tfoot th thead title tr ul video"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())


@dataclass(frozen=True)
class LabelledPage:
    """A page's bytes, where it was, and the body that people marked in it."""

    key: str
    url: str
    html: bytes
    body: str


@dataclass(frozen=True)
class Score:
    """Precision, recall and their harmonic mean over pages."""

    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """The harmonic mean."""
        return 2 * self.precision * self.recall / (self.precision + self.recall)

    def __str__(self) -> str:
        return f"F1 {self.f1:.4f} (P {self.precision:.4f}, R {self.recall:.4f})"


def labelled_pages(data: Path) -> list[LabelledPage]:
    """Return the pages in the data folder, by key."""
    with tarfile.open(data / "articles" / "scrapinghub.tar.gz") as archive:
        files = {member.name.rpartition("/")[2]: archive.extractfile(member) for member in archive if member.isfile()}
        contents = {name: file.read() for name, file in files.items() if file is not None}
    truth = json.loads(contents["ground-truth.json"])
    return [
        LabelledPage(key, truth[key]["url"], gzip.decompress(contents[f"{key}.html.gz"]), truth[key]["articleBody"])
        for key in sorted(truth)
    ]


def score(pairs: Iterable[tuple[str, str]]) -> Score:
    """Score pairs of marked and found text as the benchmark does: 4-word shingles, each page with the same weight."""
    counts = [_overlap(_shingles(marked), _shingles(found)) for marked, found in pairs]
    return Score(
        mean(_ratio(both, extra) for both, extra, _ in counts if both + extra),
        mean(_ratio(both, missed) for both, _, missed in counts if both + missed),
    )


def _shingles(text: str, words: int = 4) -> Counter[tuple[str, ...]]:
    tokens = _WORD.findall(text)
    return Counter(tuple(tokens[at : at + words]) for at in range(max(1, len(tokens) - words + 1)) if tokens)


def _overlap(marked: Counter[tuple[str, ...]], found: Counter[tuple[str, ...]]) -> tuple[int, int, int]:
    return (marked & found).total(), (found - marked).total(), (marked - found).total()


def _ratio(both: int, other: int) -> float:
    return both / (both + other)


def record_lines(page: bytes) -> list[str]:
    """Return a page's visible text as a raw record: one line for each block, everything from menu to footer."""
    return _lines(_visible(page), _BLOCKS)


def run_together(page: bytes) -> list[str]:
    """Return a page's visible text with breaks at paragraphs only: forms, menus and headlines run together."""
    return _lines(_visible(page), frozenset({"p", "body"}))


def broken_lines(page: bytes) -> list[str]:
    """Return a page's visible text with a break at each piece of markup, so that links break sentences."""
    return [line for text in _visible(page).itertext() if (line := " ".join(str(text).split()))]


def _visible(page: bytes) -> HtmlElement:
    parser = HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    tree = document_fromstring(decode(page).encode("utf-8", "replace"), parser=parser)
    for element in list(tree.iter(*_HIDDEN)):
        if element.getparent() is not None:
            element.drop_tree()
    return tree


def _lines(tree: HtmlElement, breaks: frozenset[str]) -> list[str]:
    pieces: list[str] = []
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        pieces.append("\n" if element.tag in breaks else "")
        pieces.append(
            " ".join(((element.text if event == "start" else element.tail) or " ").split(" ")).replace("\n", " ")
        )
    return [line for raw in "".join(pieces).split("\n") if (line := " ".join(raw.split()))]
