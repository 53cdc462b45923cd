"""Where a model of the user's own comes from: what a path turned out to be, and how to open it.

The engine looks at a path without running anything of it (`Find` in `messages`) and answers with
one of `Found`. A person then chooses, and the choice, one of `Own`, is what is opened.
"""

from __future__ import annotations

import ast
import re
from typing import Any, Literal, NamedTuple

from msgspec import Struct

from explorer.core.values import Input

WEIGHTS = (".safetensors", ".pt", ".pth", ".bin", ".ckpt", ".jit")  # how files of them end


class Argument(Struct, frozen=True):
    """An argument that a class or function takes.

    ``hint`` and ``default`` are as written in the file; ``default`` is None where one must be
    given. ``kind`` says how to ask for it: any Python literal is an ``other``. ``choices`` are the
    texts that the hint names (``Literal["relu", "gelu"]``).
    """

    name: str
    hint: str = ""
    default: str | None = None
    kind: Literal["int", "float", "bool", "str", "other"] = "other"
    choices: tuple[str, ...] = ()


class Making(NamedTuple):
    """An argument that is made: ``name(**arguments)``, with literals, as a configuration is."""

    name: str
    arguments: dict[str, Any]


def making(text: str) -> Making | None:
    """``Config(width=8)`` as text; None for all else."""
    try:
        node = ast.parse(text.strip(), mode="eval").body
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.args:
            return None
        named = {str(k.arg): ast.literal_eval(k.value) for k in node.keywords if k.arg}
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None
    return Making(node.func.id, named) if len(named) == len(node.keywords) else None


class Candidate(Struct, frozen=True):
    """A class of a Python file that is a model, or a function or name that gives one.

    ``inputs`` are the arguments of its ``forward``, empty where the file does not tell.
    """

    name: str
    line: int
    doc: str
    arguments: tuple[Argument, ...]
    inputs: tuple[Argument, ...] = ()


class PythonFile(Struct, frozen=True, tag=True):
    """A Python file with models in it. Nothing of it has run.

    ``digest`` is the SHA-256 of its bytes: what a person allows is this text and no other.
    ``text`` is the file itself, ``example`` whether it has a function ``example_inputs()``.
    """

    path: str
    digest: str
    text: str
    candidates: tuple[Candidate, ...]
    example: bool


class HuggingFaceFolder(Struct, frozen=True, tag=True):
    """A folder with a ``config.json`` of transformers, and perhaps weights and a tokenizer.

    ``architectures`` are the classes that it can be opened as, the best one first. ``weights``
    are the bytes of its safetensors, 0 if there are none; ``reads`` what it is fed with.
    """

    path: str
    model_type: str
    architectures: tuple[str, ...]
    weights: int
    reads: Literal["text", "picture", "tensors"]


class WeightsFile(Struct, frozen=True, tag=True):
    """A file of tensors by name, for a model that is open: ``tensors`` are (name, shape, dtype)."""

    path: str
    tensors: tuple[tuple[str, tuple[int, ...], str], ...]


class PresetFolder(Struct, frozen=True, tag=True):
    """A preset of the user's own; ``preset`` is ``Preset.model_dump(mode="json")``."""

    path: str
    preset: dict[str, Any]


Found = PythonFile | HuggingFaceFolder | WeightsFile | PresetFolder


class PythonModel(Struct, frozen=True, tag=True):
    """``name(**arguments)`` of a Python file, which a person allowed to run by its ``digest``.

    ``arguments`` are Python literals as text. ``input`` is what to feed it at first, None for
    ``example_inputs()`` of the file.
    """

    path: str
    digest: str
    name: str
    arguments: dict[str, str]
    input: Input | None = None


class HuggingFaceModel(Struct, frozen=True, tag=True):
    """A folder of transformers opened as one of its architectures; ``random`` without weights."""

    path: str
    architecture: str
    random: bool = False
    input: Input | None = None


class LiveModel(Struct, frozen=True, tag=True):
    """A model in the program that called ``explorer.view``; ``name`` is its class."""

    name: str


Own = PythonModel | HuggingFaceModel | LiveModel


def title(own: Own) -> str:
    """What to call it: the class, or the folder's name; where that tells nothing, the one above.

    In the hub's cache a folder is ``models--org--name/snapshots/revision``.
    """
    if not isinstance(own, HuggingFaceModel):
        return own.name
    names = own.path.replace("\\", "/").strip("/").split("/")
    telling = [n for n in names if n.lower() not in _VAGUE and not re.fullmatch("[0-9a-f]{40}", n)]
    return (telling or names)[-1].rpartition("--")[2]


_VAGUE = {"model", "models", "snapshots", "checkpoint", "weights", "pytorch"}
