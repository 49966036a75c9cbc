"""What the window holds is bounded by its span, also of a story that is followed for weeks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tocsin.stories.window import Vector, Window

SPAN = timedelta(days=3)
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


def vector(*words: str) -> Vector:
    weights = dict.fromkeys(words, 1.0)
    return Vector(weights, weights, {}, 0.0, weights, {}, "en")


def test_a_story_of_weeks_holds_no_more_of_what_was_folded_into_it_than_ten_windows_do() -> None:
    window = Window(SPAN)
    story = window.begin("war", vector("war"), NOON)
    for day in range(100):
        at = NOON + timedelta(days=day)
        twin = window.begin(f"twin {day}", vector("war", f"day {day}"), at)
        window.fold(story, twin)
        window.join(story, vector("war"), at)
        window.forget(at - SPAN)
        assert window.story(f"twin {day}") is story
    assert window.story("war") is story
    assert {one.id for one in story.merged} == {f"twin {day}" for day in range(69, 100)}
    assert window.story("twin 68") is None
    assert len(window.state.postings["war"]) == 1 + 31


def test_all_of_a_forgotten_story_is_forgotten() -> None:
    window = Window(SPAN)
    story = window.begin("war", vector("war"), NOON)
    window.fold(story, window.begin("twin", vector("war", "twin"), NOON))
    window.forget(NOON + timedelta(seconds=1))
    assert (window.state.stories, window.state.numbers, window.state.postings) == ({}, {}, {})
