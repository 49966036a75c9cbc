"""What editors do: decide, edit, practise, be woken; who they are."""
