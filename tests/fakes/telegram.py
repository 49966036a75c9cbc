"""A channel's public preview as t.me serves it: the markup that our reader depends on, and what stands around it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.fakes.publisher import Publisher, redirecting

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def post(number: int, text: str = "", *, channel: str = "harbour", at: datetime | None = None, **more: str) -> str:
    """Return one post; its words are markup. ``more``: ``forwarded`` (a name), ``above`` and ``below``, ``edited``."""
    when = (at or NOON + timedelta(minutes=number)).isoformat()
    forwarded = more.get("forwarded", "")
    origin = (
        '<div class="tgme_widget_message_forwarded_from accent_color">Forwarded from&nbsp;'
        '<a class="tgme_widget_message_forwarded_from_name" href="https://t.me/other/5">'
        f'<span dir="auto">{forwarded}</span></a></div>'
    )
    words = f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>'
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        f'<div class="tgme_widget_message text_not_supported_wrap js-widget_message {more.get("kind", "")}"'
        f' data-post="{channel}/{number}" data-view="x"><div class="tgme_widget_message_bubble">'
        '<div class="tgme_widget_message_author accent_color">'
        f'<a class="tgme_widget_message_owner_name" href="https://t.me/{channel}"><span>Harbour</span></a></div>'
        f"{origin if forwarded else ''}{more.get('above', '')}{words if text else ''}{more.get('below', '')}"
        '<div class="tgme_widget_message_footer compact js-message_footer"><div class="tgme_widget_message_info">'
        '<span class="tgme_widget_message_views">1.2K</span><span class="copyonly"> views</span>'
        f'<span class="tgme_widget_message_meta">{more.get("edited", "")}'
        f'<a class="tgme_widget_message_date" href="https://t.me/{channel}/{number}">'
        f'<time datetime="{when}" class="time">12:00</time></a></span></div></div></div></div></div>'
    )


def preview(*posts: str, title: str = "The Harbour") -> bytes:
    """Return a channel's page, its posts from the oldest to the newest as t.me lists them."""
    return (
        '<!DOCTYPE html><html class=""><head><meta charset="utf-8"><title>The Harbour – Telegram</title></head>'
        '<body class="widget_frame_base tgme_webpreview"><header class="tgme_header">'
        f'<div class="tgme_channel_info_header_title"><span dir="auto">{title}</span></div></header>'
        '<main class="tgme_main" data-url="/harbour"><section class="tgme_channel_history js-message_history">'
        f"{''.join(posts)}</section></main></body></html>"
    ).encode()


def closed(channel: str) -> bytes:
    """Return the page of a name that shows no posts: no such channel, a person, a private one."""
    return (
        "<!DOCTYPE html><html><head><title>Telegram: Contact</title></head><body>"
        f'<div class="tgme_page"><div class="tgme_page_action"><a href="tg://resolve?domain={channel}">'
        "Send Message</a></div></div></body></html>"
    ).encode()


def closes(publisher: Publisher, channel: str) -> None:
    """Let a fake t.me send who asks for a channel's posts to its page without them, as t.me does."""
    publisher.behaviours[f"/s/{channel}"] = redirecting(f"/{channel}")
    publisher.gives(f"/{channel}", closed(channel), Content_Type="text/html; charset=utf-8")
