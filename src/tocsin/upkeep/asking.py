"""Asking an address that the operator has named, and only that one."""

from __future__ import annotations

import urllib.request


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Follow nothing: mail providers do not either (RFC 8058), and it could lead into a network of ours."""
        return


ASKING = urllib.request.build_opener(_NoRedirect)
"""Opens addresses; an answer of 300 and above is an error."""
