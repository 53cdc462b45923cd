"""What a path is, told without running anything of it."""

from __future__ import annotations

import ast
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.core.problem import Problem
from explorer.core.sources import PresetFolder, PythonFile
from explorer.engine.sources import find

NET = '''
import torch
import torch.nn as nn
from torch.nn import Module as M

class Head(nn.Module):
    def __init__(self, width: int):
        super().__init__()

class Base(M):
    def __init__(self, width: int = 8, *, rate: float = .1, act="relu", deep=True, sizes=(1, 2)):
        super().__init__()
        self.head = Head(width)

    def forward(self, x: "torch.Tensor", mask=None):
        return x

class Net(Base):
    """Goes both
    ways.

    More."""

class Config:
    pass

class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x
'''


def written(folder: Path, text: str | bytes, name: str = "net.py") -> str:
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(file)


def found(folder: Path, text: str | bytes) -> PythonFile:
    seen = find(written(folder, text))
    assert isinstance(seen, PythonFile)
    return seen


def said(path: str) -> str:
    with pytest.raises(Problem) as caught:
        find(path)
    return str(caught.value)


def test_classes_of_a_file_with_their_arguments(tmp_path: Path) -> None:
    seen = found(tmp_path, NET)
    assert [one.name for one in seen.candidates] == ["Net", "Base", "Head"]  # the unused one first
    net = seen.candidates[0]
    assert (net.line, net.doc) == (18, "Goes both ways.")
    told = [(a.name, a.hint, a.default, a.kind) for a in net.arguments]  # those of Base
    assert told == [
        ("width", "int", "8", "int"), ("rate", "float", "0.1", "float"),
        ("act", "", "'relu'", "str"), ("deep", "", "True", "bool"),
        ("sizes", "", "(1, 2)", "other"),
    ]  # fmt: skip
    assert [(a.name, a.hint, a.default) for a in net.inputs] == [
        ("x", "torch.Tensor", None), ("mask", "", "None"),
    ]  # fmt: skip
    assert seen.candidates[2].arguments[0].default is None
    assert seen.digest == hashlib.sha256(NET.encode()).hexdigest()
    assert seen.text == NET
    assert not seen.example


def test_functions_and_names_that_make_models(tmp_path: Path) -> None:
    text = """
from torch import nn
import torch
class Net(nn.Sequential): ...
def small(): return Net()
def hinted() -> nn.Module: return globals()["Net"]()
def through():
    net = Net()
    return net
def make_data(): return [1]
def build(n=3): return pick(n)
def loss(x): return x.sum()
def example_inputs(): return torch.zeros(1)
ready = nn.Linear(2, 2)
if __name__ == "__main__":
    def build_late(): return Net()
"""
    seen = found(tmp_path, text)
    names = [one.name for one in seen.candidates]
    assert set(names) == {"Net", "small", "hinted", "through", "make_data", "build", "ready"}
    assert names[:3] == ["through", "hinted", "small"]
    assert names.index("Net") < names.index("build")  # which only its name speaks for
    assert seen.example


@pytest.mark.parametrize(
    "base",
    ["nn.Module", "torch.nn.Module", "Module", "L", "nn.Sequential", "Other", "pl.LightningModule"],
)  # fmt: skip
def test_every_way_to_be_a_module(base: str, tmp_path: Path) -> None:
    text = f"""
import torch, lightning as pl
from torch import nn
from torch.nn import *
from torch.nn import LSTM as L
from elsewhere import Other
class Net({base}):
    def forward(self, x): return x
class Plain: ...
class Error(ValueError): ...
"""
    assert [one.name for one in found(tmp_path, text).candidates] == ["Net"]


def test_nothing_of_a_file_runs(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    text = f"open({str(mark)!r}, 'w')\nimport os\nfrom torch import nn\nclass Net(nn.Module): ...\n"
    assert found(tmp_path, text + "os._exit(3)\n").candidates[0].name == "Net"
    assert not mark.exists()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("# -*- coding: latin-1 -*-\nname = 'é'\n".encode("latin-1"), "'é'"),
        (b"\xef\xbb\xbfname = '\xc3\xa9'\n", "'é'"),
        (b"name = 1\r\nother = 2\r\n", "other = 2"),
    ],
)
def test_encodings_and_line_ends(data: bytes, text: str, tmp_path: Path) -> None:
    net = b"from torch import nn\nclass Net(nn.Module): pass\n"
    seen = found(tmp_path, data + net)
    assert text in seen.text
    assert seen.digest == hashlib.sha256(data + net).hexdigest()


def test_what_is_no_valid_python_is_said_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "import torch\nclass Net(:\n")
    assert f"{path}:2 is not valid Python" in said(path)
    for data in (b"\x00\x01", b"name = '\xff'\n", b"# coding: klingon\n"):
        assert "is not valid Python" in said(written(tmp_path, data))
    deep = "(" * 5000 + ")" * 5000
    assert "is not valid Python" in said(written(tmp_path, deep))


def test_a_file_without_models_says_what_was_looked_for(tmp_path: Path) -> None:
    assert "no class built on torch.nn.Module" in said(written(tmp_path, "x = 1\n"))
    assert "too long for a model's code" in said(written(tmp_path, b"#" * 5_000_000))


def test_a_class_that_leads_to_itself(tmp_path: Path) -> None:
    assert "no model" in said(written(tmp_path, "class A(B): ...\nclass B(A): ...\n"))


def test_each_definition_is_walked_once_for_what_it_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walked: list[ast.AST] = []
    walk = ast.walk

    def counted(node: ast.AST) -> Iterator[ast.AST]:
        walked.append(node)
        return walk(node)

    monkeypatch.setattr(ast, "walk", counted)
    text = "import torch\n" + "".join(
        f"class A{n}(torch.nn.Module):\n  def forward(self, x): return A{n - 1}()(x)\n"
        for n in range(50)
    )
    assert found(tmp_path, text).candidates[0].name == "A49"  # all others are used
    assert len(walked) == 50


def test_classes_that_inherit_the_same_by_many_ways(tmp_path: Path) -> None:
    text = "import torch\nclass A0(torch.nn.Module): pass\nclass B0(torch.nn.Module): pass\n"
    for n in range(1, 40):  # 2^40 ways lead down
        text += f"class A{n}(A{n - 1}, B{n - 1}): pass\nclass B{n}(A{n - 1}, B{n - 1}): pass\n"
    assert len(found(tmp_path, text).candidates) == 80


def test_what_is_inherited_from_far_above(tmp_path: Path) -> None:
    text = "import torch\nclass A0(torch.nn.Module):\n  def __init__(self, width): pass\n"
    text += "".join(f"class A{n}(A{n - 1}): pass\n" for n in range(1, 500))
    text += "class Own(A499):\n  def __init__(self): pass\n"
    names = {one.name: [a.name for a in one.arguments] for one in found(tmp_path, text).candidates}
    assert names["A499"] == names["A0"] == ["width"]
    assert names["Own"] == []


def test_a_number_too_long_to_be_written(tmp_path: Path) -> None:
    text = "from torch import nn\nclass A(nn.Module):\n  def __init__(self, n=0x" + "f" * 9000
    (n,) = found(tmp_path, text + "): pass").candidates[0].arguments
    assert (n.default, n.kind) == ("…", "int")


def test_what_is_nested_too_deeply_is_said(tmp_path: Path) -> None:
    text = "from torch import nn\n"  # bases below their heirs
    text += "".join(f"class A{n}(A{n + 1}): pass\n" for n in range(3000))
    assert "is not valid Python" in said(written(tmp_path, text + "class A3000(nn.Module): pass"))


def test_a_preset_by_its_folder_or_file(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "presets/first-network/preset.toml").read_bytes()
    written(tmp_path, text, "preset.toml")
    by_folder, by_file = find(str(tmp_path)), find(str(tmp_path / "preset.toml"))
    assert by_folder == by_file
    assert isinstance(by_folder, PresetFolder)
    assert by_folder.preset["model"]["family"] == "mlp"
    written(tmp_path, "order = 'x'", "preset.toml")
    assert "mistake(s)" in said(str(tmp_path))


def test_paths_that_are_nothing_to_open(tmp_path: Path) -> None:
    assert "There is nothing at" in said("")
    assert "There is nothing at" in said(str(tmp_path / "none.py"))
    assert "There is nothing at" in said(str(tmp_path / "none.py" / "more"))
    assert "cannot be read" in said("a" * 5000)
    assert "cannot be read" in said("a\x00b")
    assert "none of the files that can be opened" in said(written(tmp_path, "x", "a.txt"))
    assert "explorer.view" in said(written(tmp_path, "{}", "a.ipynb"))
    assert "neither config.json nor preset.toml" in said(str(tmp_path))
    (tmp_path / "folder.py").mkdir()
    assert "neither config.json nor preset.toml" in said(str(tmp_path / "folder.py"))


def test_a_folder_names_what_can_be_opened_in_it(tmp_path: Path) -> None:
    written(tmp_path, NET)
    (tmp_path / "inner").mkdir()
    written(tmp_path / "inner", "{}", "config.json")
    assert "In it, these can be opened: net.py, inner/." in said(str(tmp_path))
    kept = tmp_path / "models--a--b" / "snapshots" / "0f1e"
    kept.mkdir(parents=True)
    written(kept, "{}", "config.json")
    assert "snapshots/0f1e/." in said(str(kept.parents[1]))
    written(tmp_path, "{}", "adapter_config.json")
    assert "merge_and_unload" in said(str(tmp_path))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "net.py")
    assert "neither a file nor a folder" in said(str(tmp_path / "net.py"))
    for name in ("config.json", "preset.toml"):
        folder = tmp_path / name.partition(".")[0]
        folder.mkdir()
        os.mkfifo(folder / name)
        assert "neither a file nor a folder" in said(str(folder))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = written(tmp_path, NET)
    os.chmod(path, 0)
    assert "may not be read by you" in said(path)
