"""What comes back: bounces, complaints, unsubscribing by mail, replies."""
