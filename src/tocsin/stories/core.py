"""The decision core: one article in, one decision out; what runs live is what replay runs."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from tocsin.model import Article, Band, Origin, Reading, Reason, Route, Source, Verdict, VersionKind
from tocsin.stories.baseline import Baseline, Velocity, poisson_tail
from tocsin.stories.features import Report, report_of
from tocsin.stories.gates import gates
from tocsin.stories.group import Assignment, Grouper
from tocsin.stories.judge import StoryFacts, high_harm, story_points
from tocsin.stories.labels import label_of
from tocsin.stories.material import Known, changes, known_of, told
from tocsin.stories.rules import Rules
from tocsin.stories.score import ItemScore, item_reasons, item_score

WINDOW = timedelta(hours=72)
_KEPT_ARTICLES = 30
_URGENT = (Band.FLASH, Band.ALERT)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A message that a decision proposes: what replay writes as an alert and what is composed when live.

    ``story`` is the story readers know it by; ``articles`` are those known so far, the newest last; ``lead`` is the
    one the message is about. ``promotes`` says that it turns an earlier hold of the same story into a sending.
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


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided when one article came."""

    verdict: Verdict
    assignment: Assignment
    message: Proposed | None = None


class Router(Protocol):
    """The policy of routing (see ``alerts.route``), given as an argument because steps do not import each other."""

    def __call__(
        self, band: Band, sources: tuple[Source, ...], *, gates_hold: bool, high_harm: str, recent: int
    ) -> tuple[Route, tuple[Reason, ...]]:
        """Return the route of a story of ``band`` whose independent origins are headed by ``sources``."""


@dataclass(slots=True)
class _Story:
    """What is remembered of a story."""

    id: str
    touched: datetime
    articles: deque[str] = field(default_factory=lambda: deque(maxlen=200))
    families: dict[str, tuple[datetime, Source, str]] = field(default_factory=dict)
    known: Known | None = None
    messages: int = 0
    told_at: datetime | None = None
    told_route: Route = Route.DROP


class Core:
    """Stories, baselines and what readers were told, in memory bounded by the window; deterministic."""

    def __init__(
        self,
        rules: Rules,
        sources: Mapping[str, Source],
        reading_of: Callable[[Article], Reading],
        router: Router,
    ) -> None:
        self._rules = rules
        self._sources = sources
        self._reading_of = reading_of
        self._route = router
        self._grouper = Grouper()
        self._baseline = Baseline()
        self._stories: OrderedDict[str, _Story] = OrderedDict()
        self._alerts: deque[tuple[datetime, str]] = deque()

    def observe(self, article: Article, at: datetime, *, primed: bool = True) -> Decision:
        """Take in ``article``, seen at ``at``, and return what was decided, from nothing but what came before."""
        return self.judge(article, at, self.group(article, at), primed=primed)

    def group(self, article: Article, at: datetime) -> Assignment:
        """Put ``article`` into its story: the first half of ``observe``, whose second half must follow."""
        return self._grouper.add(article, at)

    def judge(self, article: Article, at: datetime, assignment: Assignment, *, primed: bool = True) -> Decision:
        """Judge the story that ``article`` has just joined: the second half of ``observe``."""
        source = self._source(article)
        story = self._join(assignment, article, source, at)
        self._baseline.saw(at)
        report = report_of(article)
        item = item_score(report, self._rules.weights_of(report.language))
        verdict, proposed = self._judge(article, at, source, story, report, item, primed)
        return Decision(verdict, assignment, proposed)

    def _source(self, article: Article) -> Source:
        known = self._sources.get(article.source)
        if known:
            return known
        name = article.publisher or article.source
        return Source(name=article.source, publisher=name, family=name, known=False)

    def _join(self, assignment: Assignment, article: Article, source: Source, at: datetime) -> _Story:
        story = self._stories.pop(assignment.story, None) or _Story(assignment.story, at)
        self._stories[story.id] = story
        for merged in assignment.merged:
            if other := self._stories.pop(merged, None):
                _fold(other, story)
        story.articles.append(article.id)
        story.families.setdefault(source.family, (at, source, article.id))
        story.touched = at
        while self._stories:
            oldest = next(iter(self._stories.values()))
            if at - oldest.touched <= WINDOW:
                break
            del self._stories[oldest.id]
        return story

    def _judge(
        self,
        article: Article,
        at: datetime,
        source: Source,
        story: _Story,
        report: Report,
        item: ItemScore,
        primed: bool,
    ) -> tuple[Verdict, Proposed | None]:
        rules = self._rules
        facts = StoryFacts(
            self._velocity(story, at),
            len(story.families),
            sum(source.known for _, source, _ in story.families.values()),
        )
        points = story_points(article, report, None, source, facts, rules)
        score = _bounded(item.value + sum(reason.points for reason in points))
        if score < rules.watch:
            return Verdict(at, article.id, story.id, item.value, score, Band.NONE, Route.DROP, "", (), points), None
        reading = self._reading_of(article)
        points = story_points(article, report, reading, source, facts, rules)
        score = _bounded(item.value + sum(reason.points for reason in points))
        band = rules.band(score)
        checked = gates(article, report, at, primed=primed, fresh=rules.fresh)
        sources = tuple(source for _, source, _ in story.families.values())
        route, support = self._route(
            band,
            sources,
            gates_hold=all(gate.holds for gate in checked),
            high_harm=high_harm(report),
            recent=self._recent(at, timedelta(minutes=rules.burst_minutes)),
        )
        origins = tuple(Origin(family, (first[2],)) for family, first in story.families.items())
        label = label_of(origins, facts.known_origins, source, reading, corrected="correction" in report.concepts)
        reasons = (*checked, *item_reasons(report, rules.weights_of(report.language)), *points, *support)
        verdict = Verdict(at, article.id, story.id, item.value, score, band, route, label, origins, reasons)
        return verdict, self._propose(verdict, article, story, report, reading)

    def _velocity(self, story: _Story, at: datetime) -> Velocity:
        since = at - timedelta(minutes=self._rules.velocity_minutes)
        families = sum(first >= since for first, _, _ in story.families.values())
        expected = 0.02 * self._baseline.per_hour(at) * self._rules.velocity_minutes / 60
        return Velocity(
            families, self._rules.velocity_minutes, expected, poisson_tail(families, expected), self._baseline.weeks(at)
        )

    def _recent(self, at: datetime, within: timedelta) -> int:
        return sum(at - told_at <= within for told_at, _ in self._alerts)

    def _propose(
        self, verdict: Verdict, article: Article, story: _Story, report: Report, reading: Reading
    ) -> Proposed | None:
        if verdict.route not in {Route.SEND, Route.HOLD}:
            return None
        now = known_of(verdict.label, report, reading)
        story = self._known_story(story, article, verdict.at)
        if story.known is None or story.told_at is None:
            return self._tell(verdict, article, story, VersionKind.ALERT, now, ())
        if story.told_route is Route.HOLD and verdict.route is Route.SEND:
            return self._tell(verdict, article, story, VersionKind.ALERT, now, (), promotes=True)
        found = changes(story.known, now, report)
        gap = timedelta(minutes=self._rules.update_gap_minutes)
        if not found or story.messages > self._rules.updates_most or verdict.at - story.told_at < gap:
            return None
        kind = VersionKind.CORRECTION if now.label == "Corrected" else VersionKind.UPDATE
        return self._tell(verdict, article, story, kind, now, found)

    def _known_story(self, story: _Story, article: Article, at: datetime) -> _Story:
        """Return the story readers know this as: a second look against every alert of the last day."""
        if story.known is not None:
            return story
        self._drop_old_alerts(at)
        near = self._grouper.second_look(article, (told for _, told in self._alerts if told != story.id))
        return self._stories.get(near.story, story) if near else story

    def _drop_old_alerts(self, at: datetime) -> None:
        while self._alerts and at - self._alerts[0][0] > timedelta(hours=self._rules.second_look_hours):
            self._alerts.popleft()

    def _tell(
        self,
        verdict: Verdict,
        article: Article,
        story: _Story,
        kind: VersionKind,
        now: Known,
        found: tuple[Reason, ...],
        *,
        promotes: bool = False,
    ) -> Proposed:
        if kind is VersionKind.ALERT and not promotes:
            self._alerts.append((verdict.at, story.id))
            self._grouper.alerted(story.id)
        story.known = told(story.known, now) if story.known else now
        story.messages += 1
        story.told_at, story.told_route = verdict.at, verdict.route
        return Proposed(
            verdict.at, story.id, kind, verdict.band, verdict.route, verdict.score, verdict.label, verdict.origins,
            (*found, *verdict.reasons), article, tuple(story.articles), promotes,
        )  # fmt: skip


def _bounded(score: float) -> float:
    return round(min(100.0, max(0.0, score)), 2)


def _fold(other: _Story, into: _Story) -> None:
    into.articles.extendleft(reversed(other.articles))
    for family, first in other.families.items():
        into.families[family] = min(first, into.families.get(family, first), key=lambda entry: entry[0])
    if other.known and (into.known is None):
        into.known, into.told_at, into.told_route = other.known, other.told_at, other.told_route
    into.messages += other.messages
