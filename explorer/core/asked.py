"""What panes ask about values beyond a reading: to each kind of view there is a kind of answer."""

from __future__ import annotations

from explorer.core.apart import Apart, ApartView
from explorer.core.convolution import Products, ProductsView
from explorer.core.lens import Lens, LensView
from explorer.core.neurons import Neurons, NeuronsView, Planes, PlanesView
from explorer.core.prediction import Prediction, PredictionView
from explorer.core.recurrent import CellNumbers, CellView, Recurrent, RecurrentView
from explorer.core.table import Neighbours, NeighboursView, TableMap, TableView
from explorer.core.units import Units, UnitsView

Asked = (
    UnitsView | PredictionView | TableView | NeighboursView | LensView | ProductsView
    | NeuronsView | PlanesView | RecurrentView | CellView | ApartView
)  # fmt: skip
Answer = (  # each bears its ``view``
    Units | Prediction | TableMap | Neighbours | Lens | Products | Neurons | Planes | Recurrent
    | CellNumbers | Apart
)  # fmt: skip
