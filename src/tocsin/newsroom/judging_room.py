"""group → judge → route → compose → approve | hold: one writer of stories, proved by a fencing token."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import Connection

from tocsin.alerts.compose import compose
from tocsin.alerts.holds import hold_of
from tocsin.alerts.route import route_sources
from tocsin.alerts.topics import load_topics
from tocsin.collector import made_to_stay
from tocsin.desk.grace import release
from tocsin.desk.leaving import Composed, composed_without, left_out
from tocsin.errors import Permanent, Temporary
from tocsin.model import Article, Route, Source, VersionKind
from tocsin.newsroom.afterwards import look_soon
from tocsin.newsroom.merging import merge_in
from tocsin.newsroom.recollection import Readings, Recollection
from tocsin.store.alerts import Version, add_version, adopt_alert, drop_holds, expire_holds, holds_over, story_versions
from tocsin.store.intake import settle_item
from tocsin.store.leases import Fenced, hold_fast, take_lease
from tocsin.store.merges import Merge, merges_done, merges_waiting
from tocsin.store.stories import (
    ReadArticle,
    articles_of,
    judged_after,
    judged_since,
    record_verdict,
    unjudged,
    withdraw_article,
    worth_of,
)
from tocsin.store.switches import LIVE, MODE, SHADOW, switch
from tocsin.store.watch import Watch
from tocsin.stories.core import Core, Decision, Proposed
from tocsin.stories.prepared import prepare, prepared
from tocsin.stories.rules import Rules
from tocsin.wiring import Parts

log = structlog.get_logger()

WINDOW = timedelta(hours=72)
_LEASE, _LEASE_LENGTH = "stories", timedelta(seconds=6)
_LOOK_ANYWAY_S = 1.0
_IN_SHADOW = "in shadow nothing is sent by itself; live, it would have been"


@dataclass(frozen=True, slots=True)
class _Lease:
    token: int
    renew_at: datetime


class JudgingRoom:
    """group → judge → route → compose → approve | hold: one writer of stories, proved by a fencing token."""

    def __init__(self, parts: Parts, sources: Mapping[str, Source], rules: Rules) -> None:
        self._parts = parts
        self._sources = sources
        self._rules = rules
        self._renewed = False
        self._topics = load_topics(parts.settings.readers.topics_file)
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{id(self)}"
        self._lease: _Lease | None = None
        self._core: Core | None = None
        self._readings = Readings()
        self._recollection = Recollection(parts.settings.folder)

    def go_by(self, rules: Rules) -> None:
        """Judge by other rules, and by the sources as they are now, from the next article on."""
        self._rules, self._renewed = rules, True

    async def run(self, stop: asyncio.Event) -> None:
        """Judge what was read, within milliseconds of its being committed, until ``stop`` is set."""
        ended, watch = threading.Event(), Watch(self._parts.store)
        judging = asyncio.create_task(asyncio.to_thread(self._loop, ended, watch))
        waiting = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({judging, waiting}, return_when=asyncio.FIRST_COMPLETED)
        finally:  # also when this is cancelled: a thread is not, and its process could never end
            ended.set()
            watch.wake()
            waiting.cancel()
        await judging

    def _loop(self, ended: threading.Event, watch: Watch) -> None:
        watch.listen()
        while not ended.is_set():
            try:
                self.judge_waiting()
            except (Temporary, Permanent) as error:  # fenced off, or the store is busy or full: begin again from it
                log.warning("judging.interrupted", error=str(error))
                self._lease = self._core = None
            watch.wait(_LOOK_ANYWAY_S)
        self.write_down()
        watch.close()

    def write_down(self) -> None:
        """Write down what is known of the stories, so that the next newsroom need not find it out again."""
        if self._core is not None:
            self._recollection.write(self._core, self._parts.clock())

    def judge_waiting(self) -> int:
        """Judge what waits, if this process holds the lease; return how many articles it was."""
        if (token := self._token()) is None:
            return 0
        with self._parts.store.read() as connection:
            waiting, asked = unjudged(connection, 200), merges_waiting(connection)
            over = holds_over(connection, self._parts.clock())
        for merge in asked:
            core = self._core or self._remember(token)  # renews the lease, which the transaction below holds
            with self._parts.store.write() as connection:
                hold_fast(connection, _LEASE, token)
                merge_in(connection, core, merge, self._parts.clock())
        for article in waiting:
            self._judge_or_set_aside(article, token)
        if self._core is not None:
            self._recollection.write_if_due(self._core, self._parts.clock())
        if over:
            with self._parts.store.write() as connection:
                expire_holds(connection, self._parts.clock())
        return len(waiting)

    def _token(self) -> int | None:
        now = self._parts.clock()
        if self._lease is None or not now < self._lease.renew_at <= now + _LEASE_LENGTH:  # or the clock was set back
            with self._parts.store.write(quietly=True) as connection:
                token = take_lease(connection, _LEASE, self._holder, now, _LEASE_LENGTH)
            if token is None or self._lease is None or self._lease.token != token:
                self._core = None  # another process may have judged in between
            self._lease = None if token is None else _Lease(token, now + _LEASE_LENGTH / 3)
        return None if self._lease is None else self._lease.token

    def _judge_or_set_aside(self, read_article: ReadArticle, token: int) -> None:
        """Judge an article; set one aside on which our own code fails: it would end every newsroom from now on."""
        try:
            self._judge(read_article, token)
        except (Temporary, Permanent):
            raise
        except Exception as error:
            log.exception("judging.failed", source=read_article.article.source, article=read_article.article.id)
            self._core = None  # it may have changed half-way
            with self._parts.store.write() as connection:
                hold_fast(connection, _LEASE, token)
                withdraw_article(connection, read_article.id)
                settle_item(connection, read_article.id, "failed", repr(error)[:300])

    def _judge(self, read_article: ReadArticle, token: int) -> None:
        core = self._core or self._remember(token)
        if self._renewed:
            self._renewed = False
            core.follow(self._rules)
        self._readings.add(read_article.article, read_article.reading)
        at = self._parts.clock()
        ready = prepare(read_article.article)
        assignment = core.group(ready, at)
        grouped_at = self._parts.clock()
        decision = core.judge(ready, at, assignment, primed=read_article.primed)
        stages = {"read": read_article.read_at, "grouped": grouped_at, "judged": self._parts.clock()}
        with self._parts.store.write() as connection:
            hold_fast(connection, _LEASE, token)
            record_verdict(connection, read_article, decision.verdict, decision.assignment.merged)
            settle_item(connection, read_article.id, "judged")
            adopt_alert(connection, read_article.article.id, decision.verdict.story)  # an editor may have begun it
            if decision.message is not None:
                self._propose(connection, read_article, decision, decision.message, stages)
        self._recollection.judged(read_article, at)

    def _propose(
        self,
        connection: Connection,
        cause: ReadArticle,
        decision: Decision,
        message: Proposed,
        stages: dict[str, datetime],
    ) -> None:
        """Compose the version and approve or hold it, in the transaction that keeps its verdict."""
        judged_at = stages["judged"]
        earlier = story_versions(connection, message.story)
        sent = [version for version in earlier if version.approved_at is not None]
        if sent and message.kind == VersionKind.ALERT:
            return  # a person has sent it already: nobody is alerted twice
        drop_holds(connection, message.story, judged_at)  # the new draft knows more than the one that still waits
        made = self._composed(connection, cause, decision, message, earlier)
        draft = made.draft
        would_leave = message.route == Route.SEND and made.supported
        live = switch(connection, MODE, SHADOW) == LIVE
        version = add_version(
            connection,
            draft,
            published_at=cause.article.published_at,
            seen_at=cause.seen_at,
            decided_at=decision.verdict.at,
            stages={**stages, "composed": self._parts.clock()},
            held_until=hold_of(draft.kind, judged_at, _exact(cause.article), self._rules.hold).until,
            reason=_IN_SHADOW if would_leave and not live else _grounds(decision, made),
            refers_to=sent[-1].id if sent and draft.kind == VersionKind.CORRECTION else None,
            composed=made.whole,
        )
        if would_leave and live:
            release(self._parts, connection, version, draft.band, self._parts.clock())
        else:
            look_soon(self._parts, connection, version)

    def _composed(
        self,
        connection: Connection,
        cause: ReadArticle,
        decision: Decision,
        message: Proposed,
        earlier: Sequence[Version],
    ) -> Composed:
        """Compose from the story's articles; ``cause`` may have come in a story of its own that is really this one.

        What an editor left out of an ``earlier`` version neither counts nor speaks.
        """
        known = {one.id: (one.article, one.reading) for one in articles_of(connection, message.story)}
        known[cause.id] = (cause.article, cause.reading)
        worth = {**worth_of(connection, message.story), cause.article.id: decision.verdict.item_score}
        previous = next((version.draft for version in reversed(earlier) if version.approved_at is not None), None)
        make = partial(
            compose,
            message.story,
            VersionKind.ALERT if previous is None else message.kind,
            sources=self._sources,
            previous=previous,
            topics=self._topics,
            worth=worth,
        )
        return composed_without(left_out(earlier), decision.verdict, tuple(known.values()), self._sources, make)

    def _remember(self, token: int) -> Core:
        """Know the live stories again: take up what was written down, and observe again what was judged since.

        Where nothing can be taken up, all of the window is observed again. The lease is renewed meanwhile: two
        newsrooms that remember for long must not take it from each other for ever.
        """

        def beat() -> None:
            if self._token() != token:
                raise Fenced("another newsroom has taken over while this one remembered")

        with made_to_stay(), self._parts.store.read() as connection:
            core = self._new_core()
            last = self._recollection.take_up(connection, core, beat)
            if last is None:
                core, since = self._new_core(), self._parts.clock() - WINDOW
                self._observe_again(core, judged_since(connection, since), merges_done(connection, since), beat)
            else:
                self._observe_again(core, judged_after(connection, *last), merges_done(connection, last[0]), beat)
        self._core = core
        return core

    def _observe_again(
        self, core: Core, judged: Iterable[ReadArticle], merges: Iterable[Merge], beat: Callable[[], None]
    ) -> None:
        merged = deque(merges)
        for known, ready in prepared(judged, lambda one: one.article):
            beat()
            judged_at = known.judged_at or known.read_at
            while merged and merged[0].done_at and merged[0].done_at < judged_at:
                _merge_again(core, merged.popleft())
            self._readings.add(known.article, known.reading)
            core.decide(ready, judged_at, primed=known.primed)
            self._recollection.judged(known, judged_at)
        for merge in merged:
            _merge_again(core, merge)

    def _new_core(self) -> Core:
        return Core(self._rules, self._sources, self._readings.of, route_sources)


def _merge_again(core: Core, merge: Merge) -> None:
    core.merge(merge.one, merge.other)


def _exact(article: Article) -> datetime | None:
    """Return when an article was published, None if only its day is known: nothing grows stale at midnight."""
    return article.published_at if "T" in (article.published or "") else None


def _grounds(decision: Decision, made: Composed) -> str:
    """Say in one line why the story is sent or held."""
    failed = [reason.name for reason in decision.verdict.reasons if reason.kind != "points" and not reason.holds]
    return "; ".join(failed if made.supported else [*failed, "supported only with what an editor left out"])
