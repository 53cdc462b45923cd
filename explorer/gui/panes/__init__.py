"""Panes: each paints one kind of reading of the value under the cursor."""
