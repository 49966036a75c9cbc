"""One file per command: what a person types, and what is printed back."""
