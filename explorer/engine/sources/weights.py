"""Files of tensors by name: safetensors, and what ``torch.save`` wrote of a state dict.

Nothing that a pickle says is ever done: it is read with ``weights_only``, which knows tensors and
plain containers and no other class. https://docs.pytorch.org/docs/stable/notes/serialization.html
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from operator import itemgetter
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from explorer.core.presets import readable
from explorer.core.problem import Problem, phrase
from explorer.core.sources import WEIGHTS, WeightsFile
from explorer.engine.budget import free_memory
from explorer.engine.device import is_out_of_memory
from explorer.engine.sources.files import head, unreadable

_NESTS = (
    "state_dict",
    "model_state_dict",
    "model",
    "module",
    "net",
    "network",
    "weights",
    "params",
)
_WRAPPERS = ("_orig_mod.", "module.", "model.")  # of torch.compile, DataParallel, Lightning
_OURS = ("optimizer/", "random/")  # what a checkpoint has besides weights
_SHOWN = 8  # differences of one kind that are listed
_DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "C64": "complex64",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8", "U8": "uint8", "BOOL": "bool",
    "U16": "uint16", "U32": "uint32", "U64": "uint64",
    "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2",
}  # fmt: skip
_Described = tuple[tuple[str, tuple[int, ...], str], ...]


def read_weights(file: Path) -> WeightsFile:
    """What tensors a file holds, by its header where it has one. Raises Problem."""
    head(file)
    if _is_safetensors(file):
        return WeightsFile(str(file), described(file))
    found = _unpickled(file)
    listed = ((n, tuple(t.shape), str(t.dtype).removeprefix("torch.")) for n, t in found.items())
    return WeightsFile(str(file), tuple(listed))


def described(file: Path) -> _Described:
    """(name, shape, dtype) of the tensors of a safetensors file; only its header is read."""
    head(file)
    with _Opened(file) as opened:
        found = []
        for name in opened.keys():  # noqa: SIM118
            part = opened.get_slice(name)
            kind = part.get_dtype()
            found.append((name, tuple(part.get_shape()), _DTYPES.get(kind, kind)))
        return tuple(found)


def bytes_of(found: _Described) -> int:
    """The memory that described tensors take."""
    total = 0
    for _, shape, dtype in found:
        kind = getattr(torch, dtype, None)
        size = kind.itemsize if isinstance(kind, torch.dtype) else 1
        for length in shape:
            size *= length
        total += size
    return total


def check_room(path: str | Path, size: int, device: torch.device) -> None:
    """Raises Problem (kind ``memory``) if ``size`` bytes are more than a device has free."""
    free = free_memory(device)
    if free is not None and size > free:
        raise Problem(
            "memory",
            phrase("{path} takes {size} of memory, but only {free} are free on {device}."),
            phrase("Close what else uses it, or choose a smaller model."),
            path=readable(path),
            size=_gigabytes(size),
            free=_gigabytes(free),
            device=device,
        )


def _gigabytes(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


# ---------------------------------------------------------------- reading


def _is_safetensors(file: Path) -> bool:
    """By what it begins with: the length of its header, and the header's brace."""
    begins = head(file)
    magic = begins[8:9] == b"{" and int.from_bytes(begins[:8], "little") < 1 << 40
    return magic or (file.suffix == ".safetensors" and begins[:2] not in (b"PK", b"\x80\x02"))


class _Opened:
    """An open safetensors file; whatever is wrong with it becomes a Problem."""

    def __init__(self, file: Path) -> None:
        self._file = file
        try:
            self._opened = safe_open(file, framework="pt")
        except (OSError, SafetensorError) as error:
            raise self._damaged(error) from error

    def __enter__(self) -> Any:
        return self._opened.__enter__()

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._opened.__exit__(None, None, None)
        if isinstance(error, SafetensorError | OSError):
            raise self._damaged(error) from error

    def _damaged(self, error: Exception) -> Problem:
        if isinstance(error, PermissionError):
            return unreadable(self._file, error)
        return Problem(
            "weights",
            phrase("{path} is cut off, or no safetensors file: {error}."),
            phrase("Fetch it again."),
            path=readable(self._file),
            error=str(error).rstrip("."),
        )


def tensors_of(file: Path) -> dict[str, Tensor]:
    """The tensors of a file on the CPU, read when they are used where its format allows that.

    Raises Problem (kind ``weights``).
    """
    head(file)
    if not _is_safetensors(file):
        return _unpickled(file)
    with _Opened(file) as opened:
        ours = "layerscope" in (opened.metadata() or {})
        names = [n for n in opened.keys() if not (ours and n.startswith(_OURS))]  # noqa: SIM118
        return {name: opened.get_tensor(name) for name in names}


def _unpickled(file: Path) -> dict[str, Tensor]:
    archive = head(file).startswith(b"PK\x03\x04")
    if archive:
        _check_archive(file)
    else:
        check_room(file, file.stat().st_size, torch.device("cpu"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pickle protocols
            loaded = torch.load(file, map_location="cpu", weights_only=True, mmap=archive)
    except UnpicklingError as error:
        raise _refused(file, str(error)) from error
    except OSError as error:
        raise unreadable(file, error) from error
    except Exception as error:  # the reader trips over damaged bytes in many ways
        if is_out_of_memory(error):
            raise
        raise _cut_off(file) from error
    found = _state(loaded)
    if not found:
        raise Problem(
            "weights",
            phrase("{path} holds no tensors by name."),
            phrase("Save them with torch.save(model.state_dict(), …)."),
            path=readable(file),
        )
    return found


def _check_archive(file: Path) -> None:
    """Raises Problem for an archive that is damaged, or not one of ``torch.save``."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = [name.partition("/")[2] for name in archive.namelist()]
    except (zipfile.BadZipFile, OSError) as error:
        raise _cut_off(file) from error
    if "constants.pkl" in names or any(name.startswith("code/") for name in names):
        raise Problem(
            "weights",
            phrase("{path} is a TorchScript program: it was compiled, and has no steps to show."),
            phrase(
                "Save its weights with torch.save(torch.jit.load(…).state_dict(), …) and open them "
                "on the model's Python class; or return torch.jit.load(…) from a function in a "
                "Python file, to see it as one step."
            ),
            path=readable(file),
        )
    if "data.pkl" not in names:
        raise Problem(
            "weights",
            phrase("{path} is a zip archive, but not one that torch.save wrote."),
            phrase("Choose a file of weights: {suffixes}."),
            path=readable(file),
            suffixes=", ".join(WEIGHTS[:-1]),
        )


def _cut_off(file: Path) -> Problem:
    return Problem(
        "weights",
        phrase("{path} is cut off or damaged."),
        phrase("Fetch it again."),
        path=readable(file),
    )


def _refused(file: Path, said: str) -> Problem:
    named = re.search(r"GLOBAL ([\w.]+)|global ([\w.]+)|(?:class|type) ([\w.]+)", said)
    if not head(file).startswith((b"PK", b"\x80")):
        return Problem(
            "weights",
            phrase("{path} is no file of weights."),
            phrase("Choose a file of weights: {suffixes}."),
            path=readable(file),
            suffixes=", ".join(WEIGHTS[:-1]),
        )
    return Problem(
        "weights",
        phrase("{path} is a pickle of more than tensors ({name}): reading it would run its code."),
        phrase(
            "In the program that wrote it, save the tensors alone: "
            "torch.save(model.state_dict(), “weights.pt”), or safetensors."
        ),
        path=readable(file),
        name=next(filter(None, named.groups()), "…") if named else "…",
    )


def _state(loaded: Any) -> dict[str, Tensor]:
    """The state dict in what was loaded: itself, or where checkpoints usually have it."""
    if not isinstance(loaded, Mapping):
        return {}
    for name in _NESTS:
        if found := _tensors_by_name(loaded.get(name)):
            return found
    parts = [_tensors_by_name(part) for part in loaded.values()]
    return _tensors_by_name(loaded) or max(parts, key=len, default={})


def _tensors_by_name(thing: Any) -> dict[str, Tensor]:
    if not isinstance(thing, Mapping):
        return {}
    return {n: t for n, t in thing.items() if isinstance(n, str) and isinstance(t, Tensor)}


# ---------------------------------------------------------------- putting into a model


def put_weights(model: nn.Module, path: str) -> str:
    """Load the tensors of a file into a model, all or none; returns what to call them.

    Names must agree, except for what wrappers put in front of all. Raises Problem (kind
    ``weights``) that lists what does not fit.
    """
    file = Path(path)
    found = tensors_of(file)
    # what modules keep besides tensors (`get_extra_state`) stays as it is
    wanted = {name: t for name, t in model.state_dict().items() if isinstance(t, Tensor)}
    if any(tensor.is_meta for tensor in wanted.values()):
        raise Problem(
            "weights",
            phrase("The model is on the meta device, so it cannot take the numbers of {path}."),
            phrase("Make it on the CPU, and choose the weights again."),
            path=readable(file),
        )
    extra = {name for name, _ in model.named_buffers() if name not in wanted}  # made, not learned
    check_room(file, sum(t.nbytes for t in found.values()), torch.device("cpu"))
    tries = []
    for said, rename in _renamings(found, wanted):
        named = {rename(name): tensor for name, tensor in found.items()}
        if len(named) < len(found):
            continue  # two would get one name
        named = {name: tensor for name, tensor in named.items() if name not in extra}
        lines, count = _differences(named, wanted)
        if not count:
            return _label(file, said, _put(model, file, named, wanted))
        tries.append((count, lines))
    count, lines = min(tries, key=itemgetter(0))  # as the file says, if equal
    said = phrase(
        "{path} does not fit this model. Shapes in the file → in the model (– where it has no such "
        "tensor):\n{differences}"
    )
    if count > len(lines):
        said = phrase(
            "{path} does not fit this model. Shapes in the file → in the model (– where it has no "
            "such tensor):\n{differences}\n  … and {more} more."
        )
    raise Problem(
        "weights",
        said,
        phrase("Choose weights that were saved of this model with these sizes."),
        path=readable(file),
        differences="\n".join(lines),
        more=count - len(lines),
    )


def _renamings(
    found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]
) -> Iterator[tuple[str, Callable[[str], str]]]:
    """Ways to bring a file's names to a model's: as they are first, then without wrappers."""
    yield "", lambda name: name
    for wrapper in _WRAPPERS:
        if any(wrapper in name for name in found):
            pattern = re.compile(rf"(?:^|(?<=\.)){re.escape(wrapper)}")
            yield wrapper, lambda name, pattern=pattern: pattern.sub("", name)  # type: ignore[misc]
    before = _shared(found)
    while before:
        yield before, lambda name, before=before: name.removeprefix(before)  # type: ignore[misc]
        before = before.removesuffix(".").rpartition(".")[0]
        before += "." if before else ""
    for part in dict.fromkeys((_shared(wanted), *(f"{n.partition('.')[0]}." for n in wanted))):
        if part:
            yield f"+{part}", lambda name, part=part: part + name  # type: ignore[misc]


def _shared(names: Mapping[str, Tensor]) -> str:
    """The path that all names begin with, with its last dot."""
    parts = [name.split(".")[:-1] for name in names]
    same = []
    for column in zip(*parts, strict=False):
        if len(set(column)) > 1:
            break
        same.append(column[0])
    return "".join(f"{part}." for part in same)


def _differences(
    found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]
) -> tuple[list[str], int]:
    """What does not fit, as lines of some of it, and how much that is in all. A line has the shape
    in the file, then the one in the model. Of tied weights one is enough.
    """
    tied: dict[tuple[Any, ...], list[str]] = {}
    for name, tensor in wanted.items():
        tied.setdefault(_place(tensor), []).append(name)
    missing = [
        f"{name}  – → {_size(tensor)}"
        for name, tensor in wanted.items()
        if name not in found and not any(other in found for other in tied[_place(tensor)])
    ]
    unexpected = [f"{n}  {_size(t)} → –" for n, t in found.items() if n not in wanted]
    other = [
        f"{name}  {_kind(tensor, wanted[name])} → {_kind(wanted[name], tensor)}"
        for name, tensor in found.items()
        if name in wanted and not _fits(tensor, wanted[name])
    ]
    kinds = (other, missing, unexpected)
    lines = [f"  • {item}" for items in kinds for item in items[:_SHOWN]]
    return lines, sum(map(len, kinds))


def _place(tensor: Tensor) -> tuple[Any, ...]:
    if is_lazy(tensor) or tensor.layout is not torch.strided or not tensor.numel():
        return (id(tensor),)
    return tensor.device, tensor.data_ptr(), tuple(tensor.shape), tensor.stride()


def _fits(found: Tensor, wanted: Tensor) -> bool:
    if is_lazy(wanted):
        return True
    if found.shape != wanted.shape or found.is_complex() != wanted.is_complex():
        return False
    if found.is_floating_point() and not wanted.is_floating_point():
        return bool((found == found.round()).all())  # a counter, as ``model.half()`` saves it
    return found.is_floating_point() == wanted.is_floating_point()


def _size(tensor: Tensor) -> str:
    return "?" if is_lazy(tensor) else "×".join(map(str, tensor.shape)) or "1"


def _kind(tensor: Tensor, other: Tensor) -> str:
    """Its shape, and its dtype where that is the difference."""
    size = _size(tensor)
    alike = not is_lazy(other) and tensor.shape == other.shape
    return f"{size} {tensor.dtype}".replace("torch.", "") if alike else size


def _put(
    model: nn.Module, file: Path, named: Mapping[str, Tensor], wanted: Mapping[str, Tensor]
) -> str:
    """Copy, or leave everything as it was; returns how numbers were converted."""
    before = {n: t.detach().to("cpu", copy=True) for n, t in wanted.items() if not is_lazy(t)}
    whole = False
    try:
        model.load_state_dict(dict(named), strict=False)
        whole = True
    except RuntimeError as error:
        raise Problem(
            "weights",
            phrase("{path} does not fit this model:\n{differences}"),
            phrase("Choose weights that were saved of this model with these sizes."),
            path=readable(file),
            differences=str(error),
        ) from error
    finally:  # also when it was given up half-way
        if not whole:
            model.load_state_dict(before, strict=False)
    changes = {(t.dtype, wanted[n].dtype) for n, t in named.items() if t.dtype != wanted[n].dtype}
    said = sorted(f"{a} → {b}".replace("torch.", "") for a, b in changes)
    return ", ".join(said)


def _label(file: Path, removed: str, converted: str) -> str:
    """The file's name, and what was done to make it fit."""
    said = [part for part in (f"− {removed}" if removed else "", converted) if part]
    said = [part.replace("− +", "+ ") for part in said]
    return f"{readable(file.name)} ({', '.join(said)})" if said else readable(file.name)
