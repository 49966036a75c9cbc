"""What a browser is called where a person looks for their own: "Firefox on Android", not a line of tokens."""

from __future__ import annotations

# The first that is found counts: each names itself after those whose pages it wants to be given.
_BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def device_name(agent: str) -> str:
    """Return the name of the browser and system that a user agent claims; the agent itself if it is neither."""
    browser = next((name for token, name in _BROWSERS.items() if token in agent), "")
    system = next((name for token, name in _SYSTEMS.items() if token in agent), "")
    return " on ".join(filter(None, (browser, system))) or agent or "unknown"
