"""Articles about one event: grouping, origins, judgement, labels."""
