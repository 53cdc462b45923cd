"""The attention pane: maps, lines between tokens, the whole model, and what lies on an image."""

from explorer.gui.panes.attention.pane import AttentionPane

__all__ = ["AttentionPane"]
