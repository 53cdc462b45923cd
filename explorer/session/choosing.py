"""Choosing for a person who is not there: how to open what was found, as the command line says."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.core.problem import Problem, phrase
from explorer.core.sources import (
    Argument,
    Candidate,
    Found,
    HuggingFaceFolder,
    HuggingFaceModel,
    Own,
    PythonFile,
    PythonModel,
    making,
)
from explorer.core.values import Input, TensorsInput, TensorSpec, TextInput
from explorer.session import intents
from explorer.session.session import Session
from explorer.session.state import AppState

_TENSOR = re.compile(r"(\w+)=((?:\d+(?:,\d+)*)?)(?::(\w+)(?:<(\d+))?)?")


@dataclass(frozen=True)
class Wishes:
    """What was said about a model of one's own, as it was written.

    ``trust`` allows a Python file to run; ``name`` is a class, function or architecture;
    ``arguments`` are ``name=value``, ``inputs`` ``name=2,3:float32``; ``text`` is to be read;
    ``weights`` a file for the model, ``random`` to do without any.
    """

    trust: bool = False
    name: str = ""
    arguments: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    text: str | None = None
    weights: str = ""
    random: bool = False


def answer(session: Session, wishes: Wishes) -> None:
    """Open whatever this session finds as is wished, and put in the weights."""

    def render(old: AppState | None, new: AppState) -> None:
        if old is not None and new.found is not None and new.found is not old.found:
            try:
                session.take(intents.OpenOwn(choose(new.found, wishes)))
            except Problem as problem:
                session.take(intents.ForgetFound())
                session.take(
                    intents.Report(problem.kind, problem.text, problem.remedy, problem.values)
                )
        if old is not None and new.own is not None and new.own is not old.own and wishes.weights:
            session.take(intents.PutWeights(wishes.weights))
        if new.banner is not None and new.banner.kind == "put":
            session.take(intents.Dismiss())

    session.listen(render)


def choose(found: Found, wishes: Wishes) -> Own:
    """How to open it. Raises Problem (kind ``input``) with everything that is amiss."""
    mistakes: list[str] = []
    own: Own | None = None
    if isinstance(found, PythonFile):
        own = _python(found, wishes, mistakes)
    elif isinstance(found, HuggingFaceFolder):
        own = _hugging_face(found, wishes, mistakes)
    else:
        mistakes.append("it is no model by itself, but --weights puts such a file into one")
    if mistakes or own is None:
        raise Problem(
            "input",
            phrase("{path} cannot be opened so: {mistakes}."),
            phrase("`layerscope trace --help` shows how to say it."),
            path=found.path,
            mistakes="; ".join(mistakes),
        )
    return own


def _python(found: PythonFile, wishes: Wishes, mistakes: list[str]) -> PythonModel | None:
    if not wishes.trust:
        mistakes.append("it is a Python file, whose code would run: --trust allows that")
    if wishes.random:
        mistakes.append("--random is for a Hugging Face folder")
    candidate = _candidate(found.candidates, wishes.name, mistakes)
    arguments = _arguments(candidate, wishes.arguments, mistakes)
    given = _given(wishes, mistakes)
    if isinstance(given, TensorsInput) and candidate is not None and candidate.inputs:
        known = [argument.name for argument in candidate.inputs]
        for tensor in given.tensors:
            if tensor.name not in known:
                mistakes.append(f"--input {tensor.name}: forward takes {_listed(known)}")
    if candidate is None:
        return None
    return PythonModel(
        path=found.path,
        digest=found.digest,
        name=candidate.name,
        arguments=arguments,
        input=given,
    )


def _hugging_face(
    found: HuggingFaceFolder, wishes: Wishes, mistakes: list[str]
) -> HuggingFaceModel | None:
    name = wishes.name or (found.architectures[0] if found.architectures else "")
    if name not in found.architectures:
        mistakes.append(f"--class {name}: it opens as {_listed(found.architectures)}")
    if wishes.arguments:
        mistakes.append("--arg is for a Python file, and this has a config.json")
    if not found.weights and not wishes.random:
        mistakes.append("it holds no weights: --random takes random ones")
    given = _given(wishes, mistakes)
    if isinstance(given, TextInput) and found.reads != "text":
        mistakes.append(f"--text is for a model that reads text, and this one reads {found.reads}")
    return HuggingFaceModel(path=found.path, architecture=name, random=wishes.random, input=given)


def _candidate(candidates: Sequence[Candidate], name: str, mistakes: list[str]) -> Candidate | None:
    names = [candidate.name for candidate in candidates]
    if not candidates:
        mistakes.append("there is no torch.nn.Module in it")
    elif name and name not in names:
        mistakes.append(f"--class {name}: there is {_listed(names)}")
    elif not name and len(candidates) > 1:
        mistakes.append(f"--class says which one: {_listed(names)}")
    else:
        return next(c for c in candidates if not name or c.name == name)
    return None


def _arguments(
    candidate: Candidate | None, said: Sequence[str], mistakes: list[str]
) -> dict[str, str]:
    """The arguments of the class as Python literals, by name."""
    given: dict[str, str] = {}
    known = {argument.name: argument for argument in candidate.arguments} if candidate else {}
    for one in said:
        name, equals, value = one.partition("=")
        if not equals or not name.isidentifier():
            mistakes.append(f"--arg {one}: write it as name=value")
        elif candidate is not None and name not in known:
            mistakes.append(f"--arg {name}: {candidate.name} takes {_listed(list(known))}")
        elif name in given:
            mistakes.append(f"--arg {name} is given twice")
        elif name in known and value in known[name].choices:
            given[name] = repr(value)
        elif _literal(value) or (_is_free(known.get(name)) and making(value) is not None):
            given[name] = value
        elif name in known and known[name].kind == "str":
            given[name] = repr(value)  # a shell takes the quotes away
        elif name in known and known[name].choices:
            mistakes.append(f"--arg {name}: {value} is none of {_listed(known[name].choices)}")
        else:
            mistakes.append(f"--arg {name}: {value} is no Python literal")
    missing = [n for n, argument in known.items() if argument.default is None and n not in given]
    for name in missing:
        if not any(one.partition("=")[0] == name for one in said):
            mistakes.append(f"--arg {name}=… is missing")
    return given


def _given(wishes: Wishes, mistakes: list[str]) -> Input | None:
    """What to feed the model; None leaves it to what is opened."""
    if wishes.text is not None:
        if wishes.inputs:
            mistakes.append("--text and --input do not go together")
        return TextInput(wishes.text)
    tensors = [_tensor(one, mistakes) for one in wishes.inputs]
    names = [tensor.name for tensor in tensors if tensor is not None]
    mistakes += [f"--input {n} is given twice" for n in sorted(set(names)) if names.count(n) > 1]
    return TensorsInput(tuple(t for t in tensors if t is not None)) if tensors else None


def _tensor(said: str, mistakes: list[str]) -> TensorSpec | None:
    """``x=1,3,224,224:float32``; integers may have a bound, as in ``ids=1,16:int64<1000``."""
    parts = _TENSOR.fullmatch(said)
    if parts is None:
        mistakes.append(f"--input {said}: write it as x=1,3,224,224:float32 or ids=1,16:int64<100")
        return None
    name, sizes, dtype, high = parts.groups()
    shape = tuple(int(size) for size in sizes.split(",")) if sizes else ()
    whole = dtype is not None and not dtype.startswith(("float", "bfloat", "complex"))
    return TensorSpec(
        name=name,
        shape=shape,
        dtype=dtype or "float32",
        fill="integers" if whole else "normal",
        high=int(high) if high else 2,
    )


def _is_free(argument: Argument | None) -> bool:
    return argument is None or argument.kind == "other"


def _literal(text: str) -> bool:
    try:
        ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
