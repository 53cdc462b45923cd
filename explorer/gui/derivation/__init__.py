"""How a number came to be: what is told of it below the map."""
