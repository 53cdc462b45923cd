"""Figures as data: which stages a pass has, what is drawn as one, and where it stands."""

from __future__ import annotations

from math import prod
from typing import Any

import pytest
from msgspec import structs

from explorer.core.graph import Recording
from explorer.picture.figure import Figure, Unfit, figure_of
from explorer.picture.figure.asking import PIXELS, questions
from explorer.picture.figure.grouping import MOST
from explorer.picture.figure.placing import SHOWN
from tests import recordings
from tests.recordings import Builder


def figure(recording: Recording) -> Figure:
    found = figure_of(recording)
    assert isinstance(found, Figure), found
    return found


def why(recording: Recording) -> str:
    found = figure_of(recording)
    assert isinstance(found, Unfit)
    return found.text.format(**found.values)


def written(found: Figure) -> str:
    """A figure as text: a line for each piece, then the links and the ways around."""
    lines = []
    for n, piece in enumerate(found.pieces):
        shown = f" neurons {len(piece.neurons)}" if piece.is_column else ""
        hidden = f" + {piece.hidden}" if piece.hidden else ""
        halves = " split" if piece.split else ""
        what = " / ".join(piece.lines)
        lines.append(
            f"{n} {piece.first}..{piece.last} {what} | {piece.shape[0]}{shown}{hidden}{halves}"
        )
    lines.append(" ".join(link.joint for link in found.links))
    lines += [f"{arc.start} -> {arc.end} {arc.label}".rstrip() for arc in found.arcs]
    return "\n".join(lines)


def conv(b: Builder, x: int, name: str, ins: int, outs: int, side: int, k: int = 3) -> int:
    with b.module(name, "Conv2d"):
        weight = b.parameter("weight", _o=outs, _i=ins, _h=k, _w=k)
        detail = f"{ins} → {outs}, {k}×{k}"
        return b.op("conv2d", [x, weight], detail, B=1, C=outs, H=side, W=side)


def resnet(blocks: int, channels: int = 8) -> Recording:
    """A stem, then ``blocks`` residual blocks of two convolutions, the first with a projection."""
    b = Builder("ResNet")
    x = conv(b, b.input("x", B=1, C=3, H=16, W=16), "stem", 3, 4, 16)
    ins = 4
    for n in range(blocks):
        with b.module(f"blocks.{n}", "Block"):
            short = x if ins == channels else conv(b, x, "short", ins, channels, 16, 1)
            y = conv(b, x, "conv1", ins, channels, 16)
            y = b.op("relu", [y], B=1, C=channels, H=16, W=16)
            y = conv(b, y, "conv2", channels, channels, 16)
            x = b.op("add", [y, short], B=1, C=channels, H=16, W=16)
            x = b.op("relu", [x], B=1, C=channels, H=16, W=16)
        ins = channels
    x = b.op("adaptive_avg_pool2d", [x], "1", B=1, C=channels, H=1, W=1)
    x = b.op("flatten", [x], "1", B=1, C=channels)
    return b.finish([b.linear("fc", x, 10, last="classes")])


def test_an_mlp_is_columns_of_neurons_joined_by_weights() -> None:
    assert written(figure(recordings.mlp((2, 8, 2)))) == (
        "0 -1..-1 x | features 2 neurons 2\n"
        "1 0..1 linear / ReLU | 8 neurons 8 split\n"
        "2 2..2 linear | classes 2 neurons 2\n"
        "weights weights"
    )


def test_a_cnn_is_volumes_that_end_in_neurons() -> None:
    assert written(figure(recordings.cnn((12, 24), (100,)))) == (
        "0 -1..-1 x | C 1 × H 8 × W 8\n"
        "1 0..1 conv 3×3 / ReLU | C 12 × H 8 × W 8\n"
        "2 2..2 max pool 2×2 | C 12 × H 4 × W 4\n"
        "3 3..4 conv 3×3 / ReLU | C 24 × H 4 × W 4\n"
        "4 5..5 max pool 2×2 | C 24 × H 2 × W 2\n"
        "5 6..6 flatten | 96 neurons 32 + 64\n"
        "6 7..8 linear / ReLU | 100 neurons 32 + 68 split\n"
        "7 9..9 linear | classes 10 neurons 10\n"
        "kernel kernel kernel kernel flatten weights weights"
    )


def test_a_reshape_that_leaves_the_input_as_it_is_has_no_column_of_its_own() -> None:
    b = Builder("Flat")
    x = b.op("flatten", [b.input("x", B=1, features=6)], "1", B=1, features=6)
    recording = b.finish([b.activation("act", b.linear("a", x, 4))])
    found = figure(recording)
    assert written(found) == (
        "0 -1..-1 x | features 6 neurons 6\n1 0..2 linear / ReLU | C 4 neurons 4 split\nweights"
    )
    assert [found.piece_of(event) for event in range(3)] == [1, 1, 1]
    asked = {one.name: one.view for one in questions(recording, found)}
    assert recording.values[asked["begun/1"].value].writer == 1  # the layer, not the reshape


def test_a_way_from_the_input_begins_there_though_it_is_reshaped() -> None:
    b = Builder("Around")
    x = b.op("flatten", [b.input("x", B=1, features=6)], "1", B=1, features=6)
    y = b.linear("b", b.activation("act", b.linear("a", x, 6)), 6)
    found = figure(b.finish([b.add(y, x)]))
    assert [(arc.start, arc.end) for arc in found.arcs] == [(0, 2)]


def test_residual_ways_go_around() -> None:
    assert written(figure(resnet(2))) == (
        "0 -1..-1 x | C 3 × H 16 × W 16\n"
        "1 0..0 conv 3×3 | C 4 × H 16 × W 16\n"
        "2 2..3 conv 3×3 / ReLU | C 8 × H 16 × W 16\n"
        "3 4..6 conv 3×3 / + / ReLU | C 8 × H 16 × W 16\n"
        "4 7..8 conv 3×3 / ReLU | C 8 × H 16 × W 16\n"
        "5 9..11 conv 3×3 / + / ReLU | C 8 × H 16 × W 16\n"
        "6 12..12 global average pool | C 8 × H 1 × W 1\n"
        "7 13..13 flatten | C 8 neurons 8\n"
        "8 14..14 linear | classes 10 neurons 10\n"
        "kernel kernel kernel kernel kernel whole flatten weights\n"
        "1 -> 3 conv 1×1\n"
        "3 -> 5"
    )
    assert figure(resnet(2)).arc_of(1) == 0  # the projection
    assert figure(resnet(2)).arc_of(2) is None
    assert figure(resnet(2)).piece_of(5) == 3


def test_many_stages_are_grouped_by_block_and_only_equal_ones_fold() -> None:
    found = figure(resnet(12))
    assert len(found.pieces) <= MOST
    assert [piece.lines[0] for piece in found.pieces] == [
        "x", "conv 3×3", "Block", "Block ×11", "global average pool", "flatten", "linear",
    ]  # fmt: skip
    block = found.pieces[2]
    assert (block.first, block.last, block.kind) == (2, 6, "Block")
    assert found.piece_of(found.pieces[3].last) == 3


def test_a_long_row_of_different_layers_is_no_single_box() -> None:
    found = figure(recordings.mlp((2, *range(10, 50), 2)))
    assert len(found.pieces) == 42
    assert all(piece.single for piece in found.pieces)


def test_a_linear_layer_by_hand_has_its_weights_and_its_bias() -> None:
    b = Builder("Hand")
    x = b.input("x", B=1, features=4)
    weight, bias = b.parameter("w", _i=4, _o=3), b.parameter("b", _o=3)
    x = b.op("matmul", [x, weight], B=1, hidden=3)
    x = b.op("tanh", [b.op("add", [x, bias], B=1, hidden=3)], B=1, hidden=3)
    recording = b.finish([x])
    found = figure(recording)
    assert written(found).splitlines()[
        1
    ] == "1 0..2 linear / tanh | hidden 3 neurons 3 split".replace("linear", "matmul")
    asked = {one.name: one.view for one in questions(recording, found)}
    assert asked["weights/1"].keep == (1, 0)  # made × read
    assert asked["bias/1"].value == bias
    assert recording.values[asked["begun/1"].value].writer == 1  # with the bias


@pytest.mark.parametrize("count", [SHOWN, SHOWN + 1, 4096])
def test_a_column_shows_so_many_neurons_at_most_and_says_how_many_more(count: int) -> None:
    piece = figure(recordings.mlp((2, count, 2))).pieces[1]
    assert len(piece.neurons) <= SHOWN
    assert len(piece.neurons) + piece.hidden == count
    assert (piece.hidden > 0) == (count > SHOWN)
    assert piece.neurons[0] == 0
    assert piece.neurons[-1] == count - 1


@pytest.mark.parametrize("recording", [recordings.cnn((512,), (4096,), 224), resnet(12)])
def test_no_more_is_asked_for_than_can_be_drawn(recording: Recording) -> None:
    for one in questions(recording, figure(recording)):
        shape = recording.values[one.view.value].shape
        cells = []
        for n, axis in enumerate(one.view.keep):
            taken = one.view.take[n] if one.view.take else ()
            assert all(0 <= position < shape[axis] for position in taken)
            cells.append(min(len(taken) or shape[axis], one.view.size[n]))
        assert prod(cells) <= max(SHOWN, PIXELS) ** 2


def test_small_and_large_volumes_stand_side_by_side() -> None:
    found = figure(recordings.cnn((64, 512), (10,), 224))
    volumes = [piece for piece in found.pieces if not piece.is_column]
    heights = [piece.height for piece in volumes]
    assert heights == sorted(heights, reverse=True)
    assert min(heights) > max(heights) / 5
    assert volumes[1].width < volumes[3].width
    for one, other in zip(found.pieces, found.pieces[1:], strict=False):
        assert one.right < other.x
    for left, right in zip(found.captions, found.captions[1:], strict=False):
        assert left.x + left.room / 2 <= right.x - right.room / 2 + 0.1


def test_every_event_belongs_to_a_piece() -> None:
    for recording in (recordings.cnn(), resnet(3), resnet(12), recordings.mlp((2, 70, 70, 2))):
        found = figure(recording)
        for event in recording.events:
            piece = found.pieces[found.piece_of(event.index)]
            around = found.arc_of(event.index) is not None
            assert around or piece.first <= event.index <= piece.last


def test_what_has_no_figure_says_why() -> None:
    assert why(recordings.gpt(layers=1)) == (
        "A figure shows MLPs and CNNs; this model also has embedding, in "
        "token_embedding/embedding#0."
    )
    assert "neither" in why(recordings.chain())
    b = Builder("Two")
    one, other = b.input("one", B=1, C=4), b.input("other", B=1, C=4)
    two = b.finish([b.op("add", [b.linear("fc", one, 4), other], B=1, C=4)])
    assert why(two) == "A figure has one input; this model also reads other."
    given = structs.replace(recordings.mlp(), outputs=())
    assert why(given) == "This pass has no result that a figure could lead to."


def test_a_sequence_of_vectors_is_no_mlp() -> None:
    b = Builder("Positions")
    x = b.input("x", B=1, T=5, C=4)
    with b.module("fc", "Linear"):
        weight = b.parameter("weight", _o=4, _i=4)
        x = b.op("linear", [x, weight], B=1, T=5, C=4)
    assert why(b.finish([x])) == (
        "A figure shows one vector of each sample; fc/linear#0 reads a sequence of vectors."
    )


def test_it_is_made_once() -> None:
    recording = recordings.cnn()
    assert figure_of(recording) is figure_of(recording)


def test_a_picture_without_a_batch_gets_one_for_the_layers_and_loses_it_at_the_end() -> None:
    b = Builder("Picture")
    x = b.op("view", [b.input("x", H=28, W=28)], "1, -1", B=1, features=784)
    x = b.activation("relu", b.linear("a", x, 16))
    x = b.op("squeeze", [b.linear("b", x, 10)], "0", classes=10)
    found = figure(b.finish([x]))
    assert [(piece.form.channels, piece.form.sizes) for piece in found.pieces] == [
        (1, (28, 28)), (784, ()), (16, ()), (10, ()),
    ]  # fmt: skip
    assert found.samples == 1


def test_one_vector_without_a_batch_is_one_sample() -> None:
    b = Builder("Vector")
    x = b.op("unsqueeze", [b.input("x", features=8)], "0", B=1, features=8)
    found = figure(b.finish([b.linear("a", x, 4)]))
    assert found.samples == 1
    assert [piece.form.channels for piece in found.pieces] == [8, 4]


@pytest.mark.parametrize(
    ("shape", "made"), [((2, 5, 8), (10, 8)), ((1, 5, 8), (5, 8)), ((2, 10, 8), (20, 8))]
)
def test_a_reshape_that_changes_the_samples_has_no_figure(
    shape: tuple[int, ...], made: tuple[int, ...]
) -> None:
    b = Builder("Mixed")
    before: Any = {f"_{n}": size for n, size in enumerate(shape)}
    after: Any = {f"_{n}": size for n, size in enumerate(made)}
    x = b.op("view", [b.input("x", **before)], "-1, 8", **after)
    assert why(b.finish([b.linear("a", x, 4)])) == (
        "A figure follows one sample; view#0 brings several into one, or cuts them apart."
    )


def test_samples_that_meet_after_a_layer_have_no_figure() -> None:
    b = Builder("Mixed")
    x = b.linear("a", b.input("x", B=4, C=8), 8)
    x = b.op("view", [x], "1, 32", B=1, C=32)
    assert "follows one sample; view#0" in why(b.finish([b.linear("b", x, 4)]))


def test_factors_of_a_sum_belong_to_the_layer() -> None:
    b = Builder("Addmm")
    x = b.input("x", B=1, features=4)
    weight, bias = b.parameter("w", _i=4, _o=3), b.parameter("b", _o=3)
    x = b.op("addmm", [bias, x, weight], "beta=0.5, alpha=2", B=1, hidden=3)
    layer = figure(b.finish([x])).pieces[1].stage.weights
    assert layer is not None
    assert (layer.alpha, layer.beta) == (2.0, 0.5)


@pytest.mark.parametrize("first", [True, False])
def test_an_alpha_multiplies_what_is_added(first: bool) -> None:
    b = Builder("Alpha")
    x = b.input("x", B=1, features=4)
    weight, bias = b.parameter("w", _i=4, _o=3), b.parameter("b", _o=3)
    x = b.op("matmul", [x, weight], B=1, hidden=3)
    x = b.op("add", [bias, x] if first else [x, bias], "alpha=3", B=1, hidden=3)
    layer = figure(b.finish([x])).pieces[1].stage.weights
    assert layer is not None
    assert (layer.alpha, layer.beta) == ((3.0, 1.0) if first else (1.0, 3.0))


def test_a_factor_that_may_be_rounded_is_not_taken() -> None:
    b = Builder("Addmm")
    x = b.input("x", B=1, features=4)
    weight, bias = b.parameter("w", _i=4, _o=3), b.parameter("b", _o=3)
    x = b.op("addmm", [bias, x, weight], "beta=0.3333", B=1, hidden=3)
    assert "addmm#0" in why(b.finish([x]))


def test_a_neuron_has_halves_only_where_the_activation_reads_its_sum() -> None:
    b = Builder("Norm")
    x = b.linear("a", b.input("x", B=1, C=4), 4)
    x = b.activation("relu", b.layer_norm("norm", x))
    x = b.op("squeeze", [b.linear("b", x, 1)], "-1", B=1)
    recording = b.finish([x])
    found = figure(recording)
    assert [piece.split for piece in found.pieces] == [False, False, False]
    asked = {one.name: one.view for one in questions(recording, found)}
    assert recording.values[asked["begun/1"].value].writer == 0  # what the sum is
    assert [piece.split for piece in figure(recordings.mlp((2, 8, 2))).pieces] == [0, 1, 0]


def dense(layers: int) -> Recording:
    """Every layer reads what all layers before it made."""
    b = Builder("Dense")
    made = [b.linear("stem", b.input("x", B=1, C=4), 4)]
    for n in range(layers):
        given = b.op("cat", made, "1", B=1, C=4 * len(made)) if n else made[0]
        made.append(b.linear(f"layer{n}", given, 4))
    return b.finish([made[-1]])


def test_more_ways_around_than_can_be_told_apart_have_no_figure() -> None:
    found = figure(dense(8))
    for n, arc in enumerate(found.arcs):  # none on another
        for other in found.arcs[:n]:
            assert arc.y != other.y or arc.end <= other.start or other.end <= arc.start
    assert found.height < 2000
    assert why(dense(60)).startswith("A figure shows 24 ways around at a place at most; this model")


def test_a_long_pass_is_not_read_for_a_figure() -> None:
    b = Builder("Long")
    x = b.linear("a", b.input("x", B=1, C=2), 2)
    for _ in range(5000):
        x = b.activation("relu", x)
    recording = b.finish([x])
    assert why(recording) == "A figure shows a pass of 5,000 ops at most; this one has 5,001."


def blocks(count: int, shared: bool = False, skips: int = 1) -> Recording:
    """Residual blocks of two layers; every ``skips``-th goes around both of them, the others around
    the second one. Where they are ``shared``, all apply the same layers."""
    b = Builder("Blocks")
    x = b.linear("stem", b.input("x", B=1, C=4), 8)
    for n in range(count):
        with b.module("block" if shared else f"blocks.{n}", "Block"):
            first = b.activation("relu", b.linear("a", x, 8))
            second = b.activation("relu", b.linear("b", first, 8))
            x = b.add(second, first if n % skips else x)
    return b.finish([b.linear("head", x, 2)])


def folds(recording: Recording) -> list[int]:
    return [piece.times for piece in figure(recording).pieces]


def test_blocks_of_another_wiring_do_not_fold() -> None:
    assert folds(blocks(80)) == [1, 1, 80, 1]
    assert folds(blocks(80, skips=2)) == [1] * 83


def test_one_block_applied_many_times_is_no_row_of_blocks() -> None:
    assert folds(blocks(80, shared=True)) == [1] * 83


def test_what_is_read_far_away_keeps_a_block_by_itself() -> None:
    b = Builder("Far")
    x = b.linear("stem", b.input("x", B=1, C=4), 8)
    kept = x
    for n in range(40):
        x = b.activation("relu", b.linear(f"layers.{n}", x, 8))
        kept = x if n == 9 else kept
    found = figure(b.finish([b.linear("head", b.add(x, kept), 2)]))
    assert sum(piece.times for piece in found.pieces) == 43
    assert [piece.times for piece in found.pieces if piece.times > 1] == [
        10,
        29,
    ]  # the tenth ends a row, the last is added to


def test_the_order_of_several_results_is_all_one() -> None:
    def two(turned: bool) -> Recording:
        b = Builder("Two")
        hidden = b.activation("relu", b.linear("a", b.input("x", B=1, C=4), 8))
        logits = b.linear("b", hidden, 2)
        return b.finish([hidden, logits] if turned else [logits, hidden])

    assert written(figure(two(True))) == written(figure(two(False)))
    b = Builder("Heads")
    x = b.linear("a", b.input("x", B=1, C=4), 8)
    heads = [b.linear("one", x, 2), b.linear("two", x, 2)]
    assert why(b.finish(heads)) == "A figure has one result; this model gives more than one."


@pytest.mark.parametrize(
    ("op", "detail", "size", "kernel"),
    [
        ("conv2d", "4 → 8, 3×3, padding 4, dilation 4", 16, 9 / 16),
        ("conv_transpose2d", "8 → 4, 4×4, stride 2, padding 1", 8, 2 / 8),
        ("conv_transpose2d", "8 → 4, 3×3, stride 2", 8, 2 / 8),
        ("conv2d", "4 → 8, 3×3, stride 2", 16, 3 / 16),
    ],
)
def test_a_cell_looks_as_far_as_its_kernel_reaches(
    op: str, detail: str, size: int, kernel: float
) -> None:
    b = Builder("Conv")
    side = int(detail.split("×")[1][0])
    given = [b.input("x", B=1, C=4, H=size, W=size), b.parameter("w", _o=8, _i=4, _h=side, _w=side)]
    x = b.op(op, given, detail, B=1, C=8, H=size, W=size)
    assert figure(b.finish([x])).links[0].kernel == pytest.approx((kernel, kernel))


def test_three_channels_of_a_line_are_no_colours() -> None:
    b = Builder("Line")
    given = [b.input("x", B=1, C=3, L=10), b.parameter("w", _o=4, _i=3, _k=3)]
    recording = b.finish([b.op("conv1d", given, "3 → 4, 3", B=1, C=4, L=8)])
    face = questions(recording, figure(recording))[0]
    assert face.view.size[0] == 1  # their mean


def test_one_number_of_one_sample_is_one_neuron_and_no_batch() -> None:
    b = Builder("Scalar")
    x = b.linear("a", b.input("x", B=1, C=4), 1)
    found = figure(b.finish([b.op("squeeze", [x], "-1", B=1)]))
    assert found.pieces[1].shape == ("1",)
