"""The convolution pane: input, kernel and output beside each other, what the kernel multiplies, and
all filters."""

from explorer.gui.panes.convolution.pane import ConvolutionPane

__all__ = ["ConvolutionPane"]
