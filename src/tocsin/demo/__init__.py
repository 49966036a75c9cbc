"""A publisher and a local inbox on loopback, with samples of our own."""
