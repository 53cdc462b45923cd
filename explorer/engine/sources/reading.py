"""What models a Python file has, told from its text alone: nothing of it is run or imported."""

from __future__ import annotations

import ast
import hashlib
import io
import re
import tokenize
import warnings
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Literal

from msgspec import structs

from explorer.core.presets import readable
from explorer.core.problem import Problem, phrase
from explorer.core.sources import Argument, Candidate, PythonFile
from explorer.engine.sources.files import contents

LONGEST = 2_000_000  # bytes; no model is written in more, and reading them takes seconds
EXAMPLE = "example_inputs"
_MAKES = re.compile(r"_*(build|make|create|get_model|get_net)")
_KINDS: tuple[Literal["int", "float", "bool", "str"], ...] = ("int", "float", "bool", "str")
_CONFIGURATIONS = ("config", "cfg", "conf", "args", "params", "hparams", "options")
_CONFIGURES = re.compile(r"(Config|Args|Params|Options|Hyper\w*)$", re.IGNORECASE)
_Definition = ast.ClassDef | ast.FunctionDef


def read_python(file: Path) -> PythonFile:
    """The candidates of a file, the best one first. Raises Problem (kind ``model``)."""
    data = contents(file, LONGEST)
    tree, text = parsed(file, data)
    listed = _listed(file, tree)
    if not listed.candidates:
        raise Problem(
            "model",
            phrase(
                "{path} has no model: no class built on torch.nn.Module, and no function that "
                "makes one."
            ),
            phrase("Choose the file that the model's class is written in."),
            path=readable(file),
        )
    return PythonFile(
        path=str(file),
        digest=hashlib.sha256(data).hexdigest(),
        text=text,
        candidates=tuple(listed.candidates),
        example=EXAMPLE in listed.functions,
    )


def candidate(file: Path, data: bytes, name: str) -> Candidate | None:
    """One candidate of a file's bytes by its name."""
    found = _listed(file, parsed(file, data)[0]).candidates
    return next((one for one in found if one.name == name), None)


def parsed(file: Path, data: bytes) -> tuple[ast.Module, str]:
    """The tree of a file's bytes, and its text. Raises Problem (kind ``model``)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes in strings
            tree = ast.parse(data, filename=str(file))
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return tree, io.TextIOWrapper(io.BytesIO(data), encoding).read()
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise not_python(file, error) from error


def _listed(file: Path, tree: ast.Module) -> _File:
    """What a tree has. Raises Problem for one that is nested too deeply to be told."""
    try:
        return _File(tree)
    except RecursionError as error:
        raise not_python(file, error) from error


def not_python(file: Path, error: Exception) -> Problem:
    """Where a file is not valid Python."""
    line = error.lineno if isinstance(error, SyntaxError) and error.lineno else 0
    said = error.msg if isinstance(error, SyntaxError) else str(error) or type(error).__name__
    return Problem(
        "model",
        phrase("{place} is not valid Python: {error}."),
        phrase("Mend that line and open it again."),
        place=f"{readable(file)}:{line}" if line else readable(file),
        error=said.rstrip("."),
    )


class _File:
    """The module level of a file: what it imports, defines, and which of that are models."""

    def __init__(self, tree: ast.Module) -> None:
        self._imported: dict[str, str] = {}  # what a name stands for, with its modules
        self._classes: dict[str, ast.ClassDef] = {}
        self.functions: dict[str, ast.FunctionDef] = {}
        self._made: dict[str, tuple[ast.expr, int]] = {}  # what names are assigned
        for node in _statements(tree.body):
            self._note(node)
        self._users = self._names_used()
        self._models: dict[str, bool] = {}
        self._methods: dict[tuple[str, str], ast.FunctionDef | None] = {}  # with those inherited
        modules = {name: one for name, one in self._classes.items() if self._is_model(name)}
        ranked = [(self._rank(name, one), self._of_class(one)) for name, one in modules.items()]
        for name, function in self.functions.items():
            sure = self._makes(function)
            if sure is not None:
                ranked.append((self._rank(name, function, sure), self._of_function(function)))
        for name, (value, line) in self._made.items():
            if self._is_made(value):
                ranked.append(((True, False, False, -line), Candidate(name, line, "", ())))
        self.candidates = [one for _, one in sorted(ranked, key=lambda pair: pair[0])]

    def _note(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self._imported[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                whole = f"{node.module or ''}.{alias.name}"
                self._imported[alias.asname or alias.name] = whole
        elif isinstance(node, ast.ClassDef):
            self._classes[node.name] = node
        elif isinstance(node, ast.FunctionDef):
            self.functions[node.name] = node
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                if isinstance(target, ast.Name):
                    self._made[target.id] = node.value, node.lineno

    # ------------------------------------------------------------ what is a model

    def _name(self, node: ast.expr | None) -> str:
        """A dotted name as written, with what its first part was imported as; "" for others."""
        if isinstance(node, ast.Subscript):  # Generic[T]
            return self._name(node.value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                return self._name(ast.parse(node.value, mode="eval").body)
            except SyntaxError:
                return ""
        parts = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            return ""
        parts.append(self._imported.get(node.id, node.id))
        return ".".join(reversed(parts))

    def _is_module(self, name: str) -> bool:
        """Whether a dotted name is a class of modules, as far as its name or this file tell."""
        if name in self._classes:
            return self._is_model(name)
        last = name.rpartition(".")[2]
        if name.startswith("torch.nn.") and last[:1].isupper():
            return last != "Parameter"
        return last in ("Module", "LightningModule", "PreTrainedModel") or (
            "*" in self._imported and last in ("Sequential", "ModuleList")
        )

    def _is_model(self, name: str) -> bool:
        """Whether a class of the file is a module: by its bases, or by its ``forward``."""
        if name not in self._models:
            self._models[name] = False  # a class that leads to itself is none
            node = self._classes[name]
            bases = [self._name(base) for base in node.bases]
            forward = _method(node, "forward")
            plain = forward is not None and not forward.decorator_list  # unlike autograd's
            unknown = any(base and base not in self._classes for base in bases)
            self._models[name] = any(map(self._is_module, bases)) or (plain and unknown)
        return self._models[name]

    def _makes(self, function: ast.FunctionDef) -> bool | None:
        """Whether a function surely makes a model; None if it seems not to."""
        returned = [node.value for node in _returns(function)]
        if not any(returned) or function.name == EXAMPLE:
            return None
        hint = self._name(function.returns)
        if self._is_module(hint):
            return True
        local: dict[str, ast.expr] = {}
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                local |= {t.id: node.value for t in node.targets if isinstance(t, ast.Name)}
        for value in returned:
            made = local.get(value.id, value) if isinstance(value, ast.Name) else value
            if self._is_made(made):
                return True
        return False if not hint and _MAKES.match(function.name) else None

    def _is_made(self, value: ast.expr | None) -> bool:
        return isinstance(value, ast.Call) and self._is_module(self._name(value.func))

    # ------------------------------------------------------------ which one is the best

    def _rank(
        self, name: str, node: _Definition, sure: bool = True
    ) -> tuple[bool, bool, bool, int]:
        """Sorts what nothing else in the file uses to the front, of that the last."""
        return not sure, name.startswith("_"), self._is_used(name), -node.lineno

    def _is_used(self, name: str) -> bool:
        return bool(self._users.get(name, set()) - {name})

    def _names_used(self) -> dict[str, set[str]]:
        """For each name, the definitions that use it."""
        users: dict[str, set[str]] = {}
        definitions: tuple[_Definition, ...] = (*self._classes.values(), *self.functions.values())
        for one in definitions:
            if one.name != EXAMPLE:
                for node in ast.walk(one):
                    if isinstance(node, ast.Name):
                        users.setdefault(node.id, set()).add(one.name)
        return users

    # ------------------------------------------------------------ what it takes

    def _of_class(self, node: ast.ClassDef) -> Candidate:
        return Candidate(
            name=node.name,
            line=node.lineno,
            doc=_doc(node),
            arguments=self._taken(self._inherited(node, "__init__"), node.name),
            inputs=_arguments(self._inherited(node, "forward"), bound=True),
        )

    def _of_function(self, node: ast.FunctionDef) -> Candidate:
        names = [self._name(node.returns)]
        names += [self._name(n.func) for n in ast.walk(node) if isinstance(n, ast.Call)]
        made = next((self._classes[name] for name in names if self._models.get(name)), None)
        inputs = _arguments(self._inherited(made, "forward"), bound=True) if made else ()
        arguments = self._taken(node, made.name if made else "", bound=False)
        return Candidate(node.name, node.lineno, _doc(node), arguments, inputs)

    def _taken(
        self, node: ast.FunctionDef | None, owner: str, bound: bool = True
    ) -> tuple[Argument, ...]:
        """Arguments; one that is to be a configuration of the file's own gets it as it is."""
        found = []
        for one in _arguments(node, bound):
            name = self._configuration(one, owner) if one.default is None else ""
            found.append(structs.replace(one, default=f"{name}()") if name else one)
        return tuple(found)

    def _configuration(self, argument: Argument, owner: str) -> str:
        """The class that an argument asks for, if it can be made without arguments."""
        if argument.hint or argument.name not in _CONFIGURATIONS:
            asked = argument.hint in self._classes and self._needs_nothing(argument.hint)
            return argument.hint if asked else ""
        ready = self._configurations
        return next((name for name in ready if name.startswith(owner)), next(iter(ready), ""))

    @cached_property
    def _configurations(self) -> list[str]:
        named = (name for name in self._classes if _CONFIGURES.search(name))
        return [name for name in named if self._needs_nothing(name)]

    def _needs_nothing(self, name: str) -> bool:
        if self._models.get(name):
            return False
        made = self._inherited(self._classes[name], "__init__")
        if made is not None:
            return all(one.default is not None for one in _arguments(made, bound=True))
        fields = [node for node in self._classes[name].body if isinstance(node, ast.AnnAssign)]
        return all(node.value is not None for node in fields)

    def _inherited(self, node: ast.ClassDef, name: str) -> ast.FunctionDef | None:
        """A method of a class or of the first base in the file that has it."""
        queue, seen = [node], set()
        while queue:
            one = queue.pop(0)
            if not queue and (one.name, name) in self._methods:  # one way down, and it is known
                found = self._methods[one.name, name]
                break
            if one.name in seen:  # by another of its heirs
                continue
            seen.add(one.name)
            if found := _method(one, name):
                break
            bases = (self._classes.get(self._name(base)) for base in one.bases)
            queue += [base for base in bases if base is not None]
        else:
            found = None
        self._methods[node.name, name] = found
        return found


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """What a module does when it is imported, also inside of ``if`` and ``try``."""
    for node in body:
        yield node
        if isinstance(node, ast.If):
            if not _only_as_program(node.test):
                yield from _statements(node.body)
            yield from _statements(node.orelse)
        elif isinstance(node, ast.Try):
            for part in (node.body, *(h.body for h in node.handlers), node.orelse, node.finalbody):
                yield from _statements(part)
        elif isinstance(node, ast.With):
            yield from _statements(node.body)


def _only_as_program(test: ast.expr) -> bool:
    return "__name__" in {node.id for node in ast.walk(test) if isinstance(node, ast.Name)}


def _method(node: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    found = [n for n in _statements(node.body) if isinstance(n, ast.FunctionDef) and n.name == name]
    return found[-1] if found else None


def _returns(function: ast.FunctionDef) -> Iterator[ast.Return]:
    """The ``return`` of a function itself, not of those written inside of it."""
    queue: list[ast.AST] = list(function.body)
    while queue:
        node = queue.pop()
        if isinstance(node, ast.Return):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            queue += ast.iter_child_nodes(node)


def _doc(node: _Definition) -> str:
    """The first paragraph of a docstring, as one line."""
    first = (ast.get_docstring(node) or "").partition("\n\n")[0]
    return " ".join(first.split())


def _arguments(node: ast.FunctionDef | None, bound: bool) -> tuple[Argument, ...]:
    """What a function takes by name; ``bound`` methods get their first argument themselves."""
    if node is None:
        return ()
    plain = [*node.args.posonlyargs, *node.args.args]
    defaults: list[ast.expr | None] = [None] * (len(plain) - len(node.args.defaults))
    defaults += node.args.defaults
    pairs = list(zip(plain, defaults, strict=True))
    if bound and not any(_is_static(decorator) for decorator in node.decorator_list):
        pairs = pairs[1:]
    pairs += list(zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True))
    return tuple(_argument(arg, default) for arg, default in pairs)


def _is_static(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Name) and decorator.id == "staticmethod"


def _written(node: ast.expr) -> str:
    """An expression as text; of a number of thousands of digits Python makes none."""
    try:
        return ast.unparse(node)
    except ValueError:
        return "…"


def _argument(arg: ast.arg, default: ast.expr | None) -> Argument:
    hint = arg.annotation
    if isinstance(hint, ast.Constant) and isinstance(hint.value, str):
        said = hint.value
    else:
        said = _written(hint) if hint is not None else ""
    text = _written(default) if default is not None else None
    kind: Literal["int", "float", "bool", "str", "other"] = "other"
    if said in _KINDS:
        kind = said
    elif not said and default is not None:
        try:
            named = type(ast.literal_eval(default)).__name__
        except (ValueError, TypeError, SyntaxError, RecursionError):
            named = ""  # no literal
        kind = named if named in _KINDS else "other"
    return Argument(arg.arg, said, text, kind, _choices(said))


def _choices(hint: str) -> tuple[str, ...]:
    """The texts of a ``Literal["relu", "gelu"]`` in a hint."""
    try:
        nodes = list(ast.walk(ast.parse(hint, mode="eval")))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(
        one.value
        for node in nodes
        if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("Literal")
        for one in (node.slice.elts if isinstance(node.slice, ast.Tuple) else (node.slice,))
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    )
