"""What recorded functions are called, what they do to memory, and their arguments in words."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from types import (
    BuiltinFunctionType,
    FunctionType,
    MethodDescriptorType,
    MethodWrapperType,
    WrapperDescriptorType,
)
from typing import Any, NamedTuple
from zlib import crc32

import torch
from torch import Tensor, nn
from torch._library.custom_ops import CustomOpDef
from torch._ops import OpOverload, OpOverloadPacket
from torch.utils._device import _device_constructors

from explorer.engine.nesting import PLAIN, named, tensors

_VALUES = (
    bool, int, float, complex, str, bytes, torch.dtype, torch.device, torch.layout,
    torch.memory_format,
)  # fmt: skip
_SAME = {
    "truediv": "div", "rtruediv": "div", "itruediv": "div_", "radd": "add", "iadd": "add_",
    "rmul": "mul", "imul": "mul_", "isub": "sub_", "rpow": "pow", "ipow": "pow_",
    "iand": "and_", "ior": "or_", "ixor": "xor_", "imod": "remainder_", "ilshift": "lshift_",
    "irshift": "rshift_", "ifloordiv": "floor_divide_", "imatmul": "matmul_",
    "rmatmul": "matmul", "divide": "div", "multiply": "mul", "subtract": "sub",
}  # fmt: skip

# Getters that give a tensor and setters that write numbers are events; all others are silent.
_DUAL = (torch._make_dual, torch._unpack_dual)
_TENSOR_SETTERS = {"real", "imag", "data"}
_TENSOR_GETTERS = _TENSOR_SETTERS | {"T", "mT", "H", "mH"}
_SILENT = {
    "size", "dim", "ndimension", "numel", "nelement", "stride", "storage_offset", "element_size",
    "is_contiguous", "is_floating_point", "is_complex", "is_signed", "is_same_size", "is_set_to",
    "is_inference", "is_tensor", "is_storage", "is_pinned", "get_device", "data_ptr",
    "untyped_storage", "__len__", "__hash__", "__repr__", "__format__", "__dir__", "__deepcopy__",
    "__reduce_ex__", "requires_grad_", "register_hook", "retain_grad", "backward", "__delete__",
}  # fmt: skip
_TELLING = {
    "item", "tolist", "numpy", "__bool__", "__int__", "__float__", "__index__", "__contains__",
    "__complex__", "__array__", "is_nonzero", "allclose", "equal",
}  # fmt: skip
_RESHAPING = {
    "unsqueeze_", "squeeze_", "t_", "transpose_", "swapaxes_", "swapdims_", "resize_",
    "resize_as_", "set_", "as_strided_",
}  # fmt: skip
_RANDOM = (
    "rand", "dropout", "bernoulli", "multinomial", "normal", "uniform", "poisson", "rrelu",
    "fractional_max_pool", "gamma", "dirichlet", "binomial", "gumbel", "exponential_",
    "cauchy_", "geometric_", "scaled_dot_product_attention", "multi_head_attention_forward",
    "lstm", "gru", "rnn_", "lowrank",
)  # fmt: skip


_WRITING = (
    "_fused_ada", "_fused_sgd", "_fused_moving_avg", "fused_moving_avg", "_amp_",
    "rrelu_with_noise",
)  # fmt: skip
_BY_PYTHON = ("map_", "map2_", "apply_")  # these write number by number
_BORROWING = {  # what these make of something that is no tensor may lie in its memory
    torch.as_tensor, torch.asarray, torch.frombuffer, torch.from_file,
    torch.utils.dlpack.from_dlpack,
}  # fmt: skip
_NO_RULES = torch._C._disabled_torch_function_impl  # as of parameters
UNSET = frozenset({  # ops that give whatever memory held
    "empty", "empty_like", "empty_strided", "empty_permuted", "new_empty", "new_empty_strided",
    "new", "resize_", "resize_as_",
})  # fmt: skip
# Ops that on a GPU add up in the order in which threads come.
# https://docs.pytorch.org/docs/stable/generated/torch.use_deterministic_algorithms.html
_UNORDERED = (
    "index_add", "index_put", "index_reduce", "scatter", "put", "cumsum", "bincount", "histc",
    "segment_reduce",
)  # fmt: skip
_BUILT_IN = (BuiltinFunctionType, MethodDescriptorType, MethodWrapperType, WrapperDescriptorType)


_FUSED = (
    "multi_head_attention_forward", "_native_multi_head", "_transformer_encoder", "lstm", "gru",
    "rnn_",
)  # fmt: skip


class Care(NamedTuple):
    """What the recorder must mind about a function.

    A ``silent`` one tells a size or the like and is no event; one that ``tells`` gives a number to
    Python, which may decide by it. ``writes`` are the arguments, by place and name, that it may
    overwrite; if ``when`` is given, only if that argument is true. ``random`` ones draw numbers,
    if all arguments ``draws`` are true (place, name, and what holds where it is not given);
    ``first`` says that there is no more to it than writing over the first argument, if that is
    given by place; one that ``borrows`` is no event where no tensor is in that: the memory is then
    somebody else's, and what lies in it a constant;
    ``reshapes`` means that the first argument may get another shape in place, ``uncounted`` that
    PyTorch does not count these writes in a tensor's version. One that ``settles`` goes by a
    setting of the process which models hold around it.
    """

    silent: bool = False
    tells: bool = False
    random: bool = False
    reshapes: bool = False
    uncounted: bool = False
    settles: bool = False
    writes: tuple[tuple[int, str], ...] = ()
    when: tuple[int, str] | None = None
    draws: tuple[tuple[int, str, bool], ...] = ()
    first: bool = False
    borrows: bool = False

    def is_drawing(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Whether this call may draw random numbers: a dropout may be off."""
        return self.random and all(
            args[place] if len(args) > place else kwargs.get(name, usual)
            for place, name, usual in self.draws
        )

    def overwrites(self, args: tuple[Any, ...], kwargs: dict[str, Any] | None) -> bool:
        """Whether this call may overwrite its ``writes``."""
        if self.when is None:
            return True
        place, name = self.when
        return bool(args[place] if len(args) > place else kwargs and kwargs.get(name))


NONE, SILENT, TELLS = Care(), Care(silent=True), Care(tells=True)


def care(func: Callable[..., Any]) -> Care:
    """Classify a function once; the recorder remembers the answer."""
    name = _plain_name(func)
    attribute = getattr(getattr(func, "__self__", None), "__name__", "")
    if name == "__get__":
        return NONE if attribute in _TENSOR_GETTERS else SILENT
    if name in _SILENT or (name == "__set__" and attribute not in _TENSOR_SETTERS):
        return SILENT
    if name in _TELLING:
        return TELLS
    writes, when = _overwrites(func, name)
    random = any(word in name for word in _RANDOM) and not name.endswith("_like_")
    put = name == "__set__" and attribute == "data"
    reshapes = name in _RESHAPING or name == "__set__"
    uncounted = "batch_norm" in name or "instance_norm" in name or put or name in _BY_PYTHON
    if told := _told_writes(func, name):
        writes, when, uncounted = told, None, True
    found = Care(
        random=random,
        reshapes=reshapes,
        uncounted=uncounted,
        writes=writes,
        when=when,
        draws=_draws(name),
        borrows=func in _BORROWING,
        first=[at for at, _ in writes] == [0] and not (random or reshapes or uncounted),
        settles=func in _device_constructors() or "attention" in name or "encoder_layer" in name,
    )
    return NONE if found == NONE else found


def _draws(name: str) -> tuple[tuple[int, str, bool], ...]:
    """``draws`` of a function's `Care`."""
    if name == "scaled_dot_product_attention":
        return ((4, "dropout_p", False),)
    if name in ("dropout", "dropout1d", "dropout2d", "dropout3d"):
        return (1, "p", True), (2, "training", True)
    if name in ("lstm", "gru", "rnn_tanh", "rnn_relu"):
        # Of a packed sequence all lies one place further: then these are layers and dropout.
        return (5, "dropout", True), (6, "train", True)
    return ()


def _overwrites(
    func: Callable[..., Any], name: str
) -> tuple[tuple[tuple[int, str], ...], tuple[int, str] | None]:
    """``writes`` and ``when`` of a function's `Care`."""
    code = getattr(func, "__code__", None)
    places = code.co_varnames[: code.co_argcount] if code is not None else ()
    if "batch_norm" in name or "instance_norm" in name:
        first = places.index("running_mean") if "running_mean" in places else 3
        writes = ((first, "running_mean"), (first + 1, "running_var"))
        return writes, (5, "training") if "batch_norm" in name else None
    if name.startswith("__") and name.endswith("__"):
        inside = name[2:-2]
        own = inside in ("set", "setitem") or (inside in _SAME and inside[0] == "i")
        return (((0, "self"),) if own else ()), None
    if name.endswith("_"):
        return ((0, "self"),), None
    if "inplace" in places:
        return ((0, "input"),), (places.index("inplace"), "inplace")
    if "max_norm" in places:
        return ((1, "weight"),), (places.index("max_norm"), "max_norm")
    return (), None


def _told_writes(func: Callable[..., Any], name: str) -> tuple[tuple[int, str], ...]:
    """The arguments that an op overwrites, of one that tells: a custom op, or one of PyTorch's own
    that has more of them than its name says, as fused optimizers do."""
    if isinstance(func, OpOverload):
        overloads = [func]
    elif isinstance(func, OpOverloadPacket):
        overloads = [getattr(func, one) for one in func.overloads()]
    elif isinstance(func, CustomOpDef):
        overloads = [func._opoverload]
    elif name.startswith(_WRITING) and isinstance(func, _BUILT_IN):
        packet = getattr(torch.ops.aten, name)
        overloads = [getattr(packet, one) for one in packet.overloads()]
    else:
        return ()
    found = {
        (at, argument.name): None
        for overload in overloads
        for at, argument in enumerate(overload._schema.arguments)
        if argument.alias_info is not None and argument.alias_info.is_write and not argument.is_out
    }
    return tuple(found)


def _plain_name(func: Callable[..., Any]) -> str:
    """``add_`` for ``Tensor.add_`` and for ``torch.ops.aten.add_.Tensor``."""
    return str(getattr(func, "__name__", type(func).__name__)).partition(".")[0]


def targets(mind: Care, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """The arguments that a function may overwrite in this call."""
    found = [kwargs["out"]] if kwargs.get("out") is not None else []
    if not mind.overwrites(args, kwargs):
        return found
    for place, name in mind.writes:
        if len(args) > place:
            found.append(args[place])
        else:
            names = (name, "input", "tensor") if name == "self" else (name,)
            found += [kwargs[known] for known in names if known in kwargs]
    return found


def is_repeatable(func: Callable[..., Any], devices: Collection[str]) -> bool:
    """Whether a function of the same tensors and random state is sure to give the same bits.

    Those that are not PyTorch's own may keep a state, and autograd's graph is gone after its use.
    """
    if follows_autograd(func):
        return False
    if "cuda" in devices and _plain_name(func).strip("_").startswith(_UNORDERED):
        return False
    if isinstance(func, OpOverload | OpOverloadPacket):
        return str(func).partition(".")[0] in ("aten", "prims")
    if isinstance(func, FunctionType):
        return func.__module__.startswith("torch.")
    return isinstance(func, _BUILT_IN)


def is_overridden(args: Iterable[Any], kwargs: Mapping[str, Any] | None = None) -> bool:
    """Whether an argument of a call has rules of its own (``__torch_function__``) for what ops do.

    What these return may be anything, also something that they keep. PyTorch looks for them among
    the arguments and in lists of these.
    https://docs.pytorch.org/docs/stable/notes/extending.html#extending-torch-python-api
    """
    for thing in (*args, *(kwargs or {}).values()):
        for one in thing if isinstance(thing, list | tuple) else (thing,):
            kind = type(one)
            if kind is Tensor or kind in PLAIN:
                continue
            if getattr(kind, "__torch_function__", _NO_RULES) is not _NO_RULES:
                return True
    return False


def is_foreign(
    func: Callable[..., Any], args: Iterable[Any], kwargs: Mapping[str, Any] | None
) -> bool:
    """Whether a call runs code that is not PyTorch's, and may give something else another time."""
    return not is_repeatable(func, ()) or is_overridden(args, kwargs)


def follows_autograd(func: Callable[..., Any]) -> bool:
    """Whether a function computes by autograd's graph, which is used up by it, or by a level of
    forward-mode differentiation, which ends."""
    return getattr(func, "__module__", "") == "torch.autograd" or func in _DUAL


def op_name(func: Callable[..., Any]) -> str:
    """``softmax``, ``matmul``, ``getitem``, ``relu_``, ``T``."""
    name = _plain_name(func)
    if name in ("__get__", "__set__"):
        name = getattr(func.__self__, "__name__", name)  # type: ignore[attr-defined]
    if name.startswith("__"):
        name = name.strip("_")
        return _SAME.get(name, "setitem_" if name == "setitem" else name)
    return _SAME.get(name, name)


def argument_names(
    func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[str, ...]:
    """What a function calls each of the `tensors` in a call of it: ``input``, ``tensors[1]``.

    ``""`` for those given by place where it does not say, or not surely, what comes there.
    """
    places = (*_places(func, args), *[""] * len(args))
    given = (*zip(places, args, strict=False), *kwargs.items())
    return tuple(
        f"{name}{path}" if name else "" for name, thing in given for path, _ in named(thing, Tensor)
    )


def _places(func: Callable[..., Any], args: tuple[Any, ...]) -> list[str]:
    """The names of the arguments that a function takes by place, as far as they are known."""
    packet = getattr(torch.ops.aten, op_name(func), None) if isinstance(func, _BUILT_IN) else func
    if isinstance(packet, OpOverloadPacket):
        overloads = [getattr(packet, one) for one in packet.overloads()]
    else:
        overloads = [packet] if isinstance(packet, OpOverload) else []
    # The schemas name what is written in C++, where several functions may go by one name.
    all_schemas = [[a for a in one._schema.arguments if not a.kwarg_only] for one in overloads]
    schemas = [one for one in all_schemas if _fits(one, args)]
    if schemas:
        taken = zip(*schemas, strict=False)
        found = [one[0].name if len({a.name for a in one}) == 1 else "" for one in taken]
    else:
        signature = None if isinstance(func, MethodWrapperType) else _signature.__wrapped__(func)
        by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        parameters = () if signature is None else signature.parameters.values()
        found = [one.name for one in parameters if one.kind in by_place]
    return ["input" if name == "self" else name for name in found]  # as it is documented


def _fits(parameters: list[Any], args: tuple[Any, ...]) -> bool:
    """Whether parameters of a schema take a tensor, and several, where that is what is given."""
    for parameter, given in zip(parameters, args, strict=False):
        kind = str(parameter.type)
        if isinstance(given, Tensor) and kind not in ("Tensor", "Optional[Tensor]"):
            return False
        if next(tensors(given), None) is not None and "Tensor" not in kind:
            return False
        if isinstance(given, list | tuple) and "Tensor" in kind and "List" not in kind:
            return False
    sizes = all(isinstance(one, int) for one in args[1:])  # ``view`` takes them one by one, too
    return sizes or len(args) <= len(parameters)


def fingerprint(given: object) -> int:
    """A number that is another one for other arguments, whatever tensors are among them."""
    return crc32(repr(_bare(given)).encode())


def _bare(given: object) -> object:
    """An argument without its tensors and what has no value of its own to tell."""
    if isinstance(given, tuple | list):
        return type(given).__name__, [_bare(one) for one in given]
    if isinstance(given, dict):
        return {str(name): _bare(one) for name, one in given.items()}
    if isinstance(given, slice):
        return "slice", _bare((given.start, given.stop, given.step))
    told = isinstance(given, _VALUES) or given is None or given is Ellipsis
    return given if told else type(given).__qualname__


def detail(op: str, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """An op's arguments that are not tensors, as short as people write them."""
    given = _named(func, args, kwargs)
    found = [a for a in args if isinstance(a, Tensor)]
    weight = given.get("weight", found[1] if len(found) > 1 else None)
    if op == "linear" and isinstance(weight, Tensor) and weight.dim() == 2:
        return f"{weight.shape[1]} → {weight.shape[0]}"
    if op.startswith("conv") and isinstance(weight, Tensor) and weight.dim() > 2:
        return _conv(op, weight, args, kwargs)
    if op.endswith(("pool1d", "pool2d", "pool3d")):
        return _window(op, args, kwargs)
    if op == "embedding" and isinstance(weight, Tensor) and weight.dim() == 2:
        return f"{weight.shape[0]} × {weight.shape[1]}"
    if op == "getitem":
        return f"[{_index(args[1])}]"
    if op in ("view", "reshape", "expand", "permute"):
        sizes = args[1:] if len(args) != 2 or isinstance(args[1], int) else args[1]
        return ", ".join(str(n) for n in sizes) if isinstance(sizes, list | tuple) else ""
    parts = [_plain(a) for a in args if not isinstance(a, Tensor) and _simple(a)]
    if op == "scaled_dot_product_attention":  # has no signature to name what is given by place
        kwargs, parts = dict(zip(("dropout_p", "is_causal"), args[4:], strict=False)) | kwargs, []
    if op in ("softmax", "log_softmax"):
        return f"dim={given.get('dim', parts[0] if parts else '')}"
    if op == "group_norm":
        groups = given.get("num_groups", args[1] if len(args) > 1 else "")
        eps = given.get("eps")
        return f"{groups} groups" + (f", ε = {eps:g}" if isinstance(eps, float) else "")
    if op.endswith("_norm"):
        eps = given.get("eps")
        return f"ε = {eps:g}" if isinstance(eps, float) else ""
    if op == "masked_fill":
        return f"→ {parts[-1]}" if parts else ""
    if op.startswith(_FUSED):
        return ""  # flags by the dozen, which nobody reads
    told = {k: v for k, v in kwargs.items() if _simple(v) and v is not False and k != "_stacklevel"}
    words = (f"{name}={_plain(value)}" for name, value in told.items())
    return ", ".join([*parts, *words])


def module_detail(module: nn.Module) -> str:
    """A module's size, for the box that stands for it."""
    if isinstance(module, nn.Linear):
        return f"{module.in_features} → {module.out_features}"
    if isinstance(module, nn.Conv1d | nn.Conv2d | nn.Conv3d):
        kernel = "×".join(str(n) for n in module.kernel_size)
        return f"{module.in_channels} → {module.out_channels}, {kernel}"
    if isinstance(module, nn.Embedding):
        return f"{module.num_embeddings} × {module.embedding_dim}"
    if isinstance(module, nn.LayerNorm):
        return "×".join(str(n) for n in module.normalized_shape)
    if isinstance(module, nn.MaxPool2d | nn.AvgPool2d):
        return _times(module.kernel_size)
    return ""


def _named(
    func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    own = is_repeatable(func, ())  # others may hold a model, and are not remembered
    signature = _signature(func) if own else _signature.__wrapped__(func)
    if signature is None:
        return kwargs
    try:
        return dict(signature.bind(*args, **kwargs).arguments)
    except TypeError:
        return kwargs


@cache
def _signature(func: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(func)
    except (TypeError, ValueError):  # most built-in functions have none
        return None


def _conv(op: str, weight: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    names = ("input", "weight", "bias", "stride", "padding")
    usual = {"stride": "1", "padding": "0", "output_padding": "0", "dilation": "1", "groups": "1"}
    more = ("output_padding", "groups", "dilation") if "transpose" in op else ("dilation", "groups")
    given = dict(zip((*names, *more), args, strict=False)) | kwargs
    parts = [f"{weight.shape[1]} → {weight.shape[0]}", "×".join(str(n) for n in weight.shape[2:])]
    return ", ".join([*parts, *_unusual(given, usual)])


def _window(op: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    more = {
        "max": ("dilation", "ceil_mode", "return_indices"),
        "avg": ("ceil_mode", "count_include_pad", "divisor_override"),
    }.get(op[:3], ())
    names = ("input", "kernel_size", "stride", "padding", *more)
    given = dict(zip(names, args, strict=False)) | kwargs
    size = given.get("kernel_size", given.get("output_size"))
    square = "2d" in op and isinstance(size, int)
    text = f"{size}×{size}" if square else "×".join(str(n) for n in size) if isinstance(
        size, list | tuple
    ) else str(size)  # fmt: skip
    stride = given.get("stride")
    parts = [text] if stride in (None, size) else [text, f"stride {_times(stride)}"]
    if not op.startswith(("max", "avg")):
        return ", ".join(parts)
    usual = {"padding": "0", "dilation": "1", "ceil_mode": "False", "count_include_pad": "True"}
    return ", ".join([*parts, *_unusual(given, usual)])


def _unusual(given: Mapping[str, Any], usual: Mapping[str, str]) -> list[str]:
    """``padding 1``: the settings that are not as they usually are."""
    texts = {name: _times(given.get(name, value)) for name, value in usual.items()}
    return [f"{name} {text}" for name, text in texts.items() if text != usual[name]]


def _times(size: Any) -> str:
    """``(1, 1)`` → ``1``, ``(3, 5)`` → ``3×5``."""
    if isinstance(size, list | tuple):
        return str(size[0]) if len(set(size)) == 1 else "×".join(str(n) for n in size)
    return str(size)


def _simple(thing: Any) -> bool:
    return (
        isinstance(thing, int | float | str | tuple | list) and next(tensors(thing), None) is None
    )


def _plain(thing: Any) -> str:
    if isinstance(thing, float):
        text = f"{thing:.4g}"
        return text.replace("inf", "∞").replace("-", "−") if "inf" in text else text
    return str(thing)


def _index(index: Any) -> str:
    if isinstance(index, tuple):
        return ", ".join(_index(part) for part in index)
    if isinstance(index, slice):
        ends = ["" if e is None else str(e) for e in (index.start, index.stop)]
        return ":".join(ends) + (f":{index.step}" if index.step is not None else "")
    if isinstance(index, Tensor):
        return "ids"
    return "…" if index is Ellipsis else str(index)
