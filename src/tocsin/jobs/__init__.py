"""Work that survives a crash: one port, two adapters."""
