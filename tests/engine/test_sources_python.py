"""Models of Python files: opened by the very text that was allowed, and fed with what they take."""

from __future__ import annotations

import dataclasses
import importlib.util
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorer.core.problem import Problem
from explorer.core.sources import PythonFile, PythonModel
from explorer.core.values import (
    ExampleInput,
    NumbersInput,
    PictureInput,
    TensorsInput,
    TensorSpec,
    TextInput,
)
from explorer.engine.cancelling import Cancelled
from explorer.engine.feeds import Opened
from explorer.engine.record import record
from explorer.engine.sources import find, open_own

CPU = torch.device("cpu")
HEAD = "import torch\nfrom torch import nn\nfrom torch.nn import functional as F\n"


def opened(folder: Path, text: str, name: str = "", file: str = "net.py", **more: Any) -> Opened:
    path = folder / file
    path.write_text(HEAD + text)
    return again(path, name, **more)


def again(path: Path, name: str = "", /, **more: Any) -> Opened:
    found = find(str(path))
    assert isinstance(found, PythonFile)
    name = name or found.candidates[0].name
    given = more.pop("input", None)
    return open_own(PythonModel(str(path), found.digest, name, more, given), CPU)


def said(folder: Path, text: str, name: str = "", **more: Any) -> str:
    with pytest.raises(Problem) as caught:
        opened(folder, text, name, **more)
    return str(caught.value)


def given(one: Opened, what: Any = None) -> tuple[tuple[Any, ...], dict[str, Any]]:
    return one.feed.arguments(one.feed.sample if what is None else what)


def shapes(one: Opened, what: Any = None) -> list[tuple[int, ...]]:
    args, kwargs = given(one, what)
    return [tuple(t.shape) for t in (*args, *kwargs.values())]


NET = """
class Net(nn.Module):
    def __init__(self, width: int = 4, rate: float = 0.0, act="relu", sizes=(), *,
                 deep: bool = False, make=nn.Linear):
        super().__init__()
        self.told = width, rate, act, sizes, deep
        self.line = make(3, width)
    def forward(self, x):
        return self.line(x)
"""


def test_arguments_come_as_literals(tmp_path: Path) -> None:
    one = opened(
        tmp_path, NET, width="8", rate="1", act="tanh", sizes="[1, 'a']", deep="True",
        make="nn.Linear",
    )  # fmt: skip
    assert one.model.told == (8, 1.0, "tanh", [1, "a"], True)
    assert isinstance(one.model.told[1], float)
    assert again(tmp_path / "net.py", act="'tanh'", width="4").model.told[2] == "tanh"
    assert not one.model.training
    assert one.weights == "random"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"width": "os.system('x')"}, "width = os.system('x') is no Python literal"),
        ({"width": "2.5"}, "width = 2.5 is no int"),
        ({"width": "True"}, "width = True is no int"),
        ({"rate": "9" * 400}, "9… is no float"),
        ({"deep": "1"}, "deep = 1 is no bool"),
        ({"rate": "'a'"}, "rate = 'a' is no float"),
        ({"sizes": "("}, "sizes = ( is no Python literal"),
        ({"wide": "2"}, "Net has no argument wide"),
    ],
)
def test_arguments_that_are_wrong(arguments: dict[str, str], text: str, tmp_path: Path) -> None:
    assert text in said(tmp_path, NET, **arguments)


def test_the_texts_that_a_hint_names_are_known(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("""
import typing
from typing import Literal
from torch import nn
class Net(nn.Module):
    def __init__(self, a: Literal["x", "y"], b: "typing.Literal['z'] | None" = None, c: str = "w"):
        super().__init__()
""")
    found = find(str(tmp_path / "net.py"))
    assert isinstance(found, PythonFile)
    (net,) = found.candidates
    assert [argument.choices for argument in net.arguments] == [("x", "y"), ("z",), ()]


def test_arguments_that_are_missing(tmp_path: Path) -> None:
    text = "class Net(nn.Module):\n    def __init__(self, a, b, /, c): super().__init__()\n"
    assert "Net needs b, c." in said(tmp_path, text, a="1")
    assert isinstance(again(tmp_path / "net.py", a="1", b="2", c="3").model, nn.Module)


CONFIGURED = """
import dataclasses
@dataclasses.dataclass
class OtherConfig:
    size: int
@dataclasses.dataclass
class NetConfig:
    width: int = 3
    bias: bool = True
class Net(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.line = nn.Linear(2, config.width, bias=config.bias)
    def forward(self, x): return self.line(x)
def default(): return 4
def build(config: NetConfig, act=nn.ReLU(), size=default()): return nn.Sequential(Net(config), act)
"""


def test_a_configuration_of_the_file_is_made(tmp_path: Path) -> None:
    made: Any = opened(tmp_path, CONFIGURED, "Net").model
    assert made.line.out_features == 3
    found = find(str(tmp_path / "net.py"))
    assert isinstance(found, PythonFile)
    assert [(c.name, c.arguments[0].default) for c in found.candidates] == [
        ("build", "NetConfig()"), ("Net", "NetConfig()"),
    ]  # fmt: skip
    made = again(tmp_path / "net.py", "Net", config="NetConfig(width=7, bias=False)").model
    assert (made.line.out_features, made.line.bias) == (7, None)
    made = again(tmp_path / "net.py", "build", act="nn.ReLU()").model
    assert made[0].line.out_features == 3
    for text, problem in (
        ("NetConfig(width=open('x'))", "is no Python literal"),
        ("NoConfig()", "has no class or function NoConfig"),
        ("exec(source='1')", "has no class or function exec"),
        ("NetConfig(depth=1)", "raised TypeError"),
    ):
        with pytest.raises(Problem, match=problem):
            again(tmp_path / "net.py", "Net", config=text)


def test_a_file_that_changed_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(HEAD + NET)
    found = find(str(path))
    assert isinstance(found, PythonFile)
    mark = tmp_path / "ran"
    path.write_text(HEAD + NET + f"open({str(mark)!r}, 'w')\n")
    with pytest.raises(Problem, match="has changed since you allowed it"):
        open_own(PythonModel(str(path), found.digest, "Net", {}), CPU)
    assert not mark.exists()


SIZED = "class Net(nn.Linear):\n    def __init__(self): super().__init__(3, WIDTH)\n"


def test_siblings_are_imported_and_read_anew(tmp_path: Path) -> None:
    (tmp_path / "parts_here.py").write_text("WIDTH = 4\n")
    text = f"from parts_here import WIDTH\n{SIZED}"
    assert opened(tmp_path, text).model.out_features == 4
    (tmp_path / "parts_here.py").write_text("WIDTH = 5\n")
    assert again(tmp_path / "net.py").model.out_features == 5
    assert not (tmp_path / "__pycache__").exists()
    other = tmp_path / "other"
    other.mkdir()
    (other / "parts_here.py").write_text("WIDTH = 6\n")
    assert opened(other, text).model.out_features == 6
    assert sys.path.count(str(other)) == 1
    assert str(tmp_path) not in sys.path


def test_a_package_that_says_where_it_is_by_paths_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "lazy_here.py").write_text("WIDTH = 4\n")
    said = "import sys, pathlib, lazy_here\nfrom lazy_here import WIDTH\n"
    said += "lazy_here.__spec__.submodule_search_locations = [pathlib.Path(lazy_here.__file__)]\n"
    assert opened(tmp_path, f"{said}{SIZED}").model.out_features == 4
    (tmp_path / "lazy_here.py").write_text("WIDTH = 5\n")
    assert again(tmp_path / "net.py").model.out_features == 5


def test_relative_imports_take_the_folder_as_a_package(tmp_path: Path) -> None:
    for folder, packaged in (("plain_here", False), ("packed_here", True)):
        inside = tmp_path / folder
        inside.mkdir()
        (inside / "sizes.py").write_text("WIDTH = 7\n")
        if packaged:
            (inside / "__init__.py").write_text("from .net import Net")
        assert opened(inside, f"from .sizes import WIDTH\n{SIZED}").model.out_features == 7


def test_imports_inside_of_forward_work_later(tmp_path: Path) -> None:
    (tmp_path / "late_here.py").write_text("def twice(x): return 2 * x\n")
    text = """
class Net(nn.Module):
    def forward(self, x):
        from late_here import twice
        return twice(x)
"""
    one = opened(tmp_path, text)
    assert torch.equal(one.model(torch.ones(2)), torch.full((2,), 2.0))


def test_classes_of_a_file_can_be_found_again(tmp_path: Path) -> None:
    text = """
from __future__ import annotations
import dataclasses
@dataclasses.dataclass
class Out:
    y: torch.Tensor
class Net(nn.Linear):
    def __init__(self): super().__init__(2, 2)
    def forward(self, x): return Out(super().forward(x))
"""
    (tmp_path / "net.py").write_text(
        text.replace("import dataclasses", HEAD + "import dataclasses", 1)
    )
    one = again(tmp_path / "net.py", "Net")
    assert dataclasses.is_dataclass(one.model(torch.ones(1, 2)))
    copy = pickle.loads(pickle.dumps(one.model))
    assert torch.equal(copy.weight, one.model.get_parameter("weight"))


def test_random_weights_are_the_same_each_time(tmp_path: Path) -> None:
    state = torch.random.get_rng_state()
    first = opened(tmp_path, NET).model.get_parameter("line.weight")
    torch.rand(3)
    once_more = again(tmp_path / "net.py").model
    assert torch.equal(once_more.get_parameter("line.weight"), first)
    torch.random.set_rng_state(state)
    before = torch.rand(3)
    torch.random.set_rng_state(state)
    again(tmp_path / "net.py")
    assert torch.equal(torch.rand(3), before)


def test_functions_names_and_positional_arguments(tmp_path: Path) -> None:
    text = """
def build(width: int = 3, /, *, bias=True): return nn.Linear(2, width, bias=bias)
ready = nn.Linear(5, 6)
class Odd(nn.Module):
    def __new__(cls): return 3
def make_text(): return str(1)
"""
    one = opened(tmp_path, text, "build", width="4", bias="False")
    assert (one.model.out_features, one.model.bias) == (4, None)
    assert again(tmp_path / "net.py", "ready").model.in_features == 5
    for name, kind in (("Odd", "int"), ("make_text", "str")):
        with pytest.raises(Problem, match=f"{name} made a {kind}, not a torch.nn.Module"):
            again(tmp_path / "net.py", name)
    with pytest.raises(Problem, match="has no class or function Gone"):
        again(tmp_path / "net.py", "Gone")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("1 / 0\nclass Net(nn.Module): ...\n", "net.py:4 raised ZeroDivisionError"),
        ("class Net(nn.Module):\n    def __init__(self):\n        nothing\n",
         "net.py:6 raised NameError: name 'nothing'"),
        ("import nothing_like_it\nclass Net(nn.Module): ...\n", "with pip"),
        ("class Net(nn.Module): ...\nraise SystemExit(2)\n", "net.py:5 ended the program"),
        ("import argparse\nargparse.ArgumentParser().add_argument('x')\nclass Net(nn.Linear):\n"
         "    def __init__(self): super().__init__('a', 2)\n", "net.py:7 raised TypeError"),
        ("class Net(nn.Module):\n    return 3\n", "net.py:5 is not valid Python"),
    ],
)  # fmt: skip
def test_what_a_file_raises_is_said_with_its_line(text: str, problem: str, tmp_path: Path) -> None:
    assert problem in said(tmp_path, text)


def test_a_sibling_that_is_wrong_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken_here.py").write_text("x = (\n")
    text = "import broken_here\nclass Net(nn.Module): ...\n"
    assert "broken_here.py:1 raised SyntaxError" in said(tmp_path, text)


def test_giving_up_is_never_caught(tmp_path: Path) -> None:
    raising = "from explorer.engine.cancelling import Cancelled\nclass Net(nn.Module):\n    "
    for place in ("__init__(self)", "forward(self, x)", "__deepcopy__(self, memo)"):
        with pytest.raises(Cancelled, match="now"):
            opened(tmp_path, f"{raising}def {place}: raise Cancelled('now')\n", "Net")


@pytest.mark.parametrize("error", ["Stop", "KeyboardInterrupt", "GeneratorExit"])
def test_what_is_no_exception_is_said_all_the_same(error: str, tmp_path: Path) -> None:
    text = "class Stop(BaseException): ...\nclass Net(nn.Linear):\n"
    text += "    def __init__(self): super().__init__(2, 2)\n"
    assert f"net.py:7 raised {error}: x" in said(tmp_path, f"{text}raise {error}('x')\n", "Net")
    wrong = f"    def forward(self, x): raise {error}\n    __deepcopy__ = forward\n"
    assert opened(tmp_path, text + wrong, "Net").feed.editor == "tensors"  # nothing runs


def test_an_error_that_fails_to_say_what_it_is(tmp_path: Path) -> None:
    text = """
class Mute(Exception):
    def __str__(self): raise ValueError
class Net(nn.Module):
    def __init__(self): raise Mute
"""
    assert "net.py:8 raised Mute." in said(tmp_path, text, "Net")


def test_methods_that_return_no_model(tmp_path: Path) -> None:
    text = """
class Net(nn.Linear):
    def __init__(self): super().__init__(2, 2)
    def eval(self): super().eval()
    def to(self, *args): super().to(*args)
"""
    assert not opened(tmp_path, text).model.training


def test_what_it_sets_for_its_process_is_put_back(tmp_path: Path) -> None:
    before = list(sys.argv), Path.cwd(), torch.get_num_threads()
    text = f"""
import os, sys
os.chdir({str(tmp_path)!r})
assert sys.argv == [__file__]
torch.set_default_dtype(torch.float64)
torch.set_default_device("meta")
torch.set_default_device("cpu")
torch.set_grad_enabled(False)
torch.set_num_threads(2)
"""
    one = opened(tmp_path, text + NET)
    assert one.model.get_parameter("line.weight").dtype == torch.float64
    assert (list(sys.argv), Path.cwd(), torch.get_num_threads()) == before
    assert torch.ones(1).dtype == torch.float32
    assert torch.is_grad_enabled()
    assert torch.overrides._get_current_function_mode_stack() == []


def test_arguments_may_be_called_anything(tmp_path: Path) -> None:
    text = "def build(self: int, work: int): return nn.Linear(self, work)\n"
    model = opened(tmp_path, text, "build", self="2", work="3").model
    assert (model.in_features, model.out_features) == (2, 3)


# ---------------------------------------------------------------- examples


@pytest.mark.parametrize(
    ("returned", "args", "kwargs"),
    [
        ("torch.ones(2, 3)", [(2, 3)], {}),
        ("(torch.ones(2, 3), torch.ones(1))", [(2, 3), (1,)], {}),
        ("{'x': torch.ones(2, 3), 'scale': torch.ones(1)}", [], {"x": (2, 3), "scale": (1,)}),
    ],
)
def test_the_example_of_a_file_is_what_it_is_fed(
    returned: str, args: Any, kwargs: Any, tmp_path: Path
) -> None:
    text = f"""
class Net(nn.Module):
    def forward(self, x, scale=1):
        return x.mul_(2) * scale
def example_inputs():
    return {returned}
"""
    one = opened(tmp_path, text)
    assert isinstance(one.feed.sample, ExampleInput)
    assert one.feed.editor == "example"
    for _ in range(2):  # the model overwrites what it gets, and gets it anew
        made = given(one)
        assert [tuple(t.shape) for t in made[0]] == args
        assert {n: tuple(t.shape) for n, t in made[1].items()} == kwargs
        assert one.model(*made[0], **made[1]).max() == 2
    assert shapes(one, TensorsInput((TensorSpec("x", (5,)),))) == [(5,)]


@pytest.mark.parametrize(
    ("returned", "text"),
    [
        ("3", "returned a int"),
        ("(torch.ones(1), torch.ones(1))", "does not suit forward(x): 2 > 1"),
        ("{'y': torch.ones(1)}", "does not suit forward(x): − x, + y"),
        ("1 / 0", "raised ZeroDivisionError"),
    ],
)
def test_examples_that_do_not_suit(returned: str, text: str, tmp_path: Path) -> None:
    file = "class Net(nn.Module):\n    def forward(self, x): return x\n"
    assert text in said(tmp_path, f"{file}def example_inputs(): return {returned}\n")


# ---------------------------------------------------------------- guesses

MODELS = {
    "a flattened picture": ("""
class Net(nn.Module):
    def __init__(self):
        super().__init__(); self.a = nn.Linear(784, 5)
    def forward(self, x): return self.a(x.flatten(1))
""", [(1, 784)]),
    "LeNet": ("""
class Net(nn.Module):
    def __init__(self):
        super().__init__(); self.a = nn.Conv2d(1, 6, 5); self.b = nn.Linear(6 * 12 * 12, 3)
    def forward(self, x): return self.b(F.max_pool2d(self.a(x), 2).view(-1, 864))
""", [(1, 1, 28, 28)]),
    "an odd picture": ("""
class Net(nn.Module):
    def __init__(self):
        super().__init__(); self.a = nn.Conv2d(4, 6, 5); self.b = nn.Linear(6 * 40 * 40, 3)
    def forward(self, x): return self.b(self.a(x).flatten(1))
""", [(1, 4, 44, 44)]),
    "a language model": ("""
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.pos = nn.Embedding(16, 8); self.tok = nn.Embedding(100, 8)
        self.out = nn.Linear(8, 100)
    def forward(self, idx, targets=None):
        return self.out(self.tok(idx) + self.pos(torch.arange(idx.shape[1])))
""", [(1, 8)]),
    "an encoder and a decoder": ("""
class Net(nn.Module):
    def __init__(self):
        super().__init__(); self.t = nn.Transformer(16, 2, 1, 1, 32)
    def forward(self, src, tgt): return self.t(src, tgt)
""", [(8, 1, 16), (8, 1, 16)]),
    "a diffusion step": ("""
class Net(nn.Module):
    def __init__(self):
        super().__init__(); self.e = nn.Embedding(50, 4); self.c = nn.Conv2d(3, 4, 3, padding=1)
    def forward(self, x, t): return self.c(x) + self.e(t)[:, :, None, None]
""", [(1, 3, 32, 32), (1,)]),
    "a recurrent one": ("""
class Net(nn.Module):
    def __init__(self):
        super().__init__(); self.l = nn.LSTM(12, 5, batch_first=True)
    def forward(self, x): return self.l(x)[0][:, -1]
""", [(1, 8, 12)]),
    "one that looks at numbers": ("""
class Net(nn.Module):
    def __init__(self):
        super().__init__(); self.w = nn.Parameter(torch.ones(5, 7))
    def forward(self, x): return x @ self.w if x.sum().item() > -1e9 else x
""", [(1, 5)]),
    "one that counts its calls": ("""
class Net(nn.Module):
    def __init__(self):
        super().__init__(); self.a = nn.Linear(3, 3); self.calls = 0
    def forward(self, x):
        self.calls += 1
        return self.a(x)
""", [(1, 3)]),
    "layers that take their size from the first": ("""
class Net(nn.Sequential):
    def __init__(self): super().__init__(nn.LazyConv2d(4, 3), nn.Flatten(), nn.LazyLinear(2))
""", [(1, 3, 32, 32)]),
    "sound": ("""
class Net(nn.Sequential):
    def __init__(self): super().__init__(nn.Conv1d(2, 4, 200), nn.ReLU())
""", [(1, 2, 512)]),
    "double precision": ("""
class Net(nn.Sequential):
    def __init__(self): super().__init__(nn.Linear(3, 4).double())
""", [(1, 3)]),
    "a number and a mask": ("""
class Net(nn.Module):
    def __init__(self):
        super().__init__(); self.a = nn.Linear(3, 3)
    def forward(self, x, mask, times: int):
        assert type(times) is int
        return self.a(x.masked_fill(~mask[:, :1], 0)) * times
""", [(1, 3), (1, 8), ()]),
}  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_what_nobody_described_is_found_by_trying(name: str, tmp_path: Path) -> None:
    text, expected = MODELS[name]
    one = opened(tmp_path, text)
    sample = one.feed.sample
    tensors = sample.tensors if isinstance(sample, TensorsInput) else ()
    assert [spec.shape for spec in tensors] == expected or shapes(one) == expected
    assert getattr(one.model, "calls", 0) == 0  # it was tried on a copy
    args, kwargs = given(one)
    record(one.model, *args, **kwargs)
    if name == "a language model":
        assert [spec.high for spec in tensors] == [100]


def test_a_large_model_is_tried_without_its_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("explorer.engine.sources.trying._SMALL", 0)
    one = opened(tmp_path, MODELS["a language model"][0])
    assert shapes(one) == [(1, 8)]
    assert isinstance(one.feed.sample, TensorsInput)
    assert one.feed.sample.tensors[0].high == 100
    assert one.model.get_parameter("tok.weight").device == CPU


def test_a_forward_that_ends_the_program_is_only_a_wrong_try(tmp_path: Path) -> None:
    text = """
class Net(nn.Linear):
    def __init__(self): super().__init__(3, 3)
    def forward(self, x):
        if x.dim() < 3:
            raise SystemExit(1)
        return super().forward(x)
"""
    assert shapes(opened(tmp_path, text)) == [(1, 8, 3)]


def test_a_model_that_takes_nothing_that_was_tried_still_opens(tmp_path: Path) -> None:
    text = "class Net(nn.Module):\n    def forward(self, graph): return graph.nodes\n"
    one = opened(tmp_path, text)
    assert one.feed.editor == "tensors"
    with pytest.raises(AttributeError):
        record(one.model, *given(one)[0])


# ---------------------------------------------------------------- feeds


@pytest.fixture
def linear(tmp_path: Path) -> Opened:
    return opened(tmp_path, "def build(): return nn.Linear(3, 2)\n")


def test_tensors_are_made_as_specified(linear: Opened) -> None:
    def made(seed: int = 0, **spec: Any) -> Tensor:
        return given(linear, TensorsInput((TensorSpec("input", **spec),), seed))[0][0]

    assert torch.equal(made(shape=(2, 3)), made(shape=(2, 3)))
    assert not torch.equal(made(shape=(2, 3)), made(1, shape=(2, 3)))
    whole = made(shape=(100,), dtype="int32", fill="integers", high=5)
    assert whole.dtype == torch.int32
    assert set(whole.tolist()) == {0, 1, 2, 3, 4}
    assert made(shape=(2, 2), fill="range", dtype="float16").tolist() == [[0, 1], [2, 3]]
    assert made(shape=(3,), fill="ones", dtype="bool").all()
    assert made(shape=(0, 3), fill="zeros").shape == (0, 3)
    uniform = made(shape=(500,), fill="uniform", dtype="bfloat16")
    assert 0 <= uniform.min() < 0.1 < 0.9 < uniform.max() <= 1
    assert made(shape=(4,), dtype="complex64").dtype == torch.complex64
    assert made(-1, shape=()).shape == ()


@pytest.mark.parametrize(
    ("specs", "text"),
    [
        ([TensorSpec("input", (1,), "float")], "no dtype “float” for input"),
        ([TensorSpec("input", (1,), "qint8")], "no dtype “qint8”"),
        ([TensorSpec("input", (-1, 2))], "cannot have the shape -1×2"),
        ([TensorSpec("input", (1,) * 20)], "cannot have the shape"),
        ([TensorSpec("input", (10**6, 10**6, 10**6))], "does not fit into the memory"),
        ([TensorSpec("input", (1,), "int64")], "input of int64 is filled with whole numbers only"),
        ([TensorSpec("input", (1,), "int8", "integers", 300)], "outside of int8"),
        ([TensorSpec("input", (1,), "int8", "integers", 0)], "end at 0"),
        ([TensorSpec("input", (1,)), TensorSpec("input", (1,))], "given twice"),
        ([TensorSpec("x", (1,))], "forward takes input, but was given x"),
        ([], "forward takes input, but was given –"),
    ],
)
def test_tensors_that_cannot_be(specs: list[TensorSpec], text: str, linear: Opened) -> None:
    with pytest.raises(Problem) as caught:
        given(linear, TensorsInput(tuple(specs)))
    assert caught.value.kind == "input"
    assert text in str(caught.value)


def test_other_inputs_are_refused(linear: Opened) -> None:
    with pytest.raises(Problem, match="not fed with numbers"):
        given(linear, NumbersInput((1.0,)))


def test_a_picture_is_cut_to_what_the_model_takes(tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    one = opened(tmp_path, MODELS["LeNet"][0])
    assert (one.feed.editor, one.feed.shape) == ("picture", (28, 28))
    assert one.axes == {"x": ("B", "C", "H", "W")}
    pixels = np.zeros((20, 60, 3), np.uint8)
    pixels[:, 20:40] = (255, 0, 0)  # its middle is red
    image = given(one, PictureInput("red", pixels))[0][0]
    assert image.shape == (1, 1, 28, 28)
    assert torch.allclose(image[..., 8:20], torch.tensor(0.299), atol=1e-3)
    assert isinstance(one.feed.sample, PictureInput)
    assert one.feed.sample.pixels.shape[2] == 3
    assert shapes(one, TensorsInput((TensorSpec("x", (2, 1, 28, 28)),))) == [(2, 1, 28, 28)]
    for wrong in (pixels[..., :2], pixels.astype(np.float32), pixels[:0]):
        with pytest.raises(Problem, match="no picture of red, green and blue"):
            given(one, PictureInput("odd", wrong))


def test_text_as_bytes(tmp_path: Path) -> None:
    text = MODELS["a language model"][0].replace("100", "256")
    one = opened(tmp_path, text)
    assert one.feed.editor == "tensors"
    args, _ = given(one, TextInput("aé "))
    assert args[0].tolist() == [[97, 0xC3, 0xA9, 32]]
    tape = record(one.model, *args)
    assert one.feed.axis_labels(tape)["T"] == ("a", "⟨C3⟩", "⟨A9⟩", "␣")
    with pytest.raises(Problem, match="17 bytes, but the model reads at most 16"):
        given(one, TextInput("x" * 17))
    with pytest.raises(Problem, match="no text"):
        given(one, TextInput(""))
    chosen = again(tmp_path / "net.py", input=TextInput("hi"))
    assert (chosen.feed.editor, chosen.feed.sample) == ("text", TextInput("hi"))


@pytest.mark.skipif(importlib.util.find_spec("silero_vad") is None, reason="silero-vad is missing")
def test_a_compiled_program_opens_as_one_step(tmp_path: Path) -> None:
    spec = importlib.util.find_spec("silero_vad")
    assert spec is not None
    folder = Path((spec.submodule_search_locations or [""])[0])
    text = f"""
def build() -> nn.Module: return torch.jit.load({str(folder / "data" / "silero_vad.jit")!r})
def example_inputs(): return torch.zeros(1, 512), 16000
"""
    one = opened(tmp_path, text)
    tape = record(one.model, *given(one)[0])
    assert tape.output.shape == (1, 1)
