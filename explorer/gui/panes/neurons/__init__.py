"""The pane of a linear layer as neurons."""

from explorer.gui.panes.neurons.pane import NeuronsPane

__all__ = ["NeuronsPane"]
