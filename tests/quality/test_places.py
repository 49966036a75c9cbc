"""The floor of places: precision and recall over hand-labelled sentences in English, Ukrainian and Russian.

A mention is right when its words and the place that it is resolved to are those of the label. The sentences were
written before the gazetteer was run on them. ``.venv/bin/pytest tests/quality/test_places.py -s`` prints the figures.
"""

from __future__ import annotations

from pathlib import Path

from tocsin.reading.places import find_places

GOLDEN = Path(__file__).resolve().parent.parent / "golden" / "places" / "sentences.txt"
PRECISION, RECALL = 0.95, 0.95


def test_places_in_sentences_of_news() -> None:
    right = found_in_all = labelled = 0
    misses = []
    for line in GOLDEN.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        _, sentence, labels = (column.strip() for column in line.split("|"))
        wanted = {label.strip() for label in labels.split(";") if label.strip()}
        found = {f"{place.text}={place.name or '?'}" for place in find_places(sentence)}
        right += len(found & wanted)
        found_in_all += len(found)
        labelled += len(wanted)
        misses += sorted(found ^ wanted)
    print(
        f"places: {labelled} labels, P {right / found_in_all:.3f}, R {right / labelled:.3f}; missed or extra: {misses}"
    )
    assert right / found_in_all >= PRECISION
    assert right / labelled >= RECALL
