"""What is computed: torch, never Qt."""
