"""Opening a model of a Python file: running the very bytes that a person allowed."""

from __future__ import annotations

import ast
import hashlib
import inspect
import random
import traceback
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from explorer.core.presets import readable
from explorer.core.problem import Problem, phrase
from explorer.core.sources import Argument, Candidate, Making, PythonModel, making
from explorer.core.values import TensorSpec
from explorer.engine.cancelling import Cancelled
from explorer.engine.device import is_out_of_memory
from explorer.engine.feeds import Given, Opened
from explorer.engine.nesting import substituted, tensors
from explorer.engine.quiet import printing_nothing
from explorer.engine.sources.feeding import (
    DTYPES,
    BytesFeed,
    ExampleFeed,
    PictureFeed,
    Several,
    SingleFeed,
    TensorsFeed,
)
from explorer.engine.sources.files import contents, located
from explorer.engine.sources.forward import Forward
from explorer.engine.sources.guessing import guess
from explorer.engine.sources.hosting import hosted, is_installed
from explorer.engine.sources.reading import EXAMPLE, candidate, not_python

META = torch.device("meta")
_BYTES = 256  # rows of a table that can hold every byte
_WRONG: dict[str, tuple[type, ...]] = {
    "int": (int,), "float": (float, int), "bool": (bool,), "str": (str,),
}  # fmt: skip


def open_python(own: PythonModel, device: torch.device) -> Opened:
    """Run the file, build the model, and find out how to feed it. Raises Problem."""
    file = located(own.path)
    data = contents(file)
    if hashlib.sha256(data).hexdigest() != own.digest:
        raise Problem(
            "model",
            phrase("{path} has changed since you allowed it to run."),
            phrase("Open it again, and look at what it says now."),
            path=readable(file),
        )
    arguments = _arguments(own, candidate(file, data, own.name))
    with hosted(file, data) as module:
        torch.manual_seed(0)  # random weights are the same each time
        random.seed(0)
        np.random.seed(0)
        run = _Run(file)
        run(exec, _compiled(file, data), module.__dict__)
        model = _built(run, module, own.name, arguments)
        run(model.eval)
        place = META if _without_numbers(model) else device
        feed, axes = _feed(run, module, model, own, place)
        run(_move, model, device)
        if any(is_lazy(tensor) for tensor in model.parameters()):
            _complete(run, model, feed)
    return Opened(model, feed, "random", axes)


class _Run:
    """Calls what a file brought; whatever it raises becomes a Problem that names the line."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __call__(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        try:
            return work(*args, **kwargs)
        except SystemExit as error:
            raise self._problem(error, phrase("{place} ended the program: {error}.")) from error
        except (Problem, Cancelled):
            raise
        except BaseException as error:  # a file may raise what is no Exception, too
            if _words(error) is not None and is_out_of_memory(error):
                raise
            traceback.print_exc()
            raise self._problem(error, phrase("{place} raised {error}.")) from error

    def _problem(self, error: BaseException, text: str) -> Problem:
        folder = str(self._file.parent)
        frames = traceback.extract_tb(error.__traceback__)
        own = [f for f in frames if f.filename.startswith(folder) and not is_installed(f.filename)]
        place = f"{own[-1].filename}:{own[-1].lineno}" if own else str(self._file)
        if isinstance(error, SyntaxError) and error.filename:
            place = f"{error.filename}:{error.lineno}"
        remedy = phrase("Mend it and open it again; the log has the details.")
        if isinstance(error, ModuleNotFoundError):
            remedy = phrase("Install what it needs beside Layerscope, with pip.")
        words = _words(error)
        said = f"{type(error).__name__}: {words}" if words else type(error).__name__
        return Problem("model", text, remedy, place=readable(place), error=said.rstrip("."))


def _words(error: BaseException) -> str | None:
    """What an error says; None for one of the file's own that fails to say it."""
    try:
        return str(error)
    except Cancelled:
        raise
    except BaseException:
        return None


def _compiled(file: Path, data: bytes) -> Any:
    """The code of a file's bytes."""
    try:
        return compile(data, str(file), "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise not_python(file, error) from error


# ---------------------------------------------------------------- the model


class _Asked(NamedTuple):
    """Something of the file's own to be made; ``usual`` if that is the default as written."""

    what: Making
    usual: bool


def _arguments(own: PythonModel, found: Candidate | None) -> dict[str, Any]:
    """The literals that a person gave; what was left at its default is left out."""
    if found is None:
        raise _no_such(own.path, own.name)
    known = {argument.name: argument for argument in found.arguments}
    given = {}
    texts = {a.name: a.default for a in found.arguments if a.default and a.default.endswith("()")}
    for name, text in (texts | own.arguments).items():
        if name not in known:
            raise _bad(name, text, phrase("{owner} has no argument {name}."), own.name)
        if (made := making(text)) is not None:
            given[name] = _Asked(made, text.strip() == known[name].default)
        elif text.strip() != known[name].default:
            given[name] = _literal(known[name], text, own.name)
    missing = [a.name for a in found.arguments if a.default is None and a.name not in given]
    if missing:
        raise _bad(", ".join(missing), "", phrase("{owner} needs {name}."), own.name)
    return given


def _literal(argument: Argument, text: str, owner: str) -> Any:
    """A Python literal; where text is asked for, it may come without quotes."""
    try:
        value = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError) as error:
        if argument.kind == "str":
            return text
        said = phrase(
            "{name} = {given} is no Python literal such as 3, 0.1, “text”, [1, 2] or None."
        )
        raise _bad(argument.name, text, said, owner) from error
    if argument.kind == "str" and not isinstance(value, str):
        return text
    allowed = _WRONG.get(argument.kind)
    wrong = allowed and not isinstance(value, allowed)
    if wrong or (argument.kind in ("int", "float") and isinstance(value, bool)):
        raise _bad(argument.name, text, phrase("{name} = {given} is no {wanted}."), owner, argument)
    try:
        return float(value) if argument.kind == "float" else value
    except OverflowError as error:
        said = phrase("{name} = {given} is no {wanted}.")
        raise _bad(argument.name, text, said, owner, argument) from error


def _bad(name: str, text: str, said: str, owner: str, argument: Argument | None = None) -> Problem:
    return Problem(
        "model",
        said,
        phrase("Change it and open the model again."),
        name=name,
        given=text if len(text) <= 60 else text[:59] + "…",
        owner=owner,
        wanted=argument.kind if argument is not None else "",
    )


def _no_such(path: str, name: str) -> Problem:
    return Problem(
        "model",
        phrase("{path} has no class or function {name}."),
        phrase("Open the file again and choose another."),
        path=readable(path),
        name=name,
    )


def _built(run: _Run, module: ModuleType, name: str, arguments: dict[str, Any]) -> nn.Module:
    maker = getattr(module, name, None)
    if maker is None:
        raise _no_such(str(module.__file__), name)
    if isinstance(maker, nn.Module):
        return maker
    args = []
    for one in _parameters(maker):
        value = arguments.get(one.name)
        if isinstance(value, _Asked):
            if one.default is not one.empty and value.usual:
                del arguments[one.name]
                continue
            value = run(_class_of(module, value.what.name), **value.what.arguments)
            arguments[one.name] = value
        if one.kind is one.POSITIONAL_ONLY and one.name in arguments:
            args.append(arguments.pop(one.name))
    model = run(maker, *args, **arguments)
    if not isinstance(model, nn.Module):
        raise Problem(
            "model",
            phrase("{name} made a {found}, not a torch.nn.Module."),
            phrase("Choose another class or function of the file."),
            name=name,
            found=type(model).__name__,
        )
    return model


def _class_of(module: ModuleType, name: str) -> type:
    found = getattr(module, name, None)
    if not isinstance(found, type):
        raise _no_such(str(module.__file__), name)
    return found


def _parameters(maker: Any) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(maker).parameters.values())
    except (TypeError, ValueError):  # it was not written in Python
        return []


def _tensors(model: nn.Module) -> list[Tensor]:
    return [*model.parameters(), *model.buffers()]


def _without_numbers(model: nn.Module) -> bool:
    """Whether all of a model is on the meta device: so must be what it is given."""
    held = _tensors(model)
    return bool(held) and all(tensor.is_meta for tensor in held)


def _move(model: nn.Module, device: torch.device) -> None:
    """Put a model on a device; what is on the meta device has nothing to be moved, and stays."""
    if any(tensor.is_meta for tensor in _tensors(model)):
        model._apply(lambda tensor: _moved(tensor, device))
    else:
        model.to(device)


def _moved(tensor: Tensor, device: torch.device) -> Tensor:
    return tensor if tensor.is_meta else tensor.to(device)


def _complete(run: _Run, model: nn.Module, feed: Several) -> None:
    """Run a model once whose layers take their sizes from what they are given first."""
    args, kwargs = feed.arguments(feed.sample)
    with torch.no_grad(), printing_nothing():
        run(model, *args, **kwargs)


# ---------------------------------------------------------------- what to feed it


def _feed(
    run: _Run, module: ModuleType, model: nn.Module, own: PythonModel, device: torch.device
) -> tuple[Several, dict[str, tuple[str, ...]]]:
    """The file's example first if it has one, then what suits the model, and their axes."""
    forward = run(Forward, model)
    feeds: list[SingleFeed] = []
    example = getattr(module, EXAMPLE, None)
    if callable(example):
        held = _tensors(model)
        numbers = bool(held) and not any(tensor.is_meta for tensor in held)
        feeds.append(ExampleFeed(_example(run, example, forward, device, numbers)))
    specs, runs = (
        run(guess, model, forward) if not feeds else (run(_alike, feeds[0], forward), True)
    )
    axes: dict[str, tuple[str, ...]] = {}
    image = specs[0] if len(specs) == 1 and runs and _is_image(specs[0]) else None
    if image is not None:
        axes[image.name] = ("B", "C", "H", "W")
        feeds.append(PictureFeed(forward, image, device))
    if specs or not feeds:
        feeds.append(TensorsFeed(forward, specs, device))
    if (text := _bytes_feed(model, forward, specs, device)) is not None:
        axes[specs[0].name] = ("B", "T")
        feeds.append(text)
    return Several(feeds, own.input), axes


def _is_image(spec: TensorSpec) -> bool:
    """(1, C, H, W) of real numbers, grey or in colour."""
    real = spec.dtype in ("float32", "float16", "bfloat16", "float64")
    return real and len(spec.shape) == 4 and spec.shape[0] == 1 and spec.shape[1] in (1, 3)


def _bytes_feed(
    model: nn.Module, forward: Forward, specs: tuple[TensorSpec, ...], device: torch.device
) -> BytesFeed | None:
    """For a model of one sequence of integers with a table that has a row for every byte."""
    tables = [m.num_embeddings for m in model.modules() if isinstance(m, nn.Embedding)]
    alone = len(specs) == 1 and specs[0].fill == "integers" and len(specs[0].shape) == 2
    if not alone or specs[0].high < _BYTES or not tables:
        return None
    shorter = [rows for rows in tables if rows < specs[0].high and rows >= 8]
    return BytesFeed(forward, specs[0], device, min(shorter, default=1024))


def _alike(feed: SingleFeed, forward: Forward) -> tuple[TensorSpec, ...]:
    """Tensors like those of an example, for whoever wants to change their shapes.

    None if it has something else than tensors, which nobody can type into a form.
    """
    args, kwargs = feed.arguments(feed.sample)
    names = [one.name for one in forward.arguments]
    named = {**dict(zip(names, args, strict=False)), **kwargs}
    usual = all(
        isinstance(t, Tensor) and str(t.dtype).removeprefix("torch.") in DTYPES
        for t in named.values()
    )
    return tuple(_like(name, t) for name, t in named.items()) if usual else ()


def _like(name: str, tensor: Tensor) -> TensorSpec:
    dtype = str(tensor.dtype).removeprefix("torch.")
    shape = tuple(tensor.shape)
    if tensor.is_floating_point() or tensor.is_complex():
        return TensorSpec(name, shape, dtype, "normal")
    high = int(tensor.max()) + 1 if tensor.numel() and not tensor.is_meta else 1
    return TensorSpec(name, shape, dtype, "integers", max(high, 1))


def _example(
    run: _Run, example: Callable[[], Any], forward: Forward, device: torch.device, numbers: bool
) -> Given:
    """What ``example_inputs()`` returns, as arguments; with ``numbers`` if the model has some.
    Raises Problem (kind ``input``)."""
    made = run(example)
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = {}
    if isinstance(made, dict) and all(isinstance(name, str) for name in made):
        kwargs = made
    elif isinstance(made, tuple | list):
        args = tuple(made)
    elif isinstance(made, Tensor):
        args = (made,)
    else:
        raise Problem(
            "input",
            phrase("example_inputs() returned a {found}."),
            phrase("Return a tensor, a tuple of arguments, or a dictionary of named arguments."),
            found=type(made).__name__,
        )
    if wrong := forward.check(args, kwargs):
        raise Problem(
            "input",
            phrase("example_inputs() does not suit forward({taken}): {wrong}."),
            phrase("Return one value per argument of forward."),
            taken=", ".join(one.name for one in forward.arguments),
            wrong=wrong,
        )
    if numbers and any(tensor.is_meta for tensor in tensors((args, kwargs))):
        raise Problem(
            "input",
            phrase("example_inputs() returned a tensor on the meta device, which has no numbers."),
            phrase("Make it on the CPU, or the model on the meta device too."),
        )
    args, kwargs = run(substituted, (args, kwargs), lambda tensor: _moved(tensor, device))
    return args, kwargs
