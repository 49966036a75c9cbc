"""What readers do, and what is kept and forgotten of them."""
