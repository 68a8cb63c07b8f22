"""What people send beside words, on its way into a question."""
