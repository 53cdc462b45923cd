"""What the command line says about a model of one's own, and everything that is amiss in it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from explorer.core.problem import Problem
from explorer.core.sources import (
    Argument,
    Candidate,
    Found,
    HuggingFaceFolder,
    HuggingFaceModel,
    PythonFile,
    PythonModel,
    WeightsFile,
)
from explorer.core.values import TensorsInput, TensorSpec, TextInput
from explorer.session.choosing import Wishes, choose

NET = Candidate(
    name="Net", line=3, doc="",
    arguments=(Argument("width", "int", None, "int"), Argument("kind", "str", "'relu'", "str")),
    inputs=(Argument("x"),),
)  # fmt: skip
OTHER = Candidate(name="make", line=9, doc="", arguments=())
FILE = PythonFile("/m/net.py", "d1", "…", (NET,), example=False)
TWO = PythonFile("/m/two.py", "d2", "…", (NET, OTHER), example=True)
BERT = HuggingFaceFolder("/m/bert", "bert", ("BertModel", "BertForMaskedLM"), 9_000, "text")


def mistakes(found: Found, **wishes: Any) -> list[str]:
    with pytest.raises(Problem) as raised:
        choose(found, Wishes(**wishes))
    assert raised.value.kind == "input"
    assert found.path in str(raised.value)
    return raised.value.values["mistakes"].split("; ")


def test_a_python_file_runs_only_when_it_is_allowed() -> None:
    (said,) = mistakes(FILE, arguments=("width=8",))
    assert "--trust" in said
    own = choose(FILE, Wishes(trust=True, arguments=("width=8",)))
    assert own == PythonModel("/m/net.py", "d1", "Net", {"width": "8"}, None)


def test_the_class_is_named_where_there_are_several() -> None:
    assert mistakes(TWO, trust=True) == ["--class says which one: Net, make"]
    assert mistakes(TWO, trust=True, name="nett") == ["--class nett: there is Net, make"]
    own = choose(TWO, Wishes(trust=True, name="make"))
    assert isinstance(own, PythonModel)
    assert own.name == "make"
    empty = PythonFile("/m/e.py", "d", "", (), example=False)
    assert mistakes(empty, trust=True) == ["there is no torch.nn.Module in it"]


def test_arguments_are_python_literals_and_words() -> None:
    wishes = Wishes(trust=True, arguments=("width=(1, 2)", "kind=tanh"))
    own = choose(FILE, wishes)
    assert isinstance(own, PythonModel)
    assert own.arguments == {"width": "(1, 2)", "kind": "'tanh'"}


def test_a_text_of_several_comes_without_quotes() -> None:
    kind = Argument("kind", "Literal['relu', 'gelu']", None, choices=("relu", "gelu"))
    net = Candidate("Net", 3, "", (kind,))
    file = PythonFile("/m/net.py", "d1", "…", (net,), example=False)
    for said in ("gelu", "'gelu'"):
        own = choose(file, Wishes(trust=True, arguments=(f"kind={said}",)))
        assert isinstance(own, PythonModel)
        assert own.arguments == {"kind": "'gelu'"}
    wrong = mistakes(file, trust=True, arguments=("kind=elu",))
    assert wrong == ["--arg kind: elu is none of relu, gelu"]


def test_everything_that_is_amiss_is_said_at_once() -> None:
    assert mistakes(
        FILE, arguments=("wide=8", "8", "kind='a'", "kind='b'"), random=True,
        inputs=("y=2,4", "x:3", "x=2", "x=3"),
    ) == [
        "it is a Python file, whose code would run: --trust allows that",
        "--random is for a Hugging Face folder",
        "--arg wide: Net takes width, kind",
        "--arg 8: write it as name=value",
        "--arg kind is given twice",
        "--arg width=… is missing",
        "--input x:3: write it as x=1,3,224,224:float32 or ids=1,16:int64<100",
        "--input x is given twice",
        "--input y: forward takes x",
    ]  # fmt: skip
    assert mistakes(FILE, trust=True, arguments=("width=__import__('os')",)) == [
        "--arg width: __import__('os') is no Python literal"
    ]


def test_a_configuration_is_written_as_in_python() -> None:
    free = structs.replace(
        FILE.candidates[0], arguments=(Argument("cfg"), Argument("width", kind="int"))
    )
    file = structs.replace(FILE, candidates=(free,))
    wishes = Wishes(trust=True, arguments=("cfg=Cfg(width=8)", "width=2"))
    own = choose(file, wishes)
    assert isinstance(own, PythonModel)
    assert own.arguments == {"cfg": "Cfg(width=8)", "width": "2"}
    assert mistakes(file, trust=True, arguments=("cfg=Cfg(8)", "width=Cfg()")) == [
        "--arg cfg: Cfg(8) is no Python literal",
        "--arg width: Cfg() is no Python literal",
    ]


@pytest.mark.parametrize(
    ("said", "tensor"),
    [
        ("x=2,3", TensorSpec("x", (2, 3), "float32", "normal")),
        ("x=", TensorSpec("x", (), "float32", "normal")),
        ("x=7:bfloat16", TensorSpec("x", (7,), "bfloat16", "normal")),
        ("ids=1,16:int64<1000", TensorSpec("ids", (1, 16), "int64", "integers", 1000)),
        ("mask=1,4:bool", TensorSpec("mask", (1, 4), "bool", "integers", 2)),
    ],
)
def test_a_tensor_is_written_by_shape_and_dtype(said: str, tensor: TensorSpec) -> None:
    own = choose(BERT, Wishes(inputs=(said,)))
    assert own == HuggingFaceModel("/m/bert", "BertModel", False, TensorsInput((tensor,)))


def test_a_folder_opens_as_its_best_architecture() -> None:
    assert choose(BERT, Wishes()) == HuggingFaceModel("/m/bert", "BertModel")
    own = choose(BERT, Wishes(name="BertForMaskedLM", text="hello", random=True))
    assert own == HuggingFaceModel("/m/bert", "BertForMaskedLM", True, TextInput("hello"))
    assert mistakes(BERT, name="GPT", arguments=("a=1",), text="a", inputs=("x=1",)) == [
        "--class GPT: it opens as BertModel, BertForMaskedLM",
        "--arg is for a Python file, and this has a config.json",
        "--text and --input do not go together",
    ]


def test_a_folder_without_weights_takes_random_ones_only_on_request() -> None:
    bare = HuggingFaceFolder("/m/bare", "vit", ("ViTModel",), 0, "picture")
    (said,) = mistakes(bare)
    assert "--random" in said
    assert choose(bare, Wishes(random=True)) == HuggingFaceModel("/m/bare", "ViTModel", True)
    (said,) = mistakes(bare, random=True, text="a cat")
    assert "this one reads picture" in said


def test_weights_are_no_model() -> None:
    (said,) = mistakes(WeightsFile("/m/w.safetensors", ()))
    assert "--weights" in said
