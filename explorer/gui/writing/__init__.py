"""What the model writes: its tokens in a line over the step bar, each with its own pass."""

from explorer.gui.writing.strip import WritingStrip

__all__ = ["WritingStrip"]
