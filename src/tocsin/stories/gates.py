"""Gates: what must hold before anything about a report is counted."""

from __future__ import annotations

from datetime import datetime, timedelta

from tocsin.model import Article, Reason
from tocsin.stories.features import Report

_CLOCKS_DIFFER = timedelta(minutes=10)
_DATE_ONLY = len("2022-11-11")
_NOT_NEWS_MARKS = {"live-blog": "a live blog", "preview": "a preview", "opinion": "an opinion"}
_NOT_NEWS = {
    "ends as a question": "a question",
    "opens with question": "a question",
    "opens with promotion": "a promotion",
    "opens with opinion": "opinion or explainer",
    "opens with anniversary": "an anniversary",
    "a programme": "a programme",
}


def gates(
    article: Article, report: Report, at: datetime, *, primed: bool, fresh: timedelta, known: bool = False
) -> tuple[Reason, ...]:
    """Return each gate with whether it holds for one article seen at ``at``; ``known``: its source is configured."""
    return (
        _fresh(article, at, fresh, known=known),
        Reason("not a first fetch", "gate", holds=primed, evidence="" if primed else "the source's backlog"),
        _event(article, report),
    )


def _fresh(article: Article, at: datetime, fresh: timedelta, *, known: bool) -> Reason:
    """An undated or future-dated item is never fresh: its true age is not known.

    A bare date may mean a whole day. That a known source first gave the item on that very day is evidence that it is
    news: the source was listened to shortly before, else the item counts as its backlog. It is enough for a person, not
    for sending by itself (``hour_known``). The day is UTC's, since a bare date has no zone: that errs to the safe side.
    A recorded stream has no other time for such an item than that midnight, so in it nothing is known of when it came.
    """
    published = article.published_at
    if published is None:
        return Reason("fresh", "gate", holds=False, evidence="no publication time")
    if len(article.published or "") <= _DATE_ONLY:
        today = known and published.date() == at.date() and published != at
        seen = "first seen that day" if today else "only a date"
        return Reason("fresh", "gate", holds=today, evidence=f"{seen}: {article.published}")
    if published > at + _CLOCKS_DIFFER:
        return Reason("fresh", "gate", holds=False, evidence=f"dated in the future: {article.published}")
    age = at - published
    return Reason("fresh", "gate", holds=age <= fresh, evidence=f"{int(age.total_seconds()) // 60} min old")


def hour_known(article: Article) -> tuple[Reason, ...]:
    """Return the support that fails for a bare date: when something came out that day, a person finds out."""
    if len(article.published or "") > _DATE_ONLY:
        return ()
    return (Reason("its hour is known", "support", holds=False, evidence=f"only a date: {article.published}"),)


def _event(article: Article, report: Report) -> Reason:
    for mark in article.marks:
        if mark in _NOT_NEWS_MARKS:
            return Reason("an event", "gate", holds=False, evidence=_NOT_NEWS_MARKS[mark])
    for found in report.features:
        if found.name in _NOT_NEWS:
            words = report.text[found.start : found.end]
            return Reason("an event", "gate", holds=False, evidence=f"{_NOT_NEWS[found.name]}: “{words}”")
    return Reason("an event", "gate")


def new_for_this_story(told_at: datetime | None, found: tuple[Reason, ...], story: str) -> tuple[Reason, ...]:
    """Return the gate "new": whether readers have not heard of the story yet, or what has materially changed since."""
    if told_at is None:
        return (Reason("new", "gate"),)
    evidence = f"alerted as story {story} at {told_at:%Y-%m-%d %H:%M}"
    return (Reason("new", "gate", holds=bool(found), evidence=evidence), *found)
