"""Route: whether a story is sent, held for an editor, kept for the digest, or dropped."""

from __future__ import annotations

from dataclasses import dataclass

from tocsin.model import Band, Reason, Route, Source

_URGENT = (Band.FLASH, Band.ALERT)


@dataclass(frozen=True, slots=True)
class RoutePolicy:
    """When software may send without a person: how good the best origin must be, and how many alerts are a burst."""

    proven_tier: int = 2
    burst: int = 4


@dataclass(frozen=True, slots=True)
class Support:
    """Who stands behind a story: independent origins with a known publisher, the best tier among them, and trust."""

    known_origins: int = 0
    best_tier: int = 4
    may_alert_alone: bool = False
    within_remit: bool = False


def route_sources(
    band: Band,
    sources: tuple[Source, ...],
    *,
    independent: int,
    within_remit: bool,
    gates_hold: bool,
    high_harm: str,
    burst: int,
) -> tuple[Route, tuple[Reason, ...]]:
    """Return the route, by the shipped policy, of a story told by ``sources`` with so many known origins.

    ``within_remit`` says that an authority among them speaks of what it is the authority for.
    """
    known = [source for source in sources if source.known]
    support = Support(
        known_origins=independent,
        best_tier=min((source.tier for source in known), default=4),
        may_alert_alone=any(source.may_alert_alone for source in known),
        within_remit=within_remit,
    )
    return route(band, support, gates_hold=gates_hold, high_harm=high_harm, recent=burst, policy=RoutePolicy())


def route(
    band: Band, support: Support, *, gates_hold: bool, high_harm: str, recent: int, policy: RoutePolicy
) -> tuple[Route, tuple[Reason, ...]]:
    """Return the route and the reasons for it.

    Support gates auto-sending: points alone never send. A story of a high-harm kind goes to a person, unless an
    authority speaks within its own remit. ``recent`` is how many alerts went out in the last minutes.
    """
    if not gates_hold or band is Band.NONE:
        return Route.DROP, ()
    if band not in _URGENT:
        return Route.DIGEST, ()
    reasons = _reasons(support, high_harm, recent, policy)
    return (Route.SEND if all(reason.holds for reason in reasons) else Route.HOLD), reasons


def _reasons(support: Support, high_harm: str, recent: int, policy: RoutePolicy) -> tuple[Reason, ...]:
    reasons = [_supported(support, policy)]
    if high_harm:
        reasons.append(Reason("a person decides", "support", holds=support.within_remit, evidence=high_harm))
    calm = recent < policy.burst
    reasons.append(
        Reason("no burst of alerts", "support", holds=calm, evidence="" if calm else f"{recent} just before")
    )
    return tuple(reasons)


def _supported(support: Support, policy: RoutePolicy) -> Reason:
    if support.within_remit:
        return Reason("supported", "support", evidence="an authority within its own remit")
    if support.may_alert_alone:
        return Reason("supported", "support", evidence="a source trusted to alert alone")
    enough = support.known_origins >= 2 and support.best_tier <= policy.proven_tier
    evidence = f"{support.known_origins} known origins, best tier {support.best_tier}"
    return Reason("supported", "support", holds=enough, evidence=evidence)
