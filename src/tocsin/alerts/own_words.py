"""An alert that an editor starts: from one article, or in the desk's own words with who says so."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tocsin.alerts.approval import HIGH_HARM
from tocsin.alerts.excerpt import cut, one_line
from tocsin.alerts.subject import subject_of
from tocsin.errors import WrongUse
from tocsin.model import Article, Band, Draft, Origin, Reason, Report, VersionKind

LABEL = "Written by the desk"
MOST_HEADLINE = 110
MOST_TEXT = 1500
MOST_WHO = 100
_LOCK_SCREEN = 130


@dataclass(frozen=True, slots=True)
class OwnWords:
    """What an editor typed: the headline, what happened, and who says so."""

    headline: str
    text: str
    who: str
    band: Band


def checked(words: OwnWords) -> OwnWords:
    """Return the words with their white space in order. Raises ``WrongUse`` naming what is missing or too long."""
    headline, who = one_line(words.headline), one_line(words.who)
    paragraphs = [one_line(part) for part in words.text.split("\n\n") if part.strip()]
    text = "\n\n".join(paragraphs)
    for name, given, most in (
        ("headline", headline, MOST_HEADLINE),
        ("text", text, MOST_TEXT),
        ("attribution", who, MOST_WHO),
    ):
        if not given:
            raise WrongUse(f"the {name} is missing" + (": say who says so" if name == "attribution" else ""))
        if len(given) > most:
            raise WrongUse(f"the {name} has {len(given)} characters; at most {most}")
    return OwnWords(headline, text, who, words.band)


def written(article: Article, words: OwnWords, *, by: str, harm: str) -> Draft:
    """Return the draft in the desk's own words; ``article`` is what the story is known by, ``harm`` as routing told."""
    language = article.language or "en"
    return Draft(
        story=article.id,
        kind=VersionKind.ALERT,
        band=words.band,
        label=LABEL,
        subject=subject_of(
            words.headline,
            kind=VersionKind.ALERT,
            band=words.band,
            label=LABEL,
            publisher=words.who,
            language=language,
        ),
        headline=words.headline,
        paragraphs=tuple(words.text.split("\n\n")),
        statements=(),
        origins=(Origin(words.who, (article.id,), known=False),),
        publisher=words.who,
        url=article.url,
        published=article.published,
        language=language,
        reasons=started(by, harm),
        lock_screen=cut(one_line(words.text), _LOCK_SCREEN),
        articles=(article.id,),
        reports=(Report(article.id, words.who, words.headline, article.url, article.published),),
    )


def rewritten(draft: Draft, words: OwnWords) -> Draft:
    """Return a draft in the desk's own words with other words; what it is known by stays."""
    words = checked(words)
    return replace(
        draft,
        band=words.band,
        subject=subject_of(
            words.headline,
            kind=draft.kind,
            band=words.band,
            label=draft.label,
            publisher=words.who,
            language=draft.language,
        ),
        headline=words.headline,
        paragraphs=tuple(words.text.split("\n\n")),
        publisher=words.who,
        lock_screen=cut(one_line(words.text), _LOCK_SCREEN),
        origins=tuple(replace(origin, name=words.who) for origin in draft.origins),
        reports=tuple(replace(report, publisher=words.who, headline=words.headline) for report in draft.reports),
    )


def started(by: str, harm: str) -> tuple[Reason, ...]:
    """Return the reasons of a version that an editor starts; a kind of news that does high harm stays one."""
    begun = Reason("started by the desk", "support", evidence=by)
    return (begun, Reason(HIGH_HARM, "support", holds=False, evidence=harm)) if harm else (begun,)
