"""From a verdict to a version: route, composition, audience, digest."""
