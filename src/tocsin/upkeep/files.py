"""What ``tocsin check`` examines of the files and folders that settings name: there, closed to others, in order."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from tocsin.alerts.topics import load_topics
from tocsin.delivery.dkim import read_key
from tocsin.delivery.doctor import Finding, Health
from tocsin.errors import TocsinError
from tocsin.settings import Settings
from tocsin.sources import Sources, load_sources
from tocsin.stories.rules import load_rules

_FOLDERS = ("folder", "returned.maildir")
_OPEN = ("rules", "intake.sources", "readers.topics_file")
"""Files that are no secrets."""
_HINTS = {
    "intake.sources": "nothing is listened to until it names sources (docs/running.md)",
    "mail.dkim_key_file": "make a key with `tocsin dkim new`",
    "mail.dkim_ed25519_key_file": "make a key with `tocsin dkim new --kind ed25519`",
    "secret": "the first command that writes makes it",
}


def examine_files(settings: Settings) -> Iterator[Finding]:
    """Examine each file that the settings and the sources name; of folders see ``examine_folder``."""
    for name, path in named_paths(settings):
        if name not in _FOLDERS:
            yield _examined(name, path)
    yield _examined("secret", settings.folder / "secret")
    yield from _of_sources(settings.intake.sources)
    if settings.mail.dkim_key_file is None:
        yield Finding("DKIM", Health.WARNING, "no key here: the relay must sign, or make one with `tocsin dkim new`")
    if unknown := _unknown_topics(settings):
        told = f"readers.topics: nobody knows {', '.join(unknown)}; the form shows its bare id"
        yield Finding("topics", Health.BAD, f"{told}. Correct it, or describe it in readers.topics_file")


def named_paths(section: BaseModel, above: str = "") -> Iterator[tuple[str, Path]]:
    """Return each path that is set, with the setting's name (``mail.dkim_key_file``, ``relay.0.password_file``)."""
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, Path):
            yield above + name, value
        elif isinstance(value, BaseModel):
            yield from named_paths(value, f"{above}{name}.")
        elif isinstance(value, tuple):
            for number, one in enumerate(value):
                if isinstance(one, BaseModel):
                    yield from named_paths(one, f"{above}{name}.{number}.")


def examine_folder(folder: Path) -> Finding:
    """Examine the folder of the database, the secret and the journals; it is made when it is first needed."""
    there = next(one for one in (folder, *folder.resolve().parents) if one.exists())
    if not there.is_dir():
        return Finding("folder", Health.BAD, f"folder: {there} is no folder; name another in tocsin.toml")
    if not os.access(there, os.W_OK | os.X_OK):
        return Finding(
            "folder", Health.BAD, f"folder: {there} can't be written to; chown or chmod it for who runs this"
        )
    return Finding("folder", Health.GOOD, f"folder: {folder.resolve()} can be written to")


def _examined(name: str, file: Path, *, secret: bool | None = None) -> Finding:
    """Examine one file: there, readable, closed to others if it must be, with a content that will serve."""
    secret = name not in _OPEN if secret is None else secret
    label = "secrets" if secret else "files"
    there = _fault(file)
    found = [there] if there else [open_to_others(file) if secret else "", _misread(name, file)]
    if fault := "; ".join(filter(None, found)):
        hint = _HINTS.get(name, "correct the path, or put the file there")
        return Finding(label, Health.BAD, f"{name}: {fault}" + (f"; {hint}" if not file.is_file() else ""))
    return Finding(label, Health.GOOD, f"{name} is closed to others" if secret else f"{name} can be read: {file}")


def _fault(file: Path) -> str:
    if not file.exists():
        return f"there is no {file}"
    if not file.is_file():
        return f"{file} is a folder, and a file is needed"
    if not os.access(file, os.R_OK):
        return f"{file} can't be read; chown or chmod it for who runs this"
    return ""


def open_to_others(file: Path) -> str:
    """Return what to do where others can read a secret; nothing where they can't, or where there is none."""
    return f"others can read it; chmod 600 {file}" if file.exists() and file.stat().st_mode & 0o077 else ""


def _misread(name: str, file: Path) -> str:
    """Return what is wrong with the content of a file, read as the service will read it."""
    try:
        _reader(name)(file)
    except UnicodeDecodeError:
        return f"{file} is not text"
    except (TocsinError, OSError, ValueError) as error:
        told = str(error)
        return told if str(file) in told else f"{file}: {told}"
    return ""


def _reader(name: str) -> Callable[[Path], object]:
    readers: Mapping[str, Callable[[Path], object]] = {
        "rules": load_rules,
        "intake.sources": load_sources,
        "readers.topics_file": load_topics,
        "mail.dkim_key_file": lambda file: read_key(file.read_bytes()),
        "mail.dkim_ed25519_key_file": lambda file: read_key(file.read_bytes()),
        "secret": _bytes,
        "returned.postmark_login_file": _login,
    }
    return readers.get(name, _signing if name.endswith("secret_file") else _text)


def _bytes(file: Path) -> bytes:
    if len(content := file.read_bytes()) < 16:
        raise ValueError("it is too short to be a secret: was it cut? Restore it from the backup (docs/running.md)")
    return content


def _text(file: Path) -> str:
    if not (text := file.read_text(encoding="utf-8").strip()):
        raise ValueError("it is empty; put the secret into it")
    return text


def _login(file: Path) -> None:
    if ":" not in _text(file):
        raise ValueError("it must hold user:password")


def _signing(file: Path) -> None:
    """Check a secret that signs (Standard Webhooks)."""
    try:
        known = base64.b64decode(_text(file).removeprefix("whsec_"), validate=True)
    except UnicodeDecodeError:
        raise
    except ValueError as error:
        raise ValueError("it must hold whsec_ and a secret in base64") from error
    if not known:
        raise ValueError("it holds no secret behind whsec_")


def _of_sources(file: Path) -> Iterator[Finding]:
    sources = sources_in(file)
    for name, secret in sources.secret_files:
        if secret is not None:
            yield _examined(f"source {name!r}, secret_file", secret, secret=True)
    for source in sources.all:
        if source.path is not None and not os.access(source.path, os.R_OK):
            there = "can't be read" if Path(source.path).exists() else "is not there"
            yield Finding("sources", Health.BAD, f"source {source.name!r}: {source.path} {there}; correct its path")


def sources_in(file: Path) -> Sources:
    """Return the sources, or none where the file can't be read: that is told of the file itself."""
    try:
        return load_sources(file)
    except TocsinError:
        return Sources()


def _unknown_topics(settings: Settings) -> list[str]:
    try:
        known = {topic.id for topic in load_topics(settings.readers.topics_file)}
    except TocsinError:  # told of the file itself
        return []
    return [one for one in settings.readers.topics if one not in known]
