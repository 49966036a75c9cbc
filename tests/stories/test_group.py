from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.model import Article
from tocsin.stories.features import report_of
from tocsin.stories.group import Assignment, Grouper
from tocsin.stories.naming import names_of

START = datetime(2024, 5, 1, tzinfo=UTC)
NUMBERS = count()

QUAKE = (
    "Powerful earthquake shakes Izmit, dozens of buildings collapse",
    "Dozens of buildings collapse as strong earthquake hits Izmit",
    "Izmit earthquake: rescuers search collapsed buildings",
)
OTHERS = (
    "Central bank leaves interest rates unchanged at four percent",
    "Champions crowned after penalty shootout in Lisbon final",
    "Volcano on Reykjanes peninsula erupts for the third time",
)
WORDS = (
    "quake",
    "izmit",
    "flood",
    "valencia",
    "bank",
    "rates",
    "minister",
    "resigns",
    "fire",
    "port",
    "rescuers",
    "dead",
)


def article(title: str, text: str = "", language: str = "en", id_: str | None = None) -> Article:
    return Article(id=id_ or f"a{next(NUMBERS)}", source="s", title=title, text=text, language=language)


def add_all(grouper: Grouper, articles: list[Article], step: timedelta = timedelta(minutes=1)) -> list[Assignment]:
    return [grouper.add(a, START + i * step) for i, a in enumerate(articles)]


def test_one_event_is_one_story_and_others_stay_apart() -> None:
    found = add_all(Grouper(), [article(title) for title in (*QUAKE, *OTHERS)])
    assert len({a.story for a in found[:3]}) == 1
    assert len({a.story for a in found}) == 4


def test_a_story_is_named_after_its_first_article_and_says_what_carried_the_decision() -> None:
    first, second = add_all(Grouper(), [article(QUAKE[0], id_="first"), article(QUAKE[1], id_="second")])
    assert (first.story, first.is_new) == ("first", True)
    assert (second.story, second.is_new, second.nearest) == ("first", False, "first")
    assert "earthquak" in second.evidence
    assert 0.5 <= second.similarity <= 1.0


def test_a_post_without_title_joins_the_article_on_its_event() -> None:
    post = article("", "Сильное землетрясение в Измите: рухнули десятки зданий", "ru")
    long = article(
        "В Измите рухнули десятки зданий",
        "Сильное землетрясение произошло утром. Десятки зданий рухнули, спасатели ищут людей под завалами. " * 3,
        "ru",
    )
    found = add_all(Grouper(), [post, long])
    assert found[0].story == found[1].story


def test_one_event_in_three_languages_is_joined_by_its_names_and_figures() -> None:
    found = add_all(
        Grouper(),
        [
            article("Blast at the Kherson port kills 14, says governor Prokudin", "The port of Kherson was hit.", "en"),
            article("Вибух у порту: губернатор Прокудін каже, що у Херсоні загинули 14", "", "uk"),
            article("Взрыв в порту: губернатор Прокудин сообщил о 14 погибших в Херсоне", "", "ru"),
        ],
    )
    assert len({a.story for a in found}) == 1


def test_one_common_name_alone_does_not_join_languages() -> None:
    found = add_all(
        Grouper(),
        [
            article("Mayor of Kherson opens a new school", "", "en"),
            article("Зоопарк у місті Херсон отримав слона", "", "uk"),
        ],
    )
    assert found[0].story != found[1].story


def test_a_round_up_does_not_swallow_the_events_it_lists() -> None:
    grouper = Grouper()
    firsts = add_all(grouper, [article(QUAKE[0]), *(article(title) for title in OTHERS)])
    grouper.add(
        article("Ten things to know this morning", ". ".join((QUAKE[0], *OTHERS))), START + timedelta(minutes=9)
    )
    later = [grouper.add(article(title + " again"), START + timedelta(minutes=10)) for title in (QUAKE[0], *OTHERS)]
    assert [a.story for a in later] == [a.story for a in firsts]


def test_a_story_does_not_drift_along_a_chain() -> None:
    letters = "abcdefghijklmnopqrst"
    words = [f"{one}{two}{one}{two}" for one in letters for two in letters if one != two]
    chain = [article(" ".join(words[i : i + 8])) for i in range(0, 120, 4)]
    found = add_all(Grouper(), chain)
    assert found[0].story != found[-1].story


def test_two_stories_that_turn_out_to_be_one_are_merged_under_the_older_id() -> None:
    grouper = Grouper()
    add_all(
        grouper,
        [
            article("Ferry Aurora sinks off Samos", id_="old"),
            article("Dozens missing after passenger boat capsizes near Greek island", id_="young"),
        ],
    )
    assert grouper.story("young") is not grouper.story("old")
    bridge = "Ferry Aurora sinks off Samos: dozens missing after passenger boat capsizes near Greek island"
    merged = [grouper.add(article(bridge), START + timedelta(minutes=5 + i)) for i in range(6)]
    assert ("young",) in [a.merged for a in merged]
    assert merged[-1].story == "old"
    assert grouper.story("young") is grouper.story("old")


def test_two_stories_readers_were_alerted_to_are_kept_apart() -> None:
    grouper = Grouper()
    add_all(
        grouper,
        [
            article("Ferry Aurora sinks off Samos", id_="old"),
            article("Dozens missing after passenger boat capsizes near Greek island", id_="young"),
        ],
    )
    grouper.alerted("old")
    grouper.alerted("young")
    bridge = "Ferry Aurora sinks off Samos: dozens missing after passenger boat capsizes near Greek island"
    found = [grouper.add(article(bridge), START + timedelta(minutes=5 + i)) for i in range(6)]
    assert not any(a.merged for a in found)
    assert any(a.kept_apart for a in found)
    assert grouper.story("young") is not grouper.story("old")


CHILE = article(
    "Earthquake of magnitude 7.8 strikes Chile, at least 40 people killed",
    "At least 40 people were killed, the interior ministry said in a statement on Monday. Rescue teams were sent to "
    "the port, where buildings collapsed, the mayor said. Hospitals were treating hundreds of injured people.",
)
ROTTERDAM = article(
    "Explosion at chemical plant in Rotterdam kills at least 25 people, mayor says",
    "At least 25 people were killed in an explosion at a chemical plant in Rotterdam on Monday, the mayor said. "
    "Hospitals took in more than a hundred injured people, the health ministry said in a statement.",
)


def test_what_readers_were_told_takes_in_nothing_that_names_another_place() -> None:
    grouper = Grouper()
    told = grouper.add(CHILE, START)
    assert grouper.add(replace(ROTTERDAM, id="before"), START).story == told.story  # alike in all but the place
    grouper = Grouper()
    grouper.add(CHILE, START)
    grouper.alerted(told.story, names_of(report_of(CHILE)))
    other = grouper.add(ROTTERDAM, START)
    assert other.is_new
    assert (other.nearest, other.reason) == (told.story, "names nothing of the story told to readers")
    follow_up = grouper.add(article("Chile quake: at least 60 people killed", CHILE.text), START)
    assert follow_up.story == told.story


def told(grouper: Grouper, headline: str, lead: str = "") -> Assignment:
    """Put a report into a grouper and say that readers were alerted to its story."""
    one = article(headline, lead)
    found = grouper.add(one, START)
    grouper.alerted(found.story, names_of(report_of(one)))
    return found


def test_nations_in_common_do_not_make_one_event_of_two_cities() -> None:
    grouper = Grouper()
    kyiv = told(grouper, "Russian missiles hit Kyiv, at least 30 killed", "Ukraine said flats were hit.")
    kharkiv = grouper.add(
        article("Russian missiles hit Kharkiv, at least 25 killed", "Ukraine said a shop was hit."), START
    )
    again = grouper.add(
        article("Russian missiles hit Kharkiv, at least 27 killed", "Ukraine said a shop was hit."), START
    )
    assert kharkiv.is_new
    assert again.story == kharkiv.story != kyiv.story


def test_a_name_in_the_lead_is_enough_for_one_event() -> None:
    grouper = Grouper()
    first = told(grouper, "Russian missiles hit Kyiv, at least 30 killed", "A hospital was hit in the morning.")
    lead = "Rescuers were at work in the ruins of a hospital in Kyiv."
    assert grouper.add(article("Dozens dead as missiles hit Ukrainian hospital", lead), START).story == first.story


def test_what_nothing_joined_for_the_window_is_forgotten() -> None:
    grouper = Grouper()
    old = grouper.add(article(QUAKE[0]), START)
    later = grouper.add(article(QUAKE[1]), START + timedelta(hours=73))
    assert later.is_new
    assert grouper.story(old.story) is None


def test_empty_and_repeated_articles_do_no_harm() -> None:
    grouper = Grouper()
    found = add_all(grouper, [article(""), article(""), article("the of and"), article(QUAKE[0]), article(QUAKE[0])])
    assert len({a.story for a in found}) == 4
    assert found[3].story == found[4].story


titles = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join), min_size=2, max_size=25)


@settings(max_examples=40, deadline=None)
@given(titles, st.data())
def test_cutting_the_stream_leaves_what_came_before_unchanged(texts: list[str], data: st.DataObject) -> None:
    articles = [article(text, id_=str(i)) for i, text in enumerate(texts)]
    cut = data.draw(st.integers(1, len(articles)))
    assert add_all(Grouper(), articles)[:cut] == add_all(Grouper(), articles[:cut])


@settings(max_examples=40, deadline=None)
@given(titles, st.data())
def test_a_restart_from_a_snapshot_changes_no_decision(texts: list[str], data: st.DataObject) -> None:
    articles = [article(text, id_=str(i)) for i, text in enumerate(texts)]
    cut = data.draw(st.integers(0, len(articles)))
    step = timedelta(hours=5)
    whole = add_all(Grouper(), articles, step)
    first = Grouper()
    add_all(first, articles[:cut], step)
    second = Grouper.restore(first.snapshot())
    assert [second.add(a, START + (cut + i) * step) for i, a in enumerate(articles[cut:])] == whole[cut:]
