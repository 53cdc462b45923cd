"""What the command line takes, and what of it is refused at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

LARGEST_SEED = 2**31 - 1  # as of `explorer.core.generation`, which is slow to import
VIEWS = ("gallery", "graph", "step", "train")
PARTS = ("window", "inspector")
SHOWINGS = ("head", "heads", "lines", "model", "image")
PHASES = ("batch", "forward", "loss", "backward", "update")
PANES = (
    "attention", "prediction", "lens", "features", "convolution", "neurons", "vector", "embedding",
    "values", "distribution", "recurrent",
)  # fmt: skip
CARDS = (
    "loss", "boundary", "samples", "confusion", "accuracy", "network", "gradients", "rate",
    "weights", "updates", "activations", "dead",
)  # fmt: skip
FIGURE = "an MLP as neurons, a CNN as volumes, in place of the graph"


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 1600x1000") from None
    if not (320 <= width <= 16384 and 240 <= height <= 16384):
        raise argparse.ArgumentTypeError("a size is between 320x240 and 16384x16384")
    return width, height


def _cards(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for name in names:
        if name not in CARDS:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(CARDS)}")
    return names


def _cell(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not an index such as 0,2,10,6") from None


def _count(text: str) -> int:
    if not text.isdecimal() or len(text) > 10 or not 1 <= int(text) <= 10**9:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 1000000000")
    return int(text)


def _scale(text: str) -> float:
    scale = float(text)  # argparse says what float() refuses
    if not 0.6 <= scale <= 2:  # so NaN is refused too
        raise argparse.ArgumentTypeError(f"{text!r} is not between 0.6 and 2")
    return scale


def _temperature(text: str) -> float:
    temperature = float(text)
    if not 0 <= temperature <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 0 and 100")
    return temperature


def _share(text: str) -> float:
    share = float(text)
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not above 0 and at most 1")
    return share


def _top_k(text: str) -> int:
    return 0 if text == "0" else _count(text)


def _seed(text: str) -> int:
    if not text.isdecimal() or len(text) > 10 or int(text) > LARGEST_SEED:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 to {LARGEST_SEED}")
    return int(text)


def _zoom(text: str) -> float:
    zoom = float(text)
    if not 0.03 <= zoom <= 4:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 0.03 and 4")
    return zoom


def parser(commands: Mapping[str, Callable[..., Any]]) -> argparse.ArgumentParser:
    """The parser of everything; ``run`` of what it gives is the command that was asked for."""
    whole = argparse.ArgumentParser(
        prog="layerscope",
        description="Open a neural network, run it for real, and see it think.",
    )
    added = whole.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, says: str) -> argparse.ArgumentParser:
        made = added.add_parser(name, help=says, description=says)
        made.set_defaults(run=commands[name])
        return made

    def device(made: argparse.ArgumentParser) -> None:
        made.add_argument(
            "--device", default="auto", help="cuda, cuda:1, mps, cpu; auto takes the best there is"
        )

    def model(made: argparse.ArgumentParser, **more: Any) -> None:
        made.add_argument(
            "model",
            metavar="MODEL",
            help="a preset's name or folder, a Python file, a Hugging Face folder",
            **more,
        )

    def own(made: argparse.ArgumentParser, sides: bool = False) -> None:
        group = made.add_argument_group(
            "models of your own, by their paths" if sides else "a model of your own, by its path",
            "What is said by --class, --arg and --input holds for both, but for one alone with "
            "before. or after. in front: --arg before.d=1 --arg after.d=2" if sides else None,
        )  # fmt: skip
        group.add_argument("--trust", action="store_true", help="let a Python file run")
        group.add_argument(
            "--class", dest="name", default=[] if sides else "", metavar="NAME",
            action="append" if sides else "store", help="class, function, architecture",
        )  # fmt: skip
        group.add_argument(
            "--arg", dest="argument", action="append", default=[], metavar="NAME=VALUE",
            help="an argument of the class, a Python literal; may be repeated",
        )  # fmt: skip
        group.add_argument(
            "--input", action="append", default=[], metavar="NAME=SHAPE[:DTYPE]",
            help="what forward is given, as in x=1,3,224,224:float32 or ids=1,16:int64<1000; may "
            "be repeated; without it, example_inputs() of the file, or else a guess",
        )  # fmt: skip
        group.add_argument("--text", help="what a model that reads text is given")
        group.add_argument("--weights", metavar="FILE", help="tensors to put into the model")
        group.add_argument("--random", action="store_true", help="do without a folder's weights")

    made = command("open", "Open the window, at the gallery or at a model.")
    model(made, nargs="?")
    made.add_argument("--exit-after-paint", action="store_true", help=argparse.SUPPRESS)
    device(made)

    made = added.add_parser("attached")  # what `explorer.view` starts; not for people
    made.add_argument("name")
    made.set_defaults(run=commands["attached"])

    made = command("shot", "Write a picture of the window, made on real data.")
    model(made, nargs="?")
    made.add_argument("--view", choices=VIEWS, default="step")
    made.add_argument("--at", metavar="EVENT", help="id or index of the event to look at")
    made.add_argument(
        "--cell", type=_cell, metavar="INDEX",
        help="tell how this number of its first output came to be, as in 0,2,10,6",
    )  # fmt: skip
    made.add_argument(
        "--reach", choices=("from", "to"),
        help="show all of the pass that this number came from, or goes to",
    )  # fmt: skip
    made.add_argument("--then", metavar="EVENT", help="look at that event then")
    made.add_argument("--pane", choices=PANES, help="the picture of the value")
    made.add_argument("--attention", choices=SHOWINGS, help="the picture of attention")
    made.add_argument(
        "--zoom", type=_zoom, help="of the map, around that event: 0.03 to 4, 1 is normal"
    )
    made.add_argument("--figure", action="store_true", help=FIGURE)
    made.add_argument(
        "--part", choices=PARTS, default="window", help="all of it, or what tells of the value"
    )
    made.add_argument("--theme", choices=("dark", "light"), default="dark")
    made.add_argument("--lang", choices=("en", "zh"), default="en")
    made.add_argument("--size", type=_size, default=(1600, 1000), metavar="WIDTHxHEIGHT")
    made.add_argument("--scale", type=_scale, default=1.0, help="size of text, 0.6 to 2")
    made.add_argument("--steps", type=_count, help="how long --view train trains first")
    made.add_argument(
        "--phase", choices=PHASES, help="then one iteration more up to here, step by step"
    )
    made.add_argument(
        "--weight", default="", metavar="PARAMETER",
        help="what that does to this parameter, and to the number --cell of it",
    )  # fmt: skip
    made.add_argument(
        "--cards", type=_cards, default=(), metavar="CARD,…",
        help=f"the pictures that --view train shows, of {', '.join(CARDS)}",
    )  # fmt: skip
    made.add_argument("--beside", metavar="OTHER", help="another model, to be shown beside it")
    made.add_argument("--changes", metavar="FILE.toml", help="change the pass as the file says")
    made.add_argument(
        "--generate", type=_count, default=0, metavar="N", help="let the model write N tokens first"
    )
    made.add_argument(
        "--token", type=_count, metavar="N", help="show the pass that gave token N of these"
    )
    made.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.png")
    device(made)
    own(made)

    made = command("graph", "Write a model's graph as a picture or as data, or its figure.")
    model(made)
    made.add_argument("--figure", action="store_true", help=FIGURE)
    made.add_argument("--open", default="", metavar="LEVEL|all", help="levels of modules to open")
    made.add_argument("--view", default="", metavar="MODULE", help="a picture of this module alone")
    made.add_argument("--theme", choices=("dark", "light", "print"), default="dark")
    made.add_argument("--lang", choices=("en", "zh"), default="en")
    made.add_argument("--scale", default="1", help="1 is a pixel a unit; any size has its scale")
    made.add_argument("--size", type=_size, metavar="WIDTHxHEIGHT", help="fit it into this instead")
    made.add_argument("--title", action="store_true", help="with the model's name and input above")
    made.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE.(svg|pdf|png|json|dot)"
    )
    device(made)
    own(made)

    made = command("diff", "Compare the graphs of two models: what was added, removed, changed.")
    for name in ("before", "after"):
        made.add_argument(
            name, metavar=name.upper(),
            help="a preset's name or folder, a Python file, a Hugging Face folder",
        )  # fmt: skip
    made.add_argument("--json", action="store_true")
    device(made)
    own(made, sides=True)

    made = command("trace", "Run a model forward and print a line per event.")
    model(made)
    made.add_argument("--json", action="store_true")
    device(made)
    own(made)

    made = command("generate", "Let a model that predicts the next token write.")
    model(made)
    made.add_argument("--tokens", type=_count, default=50, metavar="N", help="at most; default: 50")
    made.add_argument(
        "--temperature", type=_temperature, default=1.0, metavar="T",
        help="logits are divided by it; 0 takes the likeliest",
    )  # fmt: skip
    made.add_argument(
        "--top-k", type=_top_k, default=0, metavar="K", help="only the K likeliest count; 0: all"
    )
    made.add_argument(
        "--top-p", type=_share, default=1.0, metavar="P",
        help="only the fewest that together are so likely count",
    )  # fmt: skip
    made.add_argument("--seed", type=_seed, default=0, help="the same seed writes the same text")
    made.add_argument("--prompt", metavar="TEXT", help="what it goes on from")
    made.add_argument("--json", action="store_true", help="every token with its probabilities")
    device(made)
    own(made)

    made = command("train", "Train a preset from fresh weights.")
    made.add_argument("preset")
    made.add_argument("--steps", type=_count, help="default: the preset's own plan")
    made.add_argument("--seed", type=int)
    made.add_argument(
        "--set", dest="entries", action="append", default=[], metavar="NAME=VALUE",
        help="an entry of the plan (docs/presets.md), as in optimizer=sgd or momentum=0.9;"
        " may be repeated",
    )  # fmt: skip
    made.add_argument("--json", action="store_true")
    made.add_argument("-o", "--output", type=Path, metavar="WEIGHTS.safetensors")
    device(made)

    made = command("presets", "List the shipped presets.")
    made.add_argument("--json", action="store_true")

    made = command("bench", "Run the benchmarks: ours against others, side by side.")
    made.add_argument("name", nargs="?", help="only those whose name contains this")
    made.add_argument("--json", action="store_true")

    made = command("doctor", "Say what is here, what is missing, and how to get it.")
    device(made)
    return whole
