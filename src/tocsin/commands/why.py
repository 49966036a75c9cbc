"""``tocsin why``: why a story was sent, held, or dropped, and what would have had to be different."""

from __future__ import annotations

from typing import Annotated

import typer

from tocsin.commands.options import AsJson, Config


def why(
    story: Annotated[str, typer.Argument(help="A story's id, words of its title, or a version as v7.")],
    config: Config = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Explain each verdict, not only the one that counted.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Explain a decision: gates, points, support, and the words each stood on. Also why not.

    A story is judged anew with each article that joins it. Shown is the verdict that counted: the first that was sent
    or held, else the one that came nearest to it, with what stood in its way.

    ```
    tocsin why v7
    tocsin why "bridge closed" --all
    ```
    """
    from tocsin.commands.work.explaining import tell_why

    tell_why(story, config, everything=everything, as_json=as_json)
