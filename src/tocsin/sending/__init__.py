"""From an approved version to the last outcome, and every other letter that leaves."""
