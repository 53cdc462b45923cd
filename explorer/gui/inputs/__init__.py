"""What the model is fed: text, a picture, a point, numbers, tensors, or an example."""

from explorer.gui.inputs.panel import InputEditor

__all__ = ["InputEditor"]
