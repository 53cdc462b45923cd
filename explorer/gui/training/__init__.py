"""The training page: the plan at the left, the pictures in the middle, one iteration at the right,
the bar below."""

from explorer.gui.training.bar import TrainingBar
from explorer.gui.training.iteration import IterationPanel
from explorer.gui.training.page import TrainingPage
from explorer.gui.training.plan import TrainingPlan

__all__ = ["IterationPanel", "TrainingBar", "TrainingPage", "TrainingPlan"]
