"""Why a machine could not be reached, in words for whoever must put it right."""

from __future__ import annotations

import os
import ssl
from errno import errorcode
from urllib.error import URLError


def why_unreached(error: OSError) -> str:
    """Return what kept a connection from being made, without the numbers and calls that libraries tell of.

    asyncio says "[Errno 111] Connect call failed ('127.0.0.1', 25)", urllib "<urlopen error [Errno 111] …>", and both
    mean "connection refused".
    """
    if isinstance(error, URLError) and isinstance(error.reason, OSError):
        return why_unreached(error.reason)
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate does not hold: {error.verify_message}"
    if isinstance(error, ssl.SSLError):  # its numbers are OpenSSL's, not the system's
        return str(error)
    if error.errno is not None and error.errno in errorcode:
        return os.strerror(error.errno).lower()
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return error.strerror or str(error) or type(error).__name__
