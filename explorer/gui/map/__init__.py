"""The map: the graph of a pass on its canvas, and all that lies over it."""
