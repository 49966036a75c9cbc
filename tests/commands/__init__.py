"""What a person types, and what is printed back."""
