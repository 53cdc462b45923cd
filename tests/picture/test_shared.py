"""Equal blocks that share what they hold, and blocks of which some were not called."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from explorer.core.graph import Recording
from explorer.engine.live import LiveFeed
from explorer.engine.subject import Subject
from explorer.picture.caption import listed
from explorer.picture.layout import Layout
from explorer.picture.overlay import numbers_of
from explorer.picture.scene import Box

CLOSED = frozenset({0})


def recorded(model: nn.Module, *given: Tensor) -> Recording:
    feed = LiveFeed(given, {})
    return Subject(model, feed, "live", {}).record(feed.sample)


def folds(recording: Recording, opened: frozenset[int] = CLOSED) -> list[Box]:
    return [box for box in Layout(recording).scene(opened).boxes if box.item.kind == "fold"]


def count(model: nn.Module) -> int:
    return sum(one.numel() for one in model.parameters())


class Tied(nn.Module):
    """Blocks with a layer of their own and one that all share."""

    def __init__(self) -> None:
        super().__init__()
        shared = nn.Linear(8, 8)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Linear(8, 8), nn.Sequential(shared, nn.ReLU())) for _ in range(12)
        )
        self.scale = nn.Parameter(torch.ones(8))

    def forward(self, x: Tensor) -> Tensor:
        """(B, 8) → (B, 8)."""
        for block in self.blocks:
            x = block(x)
        return x * self.scale


def test_blocks_that_are_one_layer_all_fold_and_have_its_parameters() -> None:
    shared = nn.Linear(8, 8)
    model = nn.Sequential(*(nn.Sequential(shared, nn.ReLU()) for _ in range(12)))
    recording = recorded(model, torch.ones(2, 8))
    (fold,) = folds(recording)
    assert (fold.title, fold.subtitle, fold.parameters) == ("Sequential ×12", "0 … 11", 72)
    numbers = numbers_of(recording, "parameters")
    assert numbers is not None
    assert numbers.of(fold) == 72


def test_what_blocks_share_is_counted_once_beside_what_each_has() -> None:
    model = Tied()
    recording = recorded(model, torch.ones(2, 8))
    (fold,) = folds(recording)
    assert fold.title == "Sequential ×12"
    assert fold.parameters == count(model) - 8
    fourth = next(c.index for c in recording.calls if c.module == "blocks.3")
    some = folds(recording, CLOSED | {fourth})
    assert [one.title for one in some] == ["Sequential ×3", "Sequential ×8"]
    assert [one.parameters for one in some] == [3 * 72 + 72, 8 * 72 + 72]


def test_what_is_around_the_blocks_is_not_taken_from_them() -> None:
    class Lent(nn.Module):
        """A block that is handed a weight."""

        def __init__(self) -> None:
            super().__init__()
            self.own = nn.Linear(8, 8)

        def forward(self, x: Tensor, lent: Tensor) -> Tensor:
            """(B, 8) → (B, 8)."""
            return self.own(x) * lent

    class Lending(nn.Module):
        """Blocks that all use a weight of the model."""

        def __init__(self) -> None:
            super().__init__()
            self.blocks = nn.ModuleList(Lent() for _ in range(6))
            self.lent = nn.Parameter(torch.ones(8))

        def forward(self, x: Tensor) -> Tensor:
            """(B, 8) → (B, 8)."""
            for block in self.blocks:
                x = block(x, self.lent)
            return x

    (fold,) = folds(recorded(Lending(), torch.ones(2, 8)))
    assert fold.parameters == 6 * 72


def test_blocks_with_other_layers_in_them_are_not_equal() -> None:
    """Equal ops in modules of another name, or one layer twice, is something else."""

    class Two(nn.Module):
        """Two layers, or one of them twice."""

        def __init__(self, names: tuple[str, str]) -> None:
            super().__init__()
            self.a, self.b, self.names = nn.Linear(8, 8), nn.Linear(8, 8), names

        def forward(self, x: Tensor) -> Tensor:
            """(B, 8) → (B, 8)."""
            for name in self.names:
                x = self.get_submodule(name)(x)
            return x

    ways = [("a", "b")] * 6 + [("a", "a")] * 6
    some = folds(recorded(nn.Sequential(*map(Two, ways)), torch.ones(2, 8)))
    assert [one.subtitle for one in some] == ["0 … 5", "6 … 11"]


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([0, 1, 2, 5, 6, 7, 9, 11], "0…2, 5…7, 9, 11"),
        ([0, 2, 4, 6, 8], "0, 2, 4, 6, 8"),
        ([3, 4, 5, 6, 7], "3 … 7"),
        ([0, 1, 3, 4, 5], "0, 1, 3…5"),
        (list(range(0, 99, 2)), "0, 2, 4, 6, 8, 10, 12, 14, 16, 18, …, 98"),
    ],
)
def test_a_fold_says_which_blocks_ran(numbers: list[int], said: str) -> None:
    class Some(nn.Module):
        """Runs some of its blocks."""

        def __init__(self) -> None:
            super().__init__()
            self.blocks = nn.ModuleList(
                nn.Sequential(nn.Linear(4, 4), nn.ReLU()) for _ in range(numbers[-1] + 1)
            )

        def forward(self, x: Tensor) -> Tensor:
            """(B, 4) → (B, 4)."""
            for n in numbers:
                x = self.blocks[n](x)
            return x

    (fold,) = folds(recorded(Some(), torch.ones(1, 4)))
    assert (fold.title, fold.subtitle) == (f"Sequential ×{len(numbers)}", said)


def test_names_without_numbers_are_listed_by_their_ends() -> None:
    assert listed(["cell", "cell#1", "cell#2"]) == "cell … cell#2"
    assert listed(["t = 2", "t = 1", "t = 0"]) == "t = 2 … t = 0"
    assert listed(["t = 5", "t = 4", "t = 2"]) == "t = 5, t = 4, t = 2"
    assert listed(["one", "two", "three"]) == "one … three"
    assert listed(["layer1", "layer2", "layer4"]) == "layer1, layer2, layer4"
