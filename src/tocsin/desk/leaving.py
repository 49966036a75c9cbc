"""What an editor left out of a draft of a story stays out of its later versions, until somebody puts it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tocsin.alerts.route import route_sources
from tocsin.model import Article, Draft, Origin, Reading, Route, Source, Verdict
from tocsin.store.alerts import Version
from tocsin.stories.labels import label_of
from tocsin.stories.origins import count_origins
from tocsin.stories.prepared import prepare
from tocsin.stories.remit import within_remit

Read = Sequence[tuple[Article, Reading]]


@dataclass(frozen=True, slots=True)
class Composed:
    """A version that was composed without what editors left out.

    ``whole`` is the same with it, from which it can be put back; None when nothing is left out. ``supported`` says
    whether what stays would be sent by itself, as far as sources and origins go.
    """

    draft: Draft
    whole: Draft | None
    supported: bool


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An article that is left out of a story's versions since the one of this ``number``, in words."""

    article: str
    number: int
    words: str


def left_out(versions: Iterable[Version]) -> tuple[LeftOut, ...]:
    """Return what is left out after these versions of an alert; one that has an article again puts it back."""
    since: dict[str, int] = {}
    words: dict[str, str] = {}
    for version in versions:
        whole, stay = version.composed or version.draft, frozenset(version.draft.articles)
        since = {one: number for one, number in since.items() if one not in stay}
        since |= {one: since.get(one, version.number) for one in whole.articles if one not in stay}
        words |= {each.article: f"{each.publisher}: {each.headline}" for each in whole.reports}
    return tuple(LeftOut(one, number, words.get(one, one)) for one, number in since.items())


def composed_without(
    out: Iterable[LeftOut],
    verdict: Verdict,
    read: Read,
    sources: Mapping[str, Source],
    compose: Callable[[Verdict, Read], Draft],
) -> Composed:
    """Return what ``compose`` makes of a verdict and of the articles ``read``, without those that are ``out``.

    Who says so, and how many, follow from those that stay, as if no other had come.
    """
    gone = frozenset(one.article for one in out)
    stay = [one for one in read if one[0].id not in gone]
    if not stay or len(stay) == len(read):
        return Composed(compose(verdict, read), None, True)
    whole = compose(verdict, read)
    origins, label = of_those(stay, sources, corrected=verdict.label == "Corrected")
    draft = compose(replace(verdict, origins=origins, label=label), stay)
    reports = (*draft.reports, *(report for report in whole.reports if report.article in gone))
    return Composed(
        draft,
        replace(
            draft,
            articles=whole.articles,
            origins=whole.origins,
            label=whole.label,
            topics=whole.topics,
            places=whole.places,
            reports=reports,
        ),
        _supported(stay, draft, sources),
    )


def of_those(stay: Read, sources: Mapping[str, Source], *, corrected: bool) -> tuple[tuple[Origin, ...], str]:
    """Return the origins and the label that some articles make, the newest last, as if no other had come."""
    family = {name: source.family for source in sources.values() for name in (source.publisher, source.name)}
    origins = count_origins(stay, family=family.get, known=lambda article: _source(article, sources).known)
    newest, reading = stay[-1]
    source = _source(newest, sources)
    label = label_of(origins, source, reading, corrected=corrected, within_remit=_in_remit(newest, reading, source))
    return origins, label


def _supported(stay: Read, draft: Draft, sources: Mapping[str, Source]) -> bool:
    newest, reading = stay[-1]
    told_by = tuple(_source(article, sources) for article, _ in stay)
    route, _ = route_sources(
        draft.band,
        told_by,
        independent=sum(origin.known for origin in draft.origins),
        within_remit=any(_in_remit(newest, reading, source) for source in told_by),
        gates_hold=True,
        high_harm="",
        burst=0,
    )
    return route is Route.SEND


def _in_remit(newest: Article, reading: Reading, source: Source) -> bool:
    return within_remit(source, prepare(newest).report.concepts, reading.places)


def _source(article: Article, sources: Mapping[str, Source]) -> Source:
    name = article.publisher or article.source
    return sources.get(article.source) or Source(article.source, name, name, known=False)
