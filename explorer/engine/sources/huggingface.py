"""Folders of transformers: what they hold, and opening them offline, without code of theirs."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from explorer.core.presets import readable
from explorer.core.problem import Problem, phrase
from explorer.core.sources import HuggingFaceFolder, HuggingFaceModel
from explorer.core.values import TensorSpec
from explorer.engine.device import is_out_of_memory
from explorer.engine.feeds import Opened
from explorer.engine.sources.expected import choices, start_token
from explorer.engine.sources.feeding import (
    PictureFeed,
    Several,
    SingleFeed,
    TensorsFeed,
    made_by,
    photograph,
)
from explorer.engine.sources.files import check_entries, contents, head, located
from explorer.engine.sources.forward import Forward
from explorer.engine.sources.guessing import tries
from explorer.engine.sources.tokens import TextFeed
from explorer.engine.sources.trying import first_running
from explorer.engine.sources.weights import bytes_of, check_room, described

_TOKENIZERS = (
    "tokenizer.json", "tokenizer.model", "vocab.txt", "vocab.json", "spiece.model",
    "sentencepiece.bpe.model", "source.spm", "vocab.bpe",
)  # fmt: skip
_PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json", "model.pt", "model.pth")
_INDEX = "model.safetensors.index.json"
_SINGLE = "model.safetensors"
_MEAN = (0.5,)  # of a picture's numbers, where the folder does not say
_REMOTE = "auto_map"
_OTHER_SENSES = ("pixel_values", "input_features", "input_values", "visual_embeds", "visual_feats")
_NEGATIVE = re.compile(r"negative dimension (-\d+)")  # as PyTorch says it
_Found = tuple[str, ...]


def read_folder(folder: Path) -> HuggingFaceFolder:
    """What a folder with a ``config.json`` can be opened as. Raises Problem (kind ``model``)."""
    check_entries(folder)
    told = _told(folder)
    kind = told.get("model_type")
    if not isinstance(kind, str):
        raise Problem(
            "model",
            phrase("{path} is no configuration of transformers: it names no model_type."),
            phrase("Choose the folder that save_pretrained wrote."),
            path=readable(folder / "config.json"),
        )
    with _transformers() as library:
        config = _config(library, folder, kind, told)
        architectures = _architectures(library, told, kind)
        if not architectures:
            raise Problem(
                "model",
                phrase("transformers {version} has no model for “{model}”."),
                phrase("Update it: pip install -U transformers."),
                version=library.__version__,
                model=kind,
            )
        first = _class(library, architectures[0])
        reads = _reads(folder, config, first)
    weights = sum(bytes_of(described(file)) for file in _weights(folder))
    return HuggingFaceFolder(str(folder), kind, architectures, weights, reads)


def open_folder(own: HuggingFaceModel, device: torch.device) -> Opened:
    """Build the model and its feed. Raises Problem; nothing is fetched, no code of it is run."""
    folder = located(own.path)
    check_entries(folder)
    told = _told(folder)
    with _transformers() as library:
        config = _config(library, folder, str(told.get("model_type")), told)
        kind = _class(library, own.architecture)
        model, weights = _model(kind, folder, config, own.random, device)
        feed = _feed(library, folder, model.eval(), device)
        model = _said(folder, lambda: model.to(device))
    return Opened(model, Several(feed, own.input), weights, {})


# ---------------------------------------------------------------- the folder


def _told(folder: Path) -> dict[str, Any]:
    """Its configuration as it is written."""
    return _json(folder / "config.json")


def _json(file: Path) -> dict[str, Any]:
    head(file)
    try:
        told = json.loads(contents(file))
    except (ValueError, RecursionError) as error:
        raise Problem(
            "model",
            phrase("{path} is not valid JSON: {error}."),
            phrase("Fetch it again, or mend that line."),
            path=readable(file),
            error=error,
        ) from error
    if not isinstance(told, dict):
        raise _no_configuration(file)
    return told


def _no_configuration(file: Path) -> Problem:
    return Problem(
        "model",
        phrase("{path} is no configuration."),
        phrase("Choose the folder that save_pretrained wrote."),
        path=readable(file),
    )


def _is_inside(name: Any) -> bool:
    """Whether it is a name of a file in the folder or below; a link in it may lead elsewhere."""
    if not isinstance(name, str) or not name.isprintable():
        return False
    return not Path(name).anchor and ".." not in Path(name).parts


def _weights(folder: Path) -> list[Path]:
    """Its safetensors, all shards of them. Raises Problem if some are missing or only pickles."""
    if (folder / _INDEX).is_file():
        shards = _json(folder / _INDEX).get("weight_map")
        named = list(shards.values()) if isinstance(shards, dict) else []
        if not all(map(_is_inside, named)):
            raise _no_configuration(folder / _INDEX)
        files = [folder / name for name in sorted(set(named))]
        missing = [file.name for file in files if not os.path.isfile(file)]
        if missing or not files:
            raise Problem(
                "weights",
                phrase("{path} lacks {count} of {all} files of its weights: {names}."),
                phrase("Fetch the missing ones into the folder."),
                path=readable(folder),
                count=len(missing),
                all=len(files),
                names=", ".join(missing[:4]) or _INDEX,
            )
        return files
    if (folder / _SINGLE).is_file():
        return [folder / _SINGLE]
    pickles = [name for name in _PICKLES if (folder / name).is_file()]
    if pickles:
        raise Problem(
            "weights",
            phrase("{path} has its weights as a pickle only ({name}), which can run code."),
            phrase(
                "Where you trust it, convert it once: "
                "AutoModel.from_pretrained(folder).save_pretrained(folder)."
            ),
            path=readable(folder),
            name=pickles[0],
        )
    return []


def _reads(
    folder: Path, config: Any, kind: type[nn.Module]
) -> Literal["text", "picture", "tensors"]:
    main = _main(kind)
    if main == "input_ids" and _has_tokenizer(folder):
        return "text"
    if main == "pixel_values" and not hasattr(config, "num_frames"):
        return "picture"
    return "tensors"


def _main(kind: type[nn.Module]) -> str:
    return str(getattr(kind, "main_input_name", "input_ids"))


def _has_tokenizer(folder: Path) -> bool:
    return any((folder / name).is_file() for name in _TOKENIZERS)


# ---------------------------------------------------------------- transformers


@contextmanager
def _transformers() -> Iterator[Any]:
    """The library, which may not reach for the network meanwhile. Raises Problem without it."""
    if importlib.util.find_spec("transformers") is None:
        raise Problem(
            "model",
            phrase("Hugging Face folders are opened with transformers, which is not installed."),
            phrase('Install it: pip install "layerscope[hf]".'),
        )
    import transformers  # takes seconds: only who needs it waits
    from huggingface_hub import constants

    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    transformers.utils.logging.disable_progress_bar()
    try:
        yield transformers
    finally:
        constants.HF_HUB_OFFLINE = before


def _config(library: Any, folder: Path, kind: str, told: dict[str, Any]) -> Any:
    """Its configuration, as the library's own class for it reads it."""
    if kind not in library.CONFIG_MAPPING:
        if _REMOTE in told:
            raise Problem(
                "model",
                phrase("{path} needs code that it brings along ({model}), which is never run."),
                phrase("Open the Python file with the model's class, and put the weights into it."),
                path=readable(folder),
                model=kind,
            )
        raise Problem(
            "model",
            phrase("transformers {version} does not know “{model}”, which {path} is."),
            phrase("Update it: pip install -U transformers."),
            version=library.__version__,
            model=kind,
            path=readable(folder),
        )
    return _said(
        folder,
        lambda: library.AutoConfig.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False
        ),
    )


def _said(folder: Path, work: Any) -> Any:
    """Do it; what the library raises becomes a Problem with its words."""
    try:
        return work()
    except Exception as error:
        if is_out_of_memory(error):
            raise
        traceback.print_exc()
        text = " ".join(str(error).split())
        if (negative := _NEGATIVE.search(text)) is not None:
            raise _too_small(folder, int(negative[1])) from error
        raise Problem(
            "model",
            phrase("{path} cannot be opened: {error}."),
            phrase("The log has the details."),
            path=readable(folder),
            error=f"{type(error).__name__}: {text[:300]}".rstrip("."),
        ) from error


def _too_small(folder: Path, size: int) -> Problem:
    """The problem of a size below 0, and of which field of the configuration it is if one is."""
    fields = [name for name, value in _told(folder).items() if value == size]
    if len(fields) != 1:
        return Problem(
            "model",
            phrase("{path} asks for a tensor with a negative size: {size}."),
            phrase("Mend it in its config.json."),
            path=readable(folder),
            size=size,
        )
    return Problem(
        "model",
        phrase("{field} of {path} is {size}, and no size can be negative."),
        phrase("Mend it in its config.json."),
        field=fields[0],
        path=readable(folder),
        size=size,
    )


def _architectures(library: Any, told: dict[str, Any], kind: str) -> _Found:
    """Classes for this kind of model: those that the folder names, then all that there are."""
    from transformers.models.auto import modeling_auto

    listed = told.get("architectures") or []
    named = listed if isinstance(listed, list) else []
    found = [name for name in named if isinstance(name, str) and _model_class(library, name)]
    tables = sorted(name for name in dir(modeling_auto) if name.endswith("_MAPPING_NAMES"))
    tables.sort(key=lambda name: name not in ("MODEL_MAPPING_NAMES",))
    for name in tables:
        made = getattr(modeling_auto, name).get(kind) if name != "CONFIG_MAPPING_NAMES" else None
        found += [made] if isinstance(made, str) else list(made or ())
    return tuple(dict.fromkeys(found))


def _class(library: Any, name: str) -> Any:
    """A class of models by its name. Raises Problem for anything else."""
    found = _model_class(library, name)
    if found is None:
        raise Problem(
            "model",
            phrase("transformers {version} has no model {name}."),
            phrase("Choose another of its architectures."),
            version=library.__version__,
            name=name,
        )
    return found


def _model_class(library: Any, name: str) -> Any:
    """A class of the library that is one of models, None for any other name."""
    try:
        found = getattr(library, name, None)
    except (ImportError, RuntimeError):  # it needs what is not installed
        return None
    if isinstance(found, type) and issubclass(found, library.PreTrainedModel):
        return found
    return found if name.startswith("AutoModel") and hasattr(found, "from_config") else None


def _model(
    kind: Any, folder: Path, config: Any, random: bool, device: torch.device
) -> tuple[Any, str]:
    """The model, and a word for its weights."""
    auto = hasattr(kind, "from_config")
    own = {"trust_remote_code": False} if auto else {}
    if random:
        make = partial(kind.from_config if auto else kind._from_config, config, **own)
        check_room(folder, _size(make), device)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return _said(folder, make), "random"
    files = _weights(folder)
    if not files:
        raise Problem(
            "weights",
            phrase("{path} has no weights."),
            phrase("Open it with random ones, or put model.safetensors into it."),
            path=readable(folder),
        )
    size = sum(bytes_of(described(file)) for file in files)
    for place in {torch.device("cpu"), device}:
        check_room(folder, size, place)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)  # for what the files do not have
        model, told = _said(
            folder,
            lambda: kind.from_pretrained(
                str(folder), config=config, local_files_only=True, use_safetensors=True,
                output_loading_info=True, **own,
            ),
        )  # fmt: skip
    return model, _word(folder, model, told)


def _size(make: Callable[[], nn.Module]) -> int:
    """The bytes of a model, built without its numbers; 0 for one that cannot be built so."""
    try:
        with torch.device("meta"):
            return sum(tensor.nbytes for tensor in make().state_dict().values())
    except Exception:  # whatever it does with its numbers while it is built
        return 0


def _word(folder: Path, model: nn.Module, told: dict[str, Any]) -> str:
    """ "pretrained", and what of it is not. Raises Problem if most is not."""
    missing = sorted(told.get("missing_keys") or ())
    unused = len(told.get("unexpected_keys") or ())
    sizes = {name: tensor.numel() for name, tensor in model.state_dict().items()}
    absent = sum(sizes.get(name, 0) for name in missing)
    if 2 * absent > sum(sizes.values()):
        raise Problem(
            "weights",
            phrase("{path} lacks most weights of {model}: {names}, …"),
            phrase("Choose the architecture that it was saved as, or open it with random weights."),
            path=readable(folder),
            model=type(model).__name__,
            names=", ".join(missing[:4]),
        )
    said = [f"{len(missing)} random"] if missing else []
    said += [f"{unused} unused"] if unused else []
    return f"pretrained ({', '.join(said)})" if said else "pretrained"


# ---------------------------------------------------------------- what to feed it


def _feed(library: Any, folder: Path, model: Any, device: torch.device) -> list[SingleFeed]:
    forward = Forward(model, {"use_cache": False})  # so that the output is numbers alone
    config, main = model.config, _main(type(model))
    dtype = str(model.dtype).removeprefix("torch.")
    reads = _reads(folder, config, type(model))
    plain = main == "input_ids" and not any(one.name in _OTHER_SENSES for one in forward.arguments)
    specs: tuple[TensorSpec, ...] = next(choices(config, main, dtype), ())
    runs = plain
    if not plain:
        likely = chain(choices(config, main, dtype), tries(model, forward))
        specs, runs = first_running(model, forward, likely)
    labels = _classes(config, model)
    feeds: list[SingleFeed] = [TensorsFeed(forward, specs, device)]
    beside = _beside(specs, main, config, device)
    picture = next((spec for spec in specs if spec.name == "pixel_values"), None)
    if runs and picture is not None and len(picture.shape) == 4 and picture.shape[1] in (1, 3):
        others = _beside(specs, picture.name, config, device)
        seen = PictureFeed(forward, picture, device, *_standard(folder), others, labels)
        feeds.insert(0 if reads == "picture" else 1, seen)
        if main != picture.name:
            beside[picture.name] = seen.image(photograph())
    if reads == "text":
        tokenizer = _tokenizer(library, folder, config)
        feeds.insert(0, TextFeed(forward, tokenizer, model, device, beside, labels))
    return feeds


def _beside(
    specs: tuple[TensorSpec, ...], changed: str, config: Any, device: torch.device
) -> dict[str, Tensor]:
    """What is given beside what a person changes: made-up numbers, the first token of an answer."""
    found = {}
    generator = torch.Generator().manual_seed(0)
    for spec in specs:
        if spec.name == "decoder_input_ids":
            found[spec.name] = torch.full(spec.shape, start_token(config), device=device)
        elif spec.name != changed:
            found[spec.name] = made_by(spec, generator).to(device)
    return found


def _classes(config: Any, model: nn.Module) -> _Found:
    """Names of classes, for a model that tells some apart."""
    names = getattr(config, "id2label", None) or {}
    tells = "Classification" in type(model).__name__
    return tuple(str(names[n]) for n in sorted(names)) if tells else ()


def _tokenizer(library: Any, folder: Path, config: Any) -> Any:
    try:
        tokenizer = library.AutoTokenizer.from_pretrained(
            str(folder), config=config, local_files_only=True, trust_remote_code=False
        )
        tokenizer("a")  # some only notice now what they lack
        return tokenizer
    except Exception as error:
        traceback.print_exc()
        text = " ".join(str(error).split())
        raise Problem(
            "model",
            phrase("The tokenizer of {path} cannot be read: {error}."),
            phrase("Fetch its files again; without any, the model opens for token numbers."),
            path=readable(folder),
            error=f"{type(error).__name__}: {text[:300]}".rstrip("."),
        ) from error


def _standard(folder: Path) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation that a picture's numbers are brought to, per channel."""
    file = folder / "preprocessor_config.json"
    if not file.is_file():
        return _MEAN, _MEAN
    told = _json(file)
    if told.get("do_normalize") is False:
        return (0.0,), (1.0,)
    pairs = []
    for name in ("image_mean", "image_std"):
        found = told.get(name)
        numbers = found if isinstance(found, list) else []
        valid = numbers and all(isinstance(n, int | float) for n in numbers)
        pairs.append(tuple(map(float, numbers)) if valid else _MEAN)
    return pairs[0], pairs[1]
