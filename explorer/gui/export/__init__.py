"""The graph as a file or on the clipboard: pictures, and data for other programs."""
