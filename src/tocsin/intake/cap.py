"""Alerts of authorities: OASIS Common Alerting Protocol 1.1 and 1.2, one document, one item for each language."""

from __future__ import annotations

from lxml import etree

from tocsin.intake.dates import iso_date
from tocsin.intake.feed import Feed, cap_urgency, made_key, plain_text, web_url
from tocsin.model import Item

NAMESPACE = "urn:oasis:names:tc:emergency:cap:"
_HEAD_CHARS = 5000

Element = etree._Element


def read(xml: str, source: str) -> Feed | None:
    """Return the alert in ``xml`` (no document type, no entities but XML's own), None when it is no CAP document.

    What is not ``Actual`` (an exercise, a test, a draft) is marked as a draft, so that it alerts nobody; what is
    neither an alert nor an update is refused with its type.
    """
    if NAMESPACE not in xml[:_HEAD_CHARS]:
        return None
    try:
        root = etree.fromstring(xml.strip().encode("utf-8", "replace"), etree.XMLParser(resolve_entities=False))
    except etree.XMLSyntaxError:
        return None
    if not str(root.tag).startswith(f"{{{NAMESPACE}") or not str(root.tag).endswith("}alert"):
        return None
    kind = _text(root, "msgType")
    title = _text(root, "sender")
    if kind not in ("Alert", "Update"):
        return Feed(
            title, refused=(f"a CAP message of type {kind or 'unknown'} for {_text(root, 'references')[:200]}",)
        )
    return Feed(title, tuple(_item(root, info, source) for info in root.iterfind("{*}info")))


def _item(alert: Element, info: Element, source: str) -> Item:
    headline = plain_text(_text(info, "headline") or _text(info, "event"))
    description, instruction = _text(info, "description"), _text(info, "instruction")
    areas = "; ".join(area for each in info.iterfind("{*}area") if (area := _text(each, "areaDesc")))
    language = _text(info, "language") or "en-US"  # the default that the standard sets
    identifier = _text(alert, "identifier")
    return Item(
        source=source,
        key=f"{identifier}#{language}" if identifier else made_key(headline, description),
        title=headline,
        url=web_url(_text(info, "web")),
        summary=areas,
        content="\n\n".join(part for part in (description, instruction, areas) if part),
        published=iso_date(_text(alert, "sent")),
        language=language,
        authors=tuple(name for name in (_text(info, "senderName"),) if name),
        urgency=cap_urgency(_text(info, "severity"), _text(info, "urgency")),
        draft=_text(alert, "status") != "Actual",
    )


def _text(parent: Element, name: str) -> str:
    return (parent.findtext(f"{{*}}{name}") or "").strip()
