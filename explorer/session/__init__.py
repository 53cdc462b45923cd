"""What is decided: intents and messages in, the next state and requests out. No Qt, no torch."""
