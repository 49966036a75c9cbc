"""Sign-up, consent, preferences and suppression, decided purely."""
