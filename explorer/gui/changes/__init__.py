"""Changes to the pass: proposing one, and the list of them."""
