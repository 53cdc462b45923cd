"""Names that follow from what a model is and from what its arguments are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from explorer.core.spec import CNNSpec, GPTSpec, MLPSpec
from explorer.engine.attention import first_readers, scores_of
from explorer.engine.axes.spaces import CERTAIN, Spaces
from explorer.engine.script import Script

# The arguments of models in `transformers`, by name and number of axes, as its documentation has
# them; S is the length of what an encoder reads for a decoder.
_KNOWN: dict[tuple[str, int], tuple[str, ...]] = {
    ("input_ids", 2): ("B", "T"),
    ("attention_mask", 2): ("B", "T"),
    ("token_type_ids", 2): ("B", "T"),
    ("position_ids", 2): ("B", "T"),
    ("bbox", 3): ("B", "T", ""),
    ("inputs_embeds", 3): ("B", "T", "C"),
    ("decoder_input_ids", 2): ("B", "T"),
    ("decoder_attention_mask", 2): ("B", "T"),
    ("decoder_inputs_embeds", 3): ("B", "T", "C"),
    ("encoder_hidden_states", 3): ("B", "S", "C"),
    ("encoder_attention_mask", 2): ("B", "S"),
    ("pixel_values", 4): ("B", "C", "H", "W"),
    ("pixel_values", 5): ("B", "", "C", "H", "W"),
    ("input_values", 2): ("B", "T"),
    ("input_values", 3): ("B", "", ""),
    ("input_features", 3): ("B", "", ""),
    ("past_values", 2): ("B", "T"),
}
_READ_BY_ENCODER = ("input_ids", "attention_mask", "inputs_embeds", "input_values")


def known_inputs(
    model: nn.Module, inputs: Mapping[str, Tensor], script: Script
) -> dict[str, tuple[str, ...]]:
    """The axes of the arguments whose names are a convention.

    It holds for models of `transformers`, and for arguments that another model hands to one of
    these, unchanged, and uses for nothing else.
    """
    if not _is_theirs(model):
        inputs = _handed_over(model, inputs, script)
    answers = any(name.startswith("decoder_") for name in inputs)
    found = {}
    for name, tensor in inputs.items():
        axes = _KNOWN.get((name, tensor.dim()))
        if axes is not None:
            if answers and name in _READ_BY_ENCODER:
                axes = tuple("S" if axis == "T" else axis for axis in axes)
            found[name] = axes
    return found


def _is_theirs(module: nn.Module | None) -> bool:
    """Whether a module is a model of `transformers` with a forward of its own."""
    code = getattr(type(module), "forward", None)
    return (
        hasattr(module, "main_input_name")
        and str(getattr(code, "__module__", "")).partition(".")[0] == "transformers"
    )


def _handed_over(
    model: nn.Module, inputs: Mapping[str, Tensor], script: Script
) -> dict[str, Tensor]:
    """The arguments that only one and the same module of `transformers` reads."""
    modules = dict(model.named_modules())
    if not any(map(_is_theirs, modules.values())):
        return {}
    calls = script.calls()
    readers: dict[int, set[str]] = {}
    for event in script.events():
        reader, call = "", calls[event.call]
        while call.parent >= 0:
            if _is_theirs(modules.get(call.module)):
                reader = call.module  # the outermost counts
            call = calls[call.parent]
        for ref in event.inputs:
            readers.setdefault(script.ids[ref], set()).add(reader)
    found = {name: tensor for name, tensor in inputs.items() if id(tensor) in readers}
    whole = {frozenset(readers[id(tensor)]) for tensor in found.values()} - {frozenset({""})}
    if len(whole) != 1 or "" in (only := next(iter(whole))) or len(only) != 1:
        return {}  # two of these may mean different samples
    return {name: tensor for name, tensor in found.items() if readers[id(tensor)] == only}


def label(spaces: Spaces, model: nn.Module) -> None:
    """Name what the model's configuration and its hand-written attention make certain."""
    _name_vocabulary(spaces, model)
    script = spaces.script
    maps, readers = set(), first_readers(script)
    for index, step in enumerate(script.steps):
        if (product := scores_of(script, index, readers)) >= 0:
            weights, query = step.results[0], script.steps[product].reads[0]
            queries, keys = spaces.axis(weights, -2), spaces.axis(weights, -1)
            spaces.queries_keys.append((queries, keys))
            if spaces.rank(weights) == 4:
                maps.add((spaces.space(queries), spaces.space(keys)))
                heads = spaces.axis(weights, 1)
                spaces.heads.append((heads, (heads,)))
                if script.op(product) == "matmul" and spaces.rank(query) == 4:
                    spaces.heads.append((heads, (spaces.axis(query, -1),)))
        elif script.op(index) == "matmul" and spaces.rank(step.reads[0]) == 4:
            rows, columns = spaces.axes(step.reads[0])[-2:]
            met = (spaces.space(rows), spaces.space(columns)) in maps
            if met and len(step.reads) > 1 and spaces.rank(step.reads[1]) > 1:
                heads = spaces.axis(step.reads[0], 1)
                spaces.heads.append((heads, (spaces.axis(step.reads[1], -1),)))
    _name_heads(spaces)


def _name_heads(spaces: Spaces) -> None:
    """``heads`` and ``hs`` where attention is over (B, heads, T, hs).

    Where its second axis is one that the model was given, as the rows of a picture, or goes with
    such an axis, it has no heads.
    """
    given = {
        spaces.space(node)
        for ref, value in enumerate(spaces.values) if value.kind == "input"
        for node in spaces.axes(ref)
    }  # fmt: skip
    for heads, sides in spaces.heads:
        if spaces.space(heads) not in given and not spaces.moved(heads):
            for node in sides:
                spaces.name(node, "heads" if node == heads else "hs", CERTAIN)


def _name_vocabulary(spaces: Spaces, model: nn.Module) -> None:
    """(V, C) are the tables that a model of `transformers` says to read and to write tokens with.

    Of another model it is the table that its only integer argument looks up.
    """
    script = spaces.script
    refs = {id(script.tensors[ref]): ref for ref, v in enumerate(spaces.values) if v.writer < 0}
    for asked in ("get_input_embeddings", "get_output_embeddings"):
        module = _asked(model, asked)
        weight = getattr(module, "weight", None)
        ref = refs.get(id(weight))
        if isinstance(module, nn.Embedding | nn.Linear) and ref is not None and spaces.rank(ref):
            spaces.name(spaces.axis(ref, 0), "V", CERTAIN)
    if hasattr(model, "get_input_embeddings"):
        return
    ids = [
        r for r, v in enumerate(spaces.values) if v.kind == "input" and v.dtype.startswith("int")
    ]
    for index, step in enumerate(script.steps):
        if script.op(index) == "embedding" and ids == list(step.reads[:1]):
            spaces.name(spaces.axis(step.reads[1], 0), "V", CERTAIN)


def _asked(model: nn.Module, question: str) -> Any:
    try:
        return getattr(model, question)()
    except Exception:  # no such model, one without tokens, or another meaning of that name
        return None


def names_of(spec: MLPSpec | CNNSpec | GPTSpec, model: nn.Module) -> dict[str, tuple[str, ...]]:
    """The axes of what a model made from a spec is given, and of its weights."""
    found: dict[str, tuple[str, ...]] = {}
    if isinstance(spec, GPTSpec):
        found["tokens"] = ("B", "T")
        sides = {"fc1": ("4C", "C"), "fc2": ("C", "4C"), "lm_head": ("V", "C")}
    else:
        found["x"] = ("B", "features") if isinstance(spec, MLPSpec) else ("B", "C", "H", "W")
        sides = {}
    layers = [(path, m) for path, m in model.named_modules() if isinstance(m, nn.Linear)]
    for number, (path, _) in enumerate(layers):
        if isinstance(spec, GPTSpec):
            out, into = sides.get(path.rpartition(".")[2], ("C", "C"))
        else:
            into = "hidden" if number else "features"
            out = "classes" if number == len(layers) - 1 else "hidden"
        found[f"{path}.weight"] = (out, into)
        found[f"{path}.bias"] = (out,)
    return found
