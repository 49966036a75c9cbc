"""The editors' desk: pages that work on a phone, with the keyboard alone and without scripts."""
