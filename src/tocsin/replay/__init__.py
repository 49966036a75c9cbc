"""A recorded stream through the live code, with a report."""
