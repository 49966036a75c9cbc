"""What an article says, who says it, when, where, and whom it credits."""
