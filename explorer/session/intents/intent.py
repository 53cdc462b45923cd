"""`Intent`: what a user asks for."""


class Intent:
    """Base of all intents."""
