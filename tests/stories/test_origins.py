"""Origins are counted, not outlets: each way of going back to another, with its evidence in words."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.quality.wire_copies import cut, mixed, originals
from tocsin.model import Article, Credit, Reading
from tocsin.stories.containment import SharedRun, ShingleIndex, Templates, shared_runs
from tocsin.stories.origins import OriginIndex, count_origins

EVENTS = originals(Path(__file__).resolve().parent.parent / "golden" / "origins" / "events.txt")
FERRY, FERRY_TOO = EVENTS["ferry"]
FAMILIES = {
    "reuters": "Thomson Reuters",
    "reuters.com": "Thomson Reuters",
    "ap": "Associated Press",
    "tass": "TASS",
    "the sun": "News Corp",
    "the times": "News Corp",
}


def family(name: str) -> str | None:
    return FAMILIES.get(name.casefold())


def article(
    name: str,
    text: str,
    *,
    published: str = "2026-03-05T08:00:00Z",
    credited: str | None = None,
    url: str | None = None,
    canonical_url: str | None = None,
) -> Article:
    return Article(
        id=name,
        source=name,
        publisher=name,
        title=name,
        text=text,
        published=published,
        credited=credited,
        url=url,
        canonical_url=canonical_url,
    )


def reading(*credits_given: Credit) -> Reading:
    return Reading("en", credits=credits_given)


def wire(name: str, evidence: str = "") -> Credit:
    return Credit(name, "wire", evidence or f"({name})")


def count(*articles: tuple[Article, Reading]) -> list[tuple[str, tuple[str, ...]]]:
    return [(origin.name, origin.articles) for origin in count_origins(articles, family=family)]


def test_two_reporters_of_one_press_conference_are_two_origins() -> None:
    found = count((article("Post", FERRY), reading()), (article("Herald", FERRY_TOO), reading()))
    assert found == [("Post", ("Post",)), ("Herald", ("Herald",))]


def test_outlets_of_one_owner_are_one_origin() -> None:
    found = count_origins(
        [(article("The Sun", FERRY), reading()), (article("The Times", FERRY_TOO), reading())], family=family
    )
    assert [origin.articles for origin in found] == [("The Sun", "The Times")]
    assert found[0].evidence == ("The Sun, The Times belong to one family",)


def test_two_outlets_that_credit_one_wire_are_one_origin_with_both_credits_as_evidence() -> None:
    found = count_origins(
        [
            (article("Post", FERRY), reading(wire("Reuters", "MARBASA, March 5 (Reuters) -"))),
            (article("Herald", FERRY_TOO), reading(Credit("Reuters", "dateline", "(Reuters) -"))),
        ],
        family=family,
    )
    assert [(origin.name, origin.articles) for origin in found] == [("Reuters", ("Post", "Herald"))]
    assert found[0].evidence == (
        "Post credits Reuters: “MARBASA, March 5 (Reuters) -”",
        "Herald has the dateline of Reuters: “(Reuters) -”",
    )


@pytest.mark.parametrize(
    ("copy", "signs"),
    [
        (article("Post", FERRY_TOO, credited="Reuters"), reading()),
        (
            article("Post", FERRY_TOO, url="https://post.example/1", canonical_url="https://www.reuters.com/x"),
            reading(),
        ),
        (article("Post", FERRY_TOO), reading(Credit("Reuters", "attribution", "told Reuters"))),
    ],
    ids=["named in the feed", "canonical link", "told Reuters"],
)
def test_what_goes_back_to_a_wire_adds_nothing_to_the_wire(copy: Article, signs: Reading) -> None:
    assert count((article("Reuters", FERRY), reading()), (copy, signs)) == [("Reuters", ("Reuters", "Post"))]


def test_a_copy_without_any_credit_is_told_by_its_words() -> None:
    found = count_origins([(article("Wire", FERRY), reading()), (article("Post", cut(FERRY)), reading())])
    assert [(origin.name, origin.articles) for origin in found] == [("Wire", ("Wire", "Post"))]
    assert found[0].evidence[0].startswith("Post and Wire share 100% of the words: “A ferry carrying 214 people")


def test_a_mix_of_two_wires_belongs_to_both_and_does_not_join_them() -> None:
    mix = mixed(FERRY, FERRY_TOO, random.Random(3))
    found = count(
        (article("Wire A", FERRY, published="2026-03-05T06:00:00Z"), reading()),
        (article("Wire B", FERRY_TOO, published="2026-03-05T07:00:00Z"), reading()),
        (article("Post", mix), reading()),
    )
    assert found == [("Wire A", ("Wire A", "Post")), ("Wire B", ("Wire B", "Post"))]


def test_reporters_in_general_are_no_origin() -> None:
    signs = reading(Credit("reporters", "attribution", "told reporters"))
    assert count((article("Post", FERRY), signs), (article("Herald", FERRY_TOO), signs)) == [
        ("Post", ("Post",)),
        ("Herald", ("Herald",)),
    ]


def test_an_article_of_no_known_publisher_is_named_by_its_own_reporting() -> None:
    signs = reading(Credit("The Post", "own", "Speaking to The Post"))
    record = Article(id="1", source="record.txt", title="", text=FERRY)
    found = count_origins([(record, signs)])
    assert [(origin.name, origin.evidence) for origin in found] == [
        ("The Post", ("The Post reports itself: “Speaking to The Post”",))
    ]


def test_own_reporting_beside_a_citation_is_an_origin_too() -> None:
    signs = reading(Credit("Reuters", "attribution", "told Reuters"), Credit("Post", "own", "Speaking to the Post"))
    assert sorted(count((article("Post", FERRY), signs))) == [("Post", ("Post",)), ("Reuters", ("Post",))]


def test_a_ministry_s_words_do_not_join_those_who_heard_them() -> None:
    signs = reading(Credit("Coastguard", "authority", "the coastguard said"))
    assert len(count((article("Post", FERRY), signs), (article("Herald", FERRY_TOO), signs))) == 2


def test_the_order_of_arrival_does_not_matter() -> None:
    late_wire = article("Wire", FERRY, published="2026-03-05T06:00:00Z")
    copy, other = article("Post", cut(FERRY)), article("Herald", FERRY_TOO)
    story = [(one, reading()) for one in (copy, other, late_wire)]
    expected = {("Wire", frozenset({"Wire", "Post"})), ("Herald", frozenset({"Herald"}))}
    for order in (story, story[::-1], [story[1], story[0], story[2]]):
        assert {(origin.name, frozenset(origin.articles)) for origin in count_origins(order)} == expected


def test_rare_figures_join_a_reworded_copy_only() -> None:
    plain = "The toll stands at 1,347 and the wind reached 87.4 knots. "
    reworded = FERRY.split("\n\n")[0] + "\n\n" + plain + "\n\n" + FERRY_TOO.replace("Tomas Beck", "Jon Fell")
    assert len(count((article("Wire", FERRY + "\n\n" + plain), reading()), (article("Post", reworded), reading()))) == 1
    unrelated = FERRY_TOO + "\n\n" + plain
    assert (
        len(count((article("Wire", FERRY + "\n\n" + plain), reading()), (article("Post", unrelated), reading()))) == 2
    )


def test_an_unknown_publisher_counts_for_speed_and_never_for_confirmation() -> None:
    story = [
        (article("Blog", FERRY_TOO), reading(wire("Reuters"))),
        (article("Post", FERRY), reading()),
    ]
    found = count_origins(story, family=family, known=lambda one: one.publisher == "Post")
    assert [(origin.name, origin.known) for origin in found] == [("Post", True), ("Reuters", False)]


def test_lines_that_an_outlet_repeats_are_learned_and_do_not_join() -> None:
    footer = (
        "Support fearless local reporting: become a member today and receive our weekly letter without advertisements."
    )
    chain = [(event, texts[0]) for event, texts in EVENTS.items()]
    templates = Templates()
    for _, text in chain[:3]:
        templates.strip("post", f"{text}\n{footer}")
    assert footer not in templates.strip("post", f"{chain[3][1]}\n{footer}")
    assert footer in templates.strip("herald", f"{chain[3][1]}\n{footer}")


def test_a_new_version_of_an_article_teaches_no_template() -> None:
    templates = Templates()
    versions = [FERRY, FERRY + "\n\nMore follows.", FERRY + "\n\nThe count has risen.", FERRY]
    assert [templates.strip("post", version).replace("\n", "") for version in versions][-1] == FERRY.replace("\n", "")


def test_an_article_that_comes_twice_counts_once() -> None:
    story = [(article("Post", FERRY), reading())] * 2
    assert count(*story) == [("Post", ("Post",))]


@pytest.mark.parametrize("text", ["", "…", "“" * 5000, "a " * 50_000, "\n" * 1000])
def test_odd_texts_are_their_own_origin(text: str) -> None:
    assert len(count((article("Post", text), reading()), (article("Herald", FERRY), reading()))) == 2


def test_a_broken_link_is_no_link() -> None:
    odd = article("Post", FERRY, url="https://[bad", canonical_url="http://]")
    assert count((odd, reading())) == [("Post", ("Post",))]


def test_a_long_text_is_compared_by_its_beginning_in_bounded_time() -> None:
    index = ShingleIndex()
    long = " ".join(f"word{number}" for number in range(200_000))
    start = time.process_time()
    index.add("a", long)
    assert index.add("b", long)[0].containment == 1.0
    assert time.process_time() - start < 2


def test_the_window_forgets_the_oldest() -> None:
    index = OriginIndex(limit=2)
    for name, text in (("a", FERRY), ("b", FERRY_TOO), ("c", FERRY)):
        index.add(article(name, text), reading())
    assert [origin.articles for origin in index.origins(["a", "b", "c"])] == [("b",), ("c",)]


def test_shared_runs_are_given_in_the_text_s_own_words() -> None:
    runs = shared_runs(
        "The Harbour Master said nothing. Then the Harbour Master left.", "the harbour master said nothing of it"
    )
    assert runs == (SharedRun("The Harbour Master said nothing", words=5, plain=2),)
