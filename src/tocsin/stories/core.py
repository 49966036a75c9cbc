"""The decision core: one article in, one decision out. What runs live is what replay runs; no clock, no store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from msgspec.structs import replace

from tocsin.model import Article, Band, Origin, Reading, Reason, Route, Source, Verdict, VersionKind
from tocsin.stories.baseline import Baseline, BaselineState, Velocity, velocity_of
from tocsin.stories.features import Report
from tocsin.stories.gates import gates, hour_known, new_for_this_story
from tocsin.stories.group import Assignment, Grouper
from tocsin.stories.judge import StoryFacts, busy_day, high_harm, story_points, worn_subject
from tocsin.stories.labels import label_of
from tocsin.stories.material import TURNED, Known, changes, corrects, known_of, told_with
from tocsin.stories.naming import names_of
from tocsin.stories.once import Alerted, Memory, Rarity, counts_again
from tocsin.stories.origins import OriginIndex, OriginsState
from tocsin.stories.prepared import Prepared, prepare
from tocsin.stories.remembered import KeptStory, Stories, Story, Told
from tocsin.stories.remit import within_remit
from tocsin.stories.rules import Rules
from tocsin.stories.score import ItemScore, item_reasons, item_score

WINDOW = timedelta(hours=72)
_DAY = timedelta(hours=24)
_UNREAD = Reading("")
_NEAR = 15.0
_MOST_STRANGERS = 10_000
_URGENCY = (Band.NONE, Band.WATCH, Band.ALERT, Band.FLASH)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A message that a decision proposes: what replay writes as an alert, and what is composed when live.

    ``story`` is the story readers know it by; ``lead`` the article the message is about; ``articles`` the ids known
    so far, the newest last. ``promotes`` says that it turns an earlier hold of the same story into a sending.
    """

    at: datetime
    story: str
    kind: VersionKind
    band: Band
    route: Route
    score: float
    label: str
    origins: tuple[Origin, ...]
    reasons: tuple[Reason, ...]
    lead: Article
    articles: tuple[str, ...]
    promotes: bool = False


class Decision(msgspec.Struct, frozen=True, gc=False):
    """What was decided when one article came."""

    verdict: Verdict
    assignment: Assignment
    message: Proposed | None = None


class Router(Protocol):
    """The policy of routing (``alerts.route.route_sources``), an argument because steps do not import each other."""

    def __call__(
        self,
        band: Band,
        sources: tuple[Source, ...],
        *,
        independent: int,
        within_remit: bool,
        gates_hold: bool,
        high_harm: str,
        burst: int,
    ) -> tuple[Route, tuple[Reason, ...]]:
        """Return the route of a story told by ``sources``, of whose origins ``independent`` are known."""


class _Case(msgspec.Struct, frozen=True, gc=False):
    """All that is known when an article is judged."""

    article: Article
    at: datetime
    source: Source
    story: Story
    report: Report
    item: ItemScore
    primed: bool
    velocity: Velocity | None
    reading: Reading = _UNREAD
    origins: tuple[Origin, ...] = ()
    told: Told | None = None
    told_as: str = ""
    on_subject: tuple[datetime, ...] = ()


class _Snapshot(msgspec.Struct, frozen=True):
    grouper: bytes
    stories: list[KeptStory]
    origins: OriginsState
    baseline: BaselineState
    rarity: list[tuple[datetime, tuple[str, ...]]]
    alerts: list[Alerted]


@dataclass(slots=True)
class Core:
    """Stories, baselines and what readers were told, in memory bounded by the window; deterministic."""

    rules: Rules
    sources: Mapping[str, Source]
    reading_of: Callable[[Article], Reading]
    route: Router
    _grouper: Grouper = field(default_factory=Grouper)
    _stories: Stories = field(default_factory=lambda: Stories(WINDOW))
    _baseline: Baseline = field(default_factory=Baseline)
    _rarity: Rarity = field(default_factory=lambda: Rarity(WINDOW))
    _memory: Memory = field(default_factory=lambda: Memory(_DAY))
    _origins: OriginIndex = field(init=False)
    _families: dict[str, str] = field(default_factory=dict)
    _strangers: dict[tuple[str, str | None], Source] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._origins = OriginIndex(family=self._families.get)
        self.follow(self.rules)

    def follow(self, rules: Rules) -> None:
        """Go by other rules, and by the sources as they are now, from the next article on."""
        self.rules = rules
        self._families.clear()
        self._families.update({name: s.family for s in self.sources.values() for name in (s.publisher, s.name)})

    def observe(self, article: Article, at: datetime, *, primed: bool = True) -> Decision:
        """Take in ``article``, seen at ``at``, and return what was decided, from nothing but what came before."""
        return self.decide(prepare(article), at, primed=primed)

    def decide(self, prepared: Prepared, at: datetime, *, primed: bool = True) -> Decision:
        """Do so with an article that was prepared: group it, then judge."""
        return self.judge(prepared, at, self.group(prepared, at), primed=primed)

    def group(self, prepared: Prepared, at: datetime) -> Assignment:
        """Put an article into its story: the first half of ``decide`` (the newsroom times the halves apart)."""
        return self._grouper.put(prepared.article, prepared.terms, at, lambda: names_of(prepared.report))

    def merge(self, one: str, other: str) -> tuple[str, str] | None:
        """Make two live stories one, because an editor says so; return the ids kept (the older one's) and gone.

        None when either was forgotten. The next article of either follows the one that was kept.
        """
        pair = self._grouper.merge(one, other)
        if pair is not None:
            self._stories.fold(*pair)
            self._memory.taken_over(gone=pair[1], kept=pair[0])
        return pair

    def snapshot(self) -> bytes:
        """Return the whole state but for the articles' texts, which ``restore`` asks for again."""
        origins = self._origins.state(self._stories.articles())
        return msgspec.msgpack.encode(
            _Snapshot(
                self._grouper.snapshot(), self._stories.state(), origins, self._baseline.state(), self._rarity.state(),
                self._memory.state(),
            )
        )  # fmt: skip

    def articles(self) -> set[str]:
        """Return the ids of the articles that the state names."""
        return self._stories.articles()

    def restore(self, snapshot: bytes, articles: Mapping[str, Article]) -> None:
        """Take up, in a new core, the state of one that ran before; decisions are those of a core that ran on.

        ``articles`` has all that ``articles()`` named then (else KeyError). Raises msgspec.DecodeError if it is none.
        """
        known = msgspec.msgpack.decode(snapshot, type=_Snapshot)
        self._grouper = Grouper.restore(known.grouper)
        self._stories.resume(known.stories, articles, self._source)
        self._origins.resume(known.origins, articles)
        self._baseline.resume(known.baseline)
        self._rarity.resume(known.rarity)
        self._memory.resume(known.alerts)

    def judge(self, prepared: Prepared, at: datetime, assignment: Assignment, *, primed: bool = True) -> Decision:
        """Judge the story that an article has just joined: the second half of ``decide``."""
        article, report = prepared.article, prepared.report
        source = self._source(article)
        story = self._stories.join(assignment, article, source, at)
        for gone in assignment.merged:
            self._memory.taken_over(gone, story.id)
        self._baseline.saw(at)
        item = item_score(report, self.rules.weights_of(report.language))
        firsts = [first.at for first in story.families.values()]
        velocity = velocity_of(firsts, self._baseline, at, self.rules.velocity_minutes)
        case = _Case(article, at, source, story, report, item, primed, velocity)
        verdict, message = self._judge(case)
        self._rarity.saw(report, at)
        return Decision(verdict, assignment, message)

    def _judge(self, case: _Case) -> tuple[Verdict, Proposed | None]:
        points = self._points(case)
        score = _total(case.item, points)
        if score < self.rules.watch and not case.report.revised:
            verdict = Verdict(
                case.at, case.article.id, case.story.id, case.item.value, score, Band.NONE, Route.DROP, "",
                reasons=(*self._own_words(case), *points),
            )  # fmt: skip
            return verdict, None
        return self._judge_fully(self._informed(case))

    def _own_words(self, case: _Case) -> tuple[Reason, ...]:
        """Return the item's points one by one; in one sum when it is nowhere near (most items are)."""
        if case.item.value < self.rules.watch - _NEAR:
            return (Reason("its own words", points=case.item.value),)
        return item_reasons(case.report, self.rules.weights_of(case.report.language))

    def _informed(self, case: _Case) -> _Case:
        """Read the article, work out the story's origins, and take the second look against the alerts of the day."""
        reading = self.reading_of(case.article)
        told, told_as = self._told_before(case)
        return replace(
            case,
            reading=reading,
            origins=self._origins_of(case.story, case.article, reading),
            told=told,
            told_as=told_as,
            on_subject=self._memory.on_the_subject(case.report, case.at, timedelta(hours=self.rules.subject_hours)),
        )

    def _told_before(self, case: _Case) -> tuple[Told | None, str]:
        """Return what readers were told of this event and the story they know it by.

        Grouping is trusted soon after an alert; stories can run for days, and their next turn is news again.
        """
        own = case.story.told
        if own and case.at - own.at <= self._trusted(case):
            return own, case.story.id
        of_late = own and case.at - own.at <= timedelta(hours=self.rules.follow_hours)
        same = self._memory.same_event(case.report, case.at, case.story.id if of_late else None)
        other = self._stories.get(same) if same else None
        return (other.told, other.id) if other and other.told else (None, case.story.id)

    def _trusted(self, case: _Case) -> timedelta:
        """Return how long after an alert grouping is trusted: a third of the time where silence would be worst.

        That is a report grave by its own words, whose headline names more than nations. A toll that
        rises or is corrected is that of an event told before, all day.
        """
        if counts_again(case.report):
            return _DAY
        follow = timedelta(hours=self.rules.follow_hours)
        grave = case.item.value >= self.rules.watch
        return follow / 3 if grave and case.report.names & names_of(case.report).others else follow

    def _judge_fully(self, case: _Case) -> tuple[Verdict, Proposed | None]:
        points = (*self._points(case), *worn_subject(len(case.on_subject), self.rules))
        score = _total(case.item, points)
        band = self.rules.band(score)
        corrected = case.told is not None and corrects(case.told.known, case.report)
        if corrected and case.told is not None:
            band = max(band, case.told.band, key=_URGENCY.index)  # whoever was told a thing is told that it was wrong
        known, fresh = case.source.known, self.rules.fresh
        checked = gates(case.article, case.report, case.at, primed=case.primed, fresh=fresh, known=known)
        route, support = self.route(
            band,
            tuple(first.source for first in case.story.families.values()),
            independent=sum(origin.known for origin in case.origins),
            within_remit=any(_in_remit(first.source, case) for first in case.story.families.values()),
            gates_hold=all(gate.holds for gate in checked),
            high_harm=high_harm(case.report),
            burst=self._memory.since(case.at, timedelta(minutes=self.rules.burst_minutes)),
        )
        if route is Route.SEND and (dated := hour_known(case.article)):
            route, support = Route.HOLD, (*support, *dated)
        label = label_of(
            case.origins, case.source, case.reading,
            corrected=corrected or _says_corrected(case), within_remit=_in_remit(case.source, case),
        )  # fmt: skip
        now = known_of(label, case.report, case.reading)
        kind, found = self._news(case, band, route, now)
        once = new_for_this_story(case.told.at if case.told else None, found, case.told_as)
        if kind is None and route in {Route.SEND, Route.HOLD}:
            route = Route.DIGEST
        reasons = (
            *checked,
            *once,
            *item_reasons(case.report, self.rules.weights_of(case.report.language)),
            *points,
            *support,
        )
        verdict = Verdict(
            case.at, case.article.id, case.story.id, case.item.value, score, band, route, label, case.origins, reasons
        )
        if case.told:
            self._memory.follows(case.told_as, case.report, self._rarity)
        return verdict, self._tell(case, verdict, kind, now) if kind else None

    def _points(self, case: _Case) -> tuple[Reason, ...]:
        facts = StoryFacts(case.velocity, len(case.origins), sum(origin.known for origin in case.origins))
        points = story_points(case.article, case.report, case.reading, case.source, facts, self.rules)
        return (*points, *busy_day(self._memory.since(case.at, _DAY), self.rules))

    def _news(self, case: _Case, band: Band, route: Route, now: Known) -> tuple[VersionKind | None, tuple[Reason, ...]]:
        """Return which message this article calls for, if any, and what is materially new in it."""
        if route not in {Route.SEND, Route.HOLD}:
            return None, ()
        told = case.told
        if told is None:
            return VersionKind.ALERT, ()
        found = changes(told.known, now, case.report)
        if found and now.label == "Corrected":
            return VersionKind.CORRECTION, found
        if told.route is Route.HOLD and route is Route.SEND and case.told_as == case.story.id:
            return VersionKind.ALERT, (Reason("a hold that may now be sent"),)
        last = max((told.at, *case.on_subject))
        rested = case.at - last >= timedelta(minutes=self.rules.update_gap_minutes)
        enough = told.messages > self.rules.updates_most or len(case.on_subject) >= self.rules.subject_most
        # A president's death waits for no gap, whichever story of the day it was taken for.
        turned = case.item.value >= self.rules.flash and any(reason.name == TURNED for reason in found)
        if not found or enough or not (rested or turned):
            return None, found
        return VersionKind.UPDATE, found

    def _tell(self, case: _Case, verdict: Verdict, kind: VersionKind, now: Known) -> Proposed:
        promotes = kind is VersionKind.ALERT and case.told is not None
        if kind is VersionKind.ALERT and not promotes:
            self._memory.alerted(case.story.id, case.at, case.report, self._rarity)
            self._grouper.alerted(case.story.id, names_of(case.report))
            case.story.told = Told(case.at, verdict.route, verdict.band, now)
        elif case.told:
            case.told.known = told_with(case.told.known, now, case.report)
            case.told.at, case.told.route, case.told.band = case.at, verdict.route, verdict.band
            case.told.messages += not promotes
            self._memory.told_again(case.told_as, case.at)
        return Proposed(
            case.at, case.told_as, kind, verdict.band, verdict.route, verdict.score, verdict.label, verdict.origins,
            verdict.reasons, case.article, tuple(case.story.ids), promotes,
        )  # fmt: skip

    def _source(self, article: Article) -> Source:
        known = self.sources.get(article.source) or self._strangers.get((article.source, article.publisher))
        if known is None:
            name = article.publisher or article.source
            known = Source(name=article.source, publisher=name, family=name, known=False)
            if len(self._strangers) >= _MOST_STRANGERS:
                self._strangers.clear()
            self._strangers[article.source, article.publisher] = known
        return known

    def _origins_of(self, story: Story, article: Article, reading: Reading) -> tuple[Origin, ...]:
        for member in (*story.articles, article):
            if member.id not in story.indexed:
                story.indexed[member.id] = None
                self._origins.add(member, reading if member.id == article.id else self.reading_of(member))
        return self._origins.origins(story.indexed, known=lambda member: self._source(member).known)


def _in_remit(source: Source, case: _Case) -> bool:
    return within_remit(source, case.report.concepts, case.reading.places)


def _says_corrected(case: _Case) -> bool:
    """Tell whether a report corrects something; of a toll, once readers were told of it, only the number says so."""
    return "correction" in case.report.concepts and (case.told is None or not case.report.revised)


def _total(item: ItemScore, points: tuple[Reason, ...]) -> float:
    return round(min(100.0, max(0.0, item.value + sum([reason.points for reason in points]))), 2)
