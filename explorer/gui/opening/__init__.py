"""Opening one's own model: ways in, the question how, and the wait until it is there."""

from explorer.gui.opening.busy import Busy
from explorer.gui.opening.drop import DropPlace
from explorer.gui.opening.sheet import OpeningSheet

__all__ = ["Busy", "DropPlace", "OpeningSheet"]
