"""Options that many commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

LARGEST = 2**62
"""The largest number that the store keeps."""

Config = Annotated[Path | None, typer.Option("--config", help="The settings file (default: ./tocsin.toml).")]
AsJson = Annotated[bool, typer.Option("--json", help="One compact JSON line each, for programs.")]
