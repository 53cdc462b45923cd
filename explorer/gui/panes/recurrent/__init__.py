"""Recurrent layers over time: states and gates as bands, how open the gates are, one cell told."""

from explorer.gui.panes.recurrent.pane import RecurrentPane

__all__ = ["RecurrentPane"]
