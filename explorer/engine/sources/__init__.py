"""Models of the user's own: what a path is, opening it, and putting weights into what is open."""

from __future__ import annotations

import torch

from explorer.core.sources import HuggingFaceModel, PythonModel
from explorer.engine.feeds import Opened
from explorer.engine.sources.finding import find
from explorer.engine.sources.huggingface import open_folder
from explorer.engine.sources.running import open_python
from explorer.engine.sources.weights import put_weights

__all__ = ["find", "open_own", "put_weights"]


def open_own(own: PythonModel | HuggingFaceModel, device: torch.device) -> Opened:
    """Open what a person chose, in evaluation mode on ``device``. Raises Problem.

    A Python file is run, if it is still the text that was allowed; a folder never is.
    """
    if isinstance(own, PythonModel):
        return open_python(own, device)
    return open_folder(own, device)
