"""The model families, written as one would read them in a textbook."""
