"""What is said: the vocabulary of both processes."""
