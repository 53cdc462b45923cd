"""The pure update, by family of intents and messages."""
