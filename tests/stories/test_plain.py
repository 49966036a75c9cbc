import pytest

from tests.stories.reports import article
from tocsin.stories.plain import headline_and_lead, plain


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("**⚡️Bridge closed** __now__", "⚡️Bridge closed now"),
        ("Bridge [closed](https://example.org/a?b=1) today", "Bridge closed today"),
        ("Bridge closed\n\n[👉 Our channel. Subscribe](https://t.me/+abc)", "Bridge closed"),
        ("#BridgeFire2017 spreads", "Bridge Fire 2017 spreads"),
        ("Суд арестовал «Мост» (признан в РФ иноагентом)", "Суд арестовал «Мост»"),
        ("Мост закрыт (на час)", "Мост закрыт (на час)"),
        ("Seen by @reporter at https://example.org/x", "Seen by  at"),
        ("Bridge closed\n[One](https://t.me/a) | ![Two](https://t.me/b) !\nMore", "Bridge closed\nMore"),
        ("[]()" * 40 + "x", "x"),  # each "[]()" reads as a link and as four marks: all ways at once were 2⁴⁰
    ],
)
def test_the_marks_of_a_post_are_removed(raw: str, clean: str) -> None:
    assert plain(raw) == clean


def test_a_post_without_a_title_is_headed_by_its_first_sentence() -> None:
    post = article(
        "", "A dam has burst above the town of Lower Mill. People are told to leave. More follows.\n\nDetails"
    )
    headline, lead = headline_and_lead(post)
    assert headline == "A dam has burst above the town of Lower Mill."
    assert lead.startswith("People are told")
    assert lead.endswith("Details")


def test_a_title_is_the_headline() -> None:
    assert headline_and_lead(article("A title", "The text.")) == ("A title", "The text.")
