"""Whether all is well: the set-up's doctor, the round trip, the dead-man check."""
