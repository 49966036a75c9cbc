"""The options of a benchmark: ``--help`` says what it measures, each option with its unit and its default."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


class _Help(argparse.RawDescriptionHelpFormatter, argparse.ArgumentDefaultsHelpFormatter):
    """Lines as they were written, defaults behind each option."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=40)


def options_of(doc: str | None) -> argparse.ArgumentParser:
    """Return a parser that tells of a benchmark in the words of its module, ``doc``."""
    return argparse.ArgumentParser(
        prog=f"python -m bench.{Path(sys.argv[0]).stem}", description=doc, formatter_class=_Help
    )
