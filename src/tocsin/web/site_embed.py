"""The form in other people's pages: a snippet of plain HTML to paste, and a frame where forms are not allowed."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter, Request
from starlette.responses import Response

from tocsin.i18n import translations
from tocsin.readers.signup import Filled
from tocsin.web.forms import LOOK
from tocsin.web.rendering import Pages
from tocsin.web.security import framed_by
from tocsin.web.wording import wording


def embed(pages: Pages) -> APIRouter:
    """Return the routes of the frame and of the snippet."""
    routes = APIRouter(include_in_schema=False)
    readers, base = pages.parts.settings.readers, pages.parts.settings.web.base_url

    @routes.api_route("/embed", methods=LOOK)
    def frame(request: Request) -> Response:
        answer = pages.page(
            request, "embed", filled=Filled(back=request.query_params.get("back", "")), slip=None, topics=()
        )
        answer.headers.update(framed_by(pages.parts.settings, readers.embedded_in))
        return answer

    @routes.api_route("/snippet", methods=LOOK)
    def snippet(request: Request) -> Response:
        language = pages.language_of(request)
        src = escape(f"{base}/embed?lang={language}")
        code = f'<iframe src="{src}" title="{escape(pages.parts.settings.newsroom.product)}"></iframe>'
        form = plain_form(pages, language)
        return pages.page(request, "snippet", form=form, frame=code, origins=readers.embedded_in)

    return routes


def plain_form(pages: Pages, language: str) -> str:
    """Return the form as HTML to paste into any page."""
    settings = pages.parts.settings
    words, _ = wording(language, settings.newsroom), translations("pages", language).gettext
    base = escape(settings.web.base_url)
    return f"""<form method="post" action="{base}/signup?lang={language}" novalidate
 data-signup data-invalid="{escape(words.invalid)}" data-work="{settings.readers.proof_of_work}">
  <p>{escape(words.call)}</p>
  <p><label for="tocsin-email">{escape(_("Email address"))}</label>
  <input id="tocsin-email" name="email" type="email" autocomplete="email" required aria-describedby="tocsin-problem">
  <span id="tocsin-problem" class="problem" role="alert"></span></p>
  <p hidden><input name="website" tabindex="-1" autocomplete="off"></p>
  <input type="hidden" name="back" value="ADDRESS OF THE ARTICLE">
  <p><label><input type="checkbox" name="offers" value="on"> {escape(words.offers)}</label></p>
  <p><button>{escape(words.button)}</button></p>
  <p><a href="{base}/privacy?lang={language}">{escape(_("Read our privacy notice"))}</a></p>
  <p class="status" role="status"></p>
</form>
<script src="{base}/static/signup.js" defer></script>"""
