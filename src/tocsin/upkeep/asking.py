"""Asking an address that the operator has named, and only that one."""

from __future__ import annotations

import urllib.request
from http.client import HTTPException
from urllib.error import HTTPError


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow nothing: mail providers do not either (RFC 8058), and it could lead into a network of ours."""
        return


_OPENER = urllib.request.build_opener(_NoRedirect)


def status_of(asked: str | urllib.request.Request, patience_s: float) -> int:
    """Return the HTTP status with which an address answers, that of a redirect too.

    Raises ``OSError`` when nothing answers in ``patience_s`` seconds, or something that does not speak HTTP.
    """
    try:
        with _OPENER.open(asked, timeout=patience_s) as answer:
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code
    except (HTTPException, ValueError) as error:  # a mail server, say; a host's name that can't be one
        raise OSError(f"no answer in HTTP: {str(error).strip() or type(error).__name__}") from error
