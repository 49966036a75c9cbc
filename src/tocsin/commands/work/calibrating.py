"""What ``tocsin calibrate`` does: write a sheet, fit to its marks, show the effect, save and put back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from tocsin.commands.output import check_place, err, json_line, out, progress, table, whole
from tocsin.commands.work.marks import BadMarks, read_marks, write_sheet
from tocsin.errors import BadInput, Refused, WrongUse
from tocsin.model import Article
from tocsin.replay.stream import StreamNotes, count_lines, read_stream
from tocsin.stories.calibrate import Calibration, Crossing, Effect, Marked, calibrate, item_points, rules_table
from tocsin.stories.rules import Rules, load_rules

_SAMPLE = 4000
"""How many items of a stream, spread over all of it, tell how many alerts there are."""
_SHEET = 100
_SHOWN = 12
_FEW = 10
"""With fewer unseen items that deserved an alert, chance decides what rules do with them."""


def write_a_sheet(stream: Path, sheet: Path, rules: Path | None) -> None:
    """Write a sheet to mark: half of it items near the alert bar, where marks tell most, the rest spread over time."""
    if sheet.exists():
        raise WrongUse(f"{sheet} is there already: marks may be in it. Name another file")
    chosen_by = load_rules(rules) if rules else Rules()
    articles = {article.id: article for article in _articles(stream)}
    bar = sorted(articles, key=lambda key: abs(item_points(articles[key], chosen_by) - chosen_by.alert))
    near = set(bar[: _SHEET // 2])
    rest = [key for key in articles if key not in near]
    chosen = near | set(_spread(rest, _SHEET - len(near)))
    write_sheet(sheet, articles, [key for key in articles if key in chosen])
    err.print(
        f"{len(chosen)} of {len(articles):,} items are in {sheet}. Fill in the column mark (0–4, should or shouldn't; "
        f"leave empty what you can't tell), then: tocsin calibrate {stream} {sheet}",
        markup=False,
    )


def calibrate_on(
    stream: Path, marks: Path, rules: Path | None, save: Path | None, *, anyway: bool, as_json: bool
) -> None:
    """Fit to marks, show the effect, and save where that was asked for."""
    began = load_rules(rules) if rules else Rules()
    if save is not None:
        check_place(save)
    marked, sample = _marked(stream, marks)
    with err.status(f"fitting {len(marked):,} marks …"):
        found = calibrate(marked, began, sample)
    json_line(_row(found)) if as_json else _show(found, saved=save is not None)
    if save is None:
        return
    if found.better is False and not anyway:
        raise Refused("the new rules judge unseen marks worse, so they are not saved. Mark more items, or say --anyway")
    kept = _save(save, rules_table(found.rules))
    err.print(f"Saved to {save}{f'; what was there is in {kept}' if kept else ''}.", markup=False)
    if kept and rules is None:
        err.print(f"It began from the shipped rules; --rules {save} begins from yours.", markup=False)
    err.print(f"Try it:    tocsin replay {stream} --out report --compare {save}", markup=False)
    err.print(f'Go by it:  rules = "{save}" in tocsin.toml; a running newsroom takes it up at once.', markup=False)
    err.print(f"Undo:      tocsin calibrate --undo {save}", markup=False)


def undo(file: Path) -> None:
    """Put back what the last save to a file replaced."""
    backups = _backups(file)
    if not backups:
        raise WrongUse(
            f"nothing is kept beside {file}: no --save has replaced it. To go by the shipped rules again, take `rules` "
            "out of tocsin.toml"
        )
    last = backups[-1]
    last.replace(file)
    err.print(f"{file} is again what it was before the last --save.", markup=False)


# -- files -------------------------------------------------------------------------------------------------------------


def _articles(stream: Path) -> Iterator[Article]:
    """Yield a stream's articles, with a progress bar; raise ``BadInput`` where there is none."""
    if not stream.is_file():
        raise BadInput(f"{stream}: {'this is no file' if stream.exists() else 'there is no such file'}")
    notes, count = StreamNotes(), 0
    with progress() as bar:
        task = bar.add_task("reading", total=count_lines(stream))
        for count, seen in enumerate(read_stream(stream, notes), 1):
            yield seen.article
            if count % 100 == 0:
                bar.update(task, completed=count)
    if not count:
        why = f"; line {notes.refused[0][0]}: {notes.refused[0][1]}" if notes.refused else ": it is empty"
        raise BadInput(f"{stream}: there is no item in it{why}. `tocsin record` writes a stream")


def _marked(stream: Path, marks: Path) -> tuple[list[Marked], list[Article]]:
    """Return the marked articles of a stream, and a sample of all; a story's mark is that of its first article."""
    wanted = read_marks(marks)
    found: list[Marked] = []
    every = max(1, count_lines(stream) // _SAMPLE) if stream.is_file() else 1
    sample: list[Article] = []
    for number, article in enumerate(_articles(stream)):
        if article.id in wanted:
            found.append(Marked(article, wanted.pop(article.id)))
        if number % every == 0:
            sample.append(article)
    if wanted:
        named = ", ".join(list(wanted)[:3]) + (", …" if len(wanted) > 3 else "")
        told = f"{len(wanted):,} of {len(wanted) + len(found):,} marks name nothing in {stream} ({named})"
        if not found:
            raise BadMarks(f"{told}. Is it the stream that was marked? A spreadsheet may have rounded its ids")
        err.print(f"{told}: left out.", markup=False)
    return found, sample


def _spread(keys: Sequence[str], many: int) -> Sequence[str]:
    return keys[:: max(1, len(keys) // max(1, many))][:many]


def _backups(file: Path) -> list[Path]:
    return sorted(file.absolute().parent.glob(f"{file.name}.before-[0-9][0-9][0-9]"))


def _save(file: Path, content: str) -> Path | None:
    """Write a file, whole or not at all; keep what was there beside it, and return where."""
    kept = None
    if file.exists():
        kept = file.with_name(f"{file.name}.before-{len(_backups(file)) + 1:03d}")
        with whole(kept) as handle:
            handle.write(file.read_bytes())
    with whole(file) as handle:
        handle.write(content.encode())
    return kept


# -- for people and programs -------------------------------------------------------------------------------------------


def _row(found: Calibration) -> dict[str, object]:
    return {
        "fitted": found.fitted,
        "tried": found.tried,
        "better": found.better,
        "before": found.before,
        "after": found.after,
        "moved": found.moved,
        "crossed": found.crossed,
        "bars": [{"alert": bar, "effect": effect} for bar, effect in found.bars],
    }


def _show(found: Calibration, *, saved: bool) -> None:
    out.print(f"Fitted on {found.fitted:,} marks; on the {found.tried:,} later ones, which the fit has not seen:")
    rows = (
        ("reach the alert bar", found.before.reached, found.after.reached),
        ("  of these deserved it", _share(found.before), _share(found.after)),
        ("deserved it and stay below", found.before.missed, found.after.missed),
        ("stand in the right order", f"{found.before.order:.1%}", f"{found.after.order:.1%}"),
    )
    table(("", "before", "after"), rows)
    out.print(f"\n{_in_words(found)}", style="bold")
    if found.crossed:
        out.print()
        table(("", "mark", "points", "title"), map(_crossing, found.crossed[:_SHOWN]), "What changes sides")
    out.print()
    bars = ((f"{bar:g}", one.reached, _share(one), one.missed) for bar, one in found.bars)
    table(
        ("alert =", "reach it", "deserved it", "stay below"), bars, "The new weights at other bars (`alert` in rules)"
    )
    if found.moved:
        out.print()
        moved = ((name, f"{old:+.1f}", f"{new:+.1f}") for name, old, new in found.moved[:_SHOWN])
        table(("what moved most", "before", "after"), moved)
    if not saved:
        out.print("\nNothing is saved without --save.", style="dim")


def _in_words(found: Calibration) -> str:
    verdict = {
        True: "The new weights judge these better.",
        False: "The new weights judge these worse: keep the old ones.",
        None: "These marks show no clear difference.",
    }[found.better]
    few = " They are few: take it as a hint." if found.after.deserved + found.after.missed < _FEW else ""
    more = [name for name, old, new in found.moved if new > old][:4]
    less = [name for name, old, new in found.moved if new < old][:4]
    told = [f"count more: {', '.join(more)}"] if more else []
    told += [f"count less: {', '.join(less)}"] if less else []
    return f"{verdict}{few}" + (f" Now {'; '.join(told)}." if told else "")


def _crossing(one: Crossing) -> tuple[object, ...]:
    side = "now reaches the bar" if one.after > one.before else "no longer does"
    return side, one.mark, f"{one.before:.0f} → {one.after:.0f}", one.title


def _share(effect: Effect) -> str:
    return f"{effect.deserved} ({effect.deserved / effect.reached:.0%})" if effect.reached else "–"
