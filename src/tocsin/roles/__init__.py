"""What the processes of a running service do: one file a role, how one is played, and the tree that keeps them."""
