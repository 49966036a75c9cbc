"""What ``tocsin bench`` measures."""
