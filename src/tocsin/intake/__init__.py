"""From a source to a clean article: scheduling, fetching, parsing, extracting."""
