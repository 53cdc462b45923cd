"""The command ``layerscope``. Exit codes: 0 done, 2 a problem (said in one sentence), 130 Ctrl+C.

argparse and lazy imports keep the way from ``layerscope`` to the first painted window short.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.arguments import parser
from explorer.core.problem import Problem, phrase
from explorer.headless import Opened, raise_problem, wait

if TYPE_CHECKING:
    from explorer.app import Headless
    from explorer.core.graph import Recording
    from explorer.session.choosing import Wishes
    from explorer.session.state import AppState

_LINE_EVERY = 2.0  # seconds between two words about a training where there is no terminal


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    arguments = parser(_COMMANDS).parse_args(argv)
    if not hasattr(arguments, "run"):
        arguments = parser(_COMMANDS).parse_args(["open", *(argv or ())])
    try:
        code = arguments.run(arguments)
        sys.stdout.flush()  # a full disk shows here
    except Problem as problem:
        print(f"layerscope: {problem}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # `layerscope trace … | head`
        _drop_output()
        return 0
    except OSError as error:
        _drop_output()
        full = Problem(
            "disk",
            phrase("The output cannot be written: {why}."),
            phrase("Free some space, or send it elsewhere."),
            why=error.strerror or error,
        )
        print(f"layerscope: {full}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return int(code or 0)


def _drop_output() -> None:
    """Nobody can read what is left to print, so Python's own flush at the end must not fail."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open(a: argparse.Namespace) -> int:
    from explorer.app import open_window

    return open_window(a.model, a.device, a.exit_after_paint)


def _attached(a: argparse.Namespace) -> int:
    from explorer.app import open_attached

    return open_attached(a.name)


def _shot(a: argparse.Namespace) -> None:
    from explorer.app import is_own, shoot
    from explorer.core.changes_file import read_changes
    from explorer.session.pose import Pose

    if a.model is None and a.view != "gallery":
        raise Problem(
            "input",
            phrase("Which model is the picture of?"),
            phrase("Name a preset or a path, as in: layerscope shot char-gpt -o step.png"),
        )
    if a.view == "train" and a.model and os.path.exists(a.model) and is_own(a.model):
        raise Problem(
            "input",
            phrase("{path} cannot be trained here: only presets come with data and a plan."),
            phrase("Take a preset, or --view graph or --view step."),
            path=a.model,
        )
    if a.beside is not None and a.view not in ("graph", "step"):
        raise Problem(
            "input",
            phrase("--beside is for a picture of the graph: --view graph or --view step."),
        )
    _writable(a.output)
    changes = read_changes(a.changes) if a.changes else ()
    pose = Pose(
        a.view, a.at, a.cell, a.pane or "", a.steps, a.zoom, a.figure, a.part, changes, a.reach,
        a.then, a.attention, a.generate, a.token, a.phase, a.weight,
        a.cards,
    )  # fmt: skip
    wishes = _wishes(a, a.model, a.beside)
    shoot(a.model, a.output, wishes, pose, a.theme, a.lang, a.size, a.scale, a.device, a.beside)
    print(a.output)


def _graph(a: argparse.Namespace) -> None:
    from explorer.exporting import Asked, export_graph

    _writable(a.output)
    asked = Asked(a.open, a.view, a.theme, a.lang, a.scale, a.size, a.title, a.figure)
    export_graph(a.model, a.output, _wishes(a), a.device, asked)
    print(a.output)


def _diff(a: argparse.Namespace) -> None:
    from explorer.differing import told, told_in_lines

    recordings = []
    for side in ("before", "after"):
        said = argparse.Namespace(**vars(a))
        said.name = next(reversed(_of_side(a.name, side)), "")
        said.argument, said.input = _of_side(a.argument, side), _of_side(a.input, side)
        with Opened(getattr(a, side), a.device, _wishes(said, a.before, a.after)) as app:
            assert app.state.recording is not None, "what opened was recorded"
            recordings.append(app.state.recording)
    if a.json:
        _print_json(told(*recordings))
    else:
        print("\n".join(told_in_lines(*recordings)))


def _of_side(said: list[str], side: str) -> list[str]:
    """What is said of one of two models, or of both, which it is without ``before.``."""
    other = "after." if side == "before" else "before."
    return [one.removeprefix(f"{side}.") for one in said if not one.startswith(other)]


def _wishes(a: argparse.Namespace, *models: str | None) -> Wishes:
    """What was said about models of one's own. Raises Problem where it is said of presets."""
    from explorer.app import is_own
    from explorer.session.choosing import Wishes

    wishes = Wishes(
        trust=a.trust,
        name=a.name,
        arguments=tuple(a.argument),
        inputs=tuple(a.input),
        text=a.text,
        weights=os.path.abspath(a.weights) if a.weights else "",
        random=a.random,
    )
    if wishes != Wishes() and not any(model and is_own(model) for model in models or (a.model,)):
        raise Problem(
            "input",
            phrase("--trust, --class, --arg, --input, --text, --weights and --random are for a "
                   "model of your own, by its path."),
            phrase("A preset says these things in its preset.toml."),
        )  # fmt: skip
    return wishes


def _print_json(thing: object) -> None:
    import json

    print(json.dumps(thing, ensure_ascii=False, indent=2))


def _presets(a: argparse.Namespace) -> int:
    from explorer.core.presets import shipped_presets

    found, problems = shipped_presets()
    rows = [
        {
            "name": one.name,
            "title": one.preset.title.en,
            "family": one.preset.model.family,
            "summary": one.preset.summary.en,
            "weights": one.preset.weights.model_dump() if one.preset.weights else None,
            "folder": str(one.folder),
        }
        for one in found
    ]
    if a.json:
        _print_json(rows)
    else:
        for row in rows:
            print(f"{row['name']:<16} {row['family']:<5} {row['title']}: {row['summary']}")
    for problem in problems:
        print(f"layerscope: {problem}", file=sys.stderr)
    return 2 if problems else 0


def _trace(a: argparse.Namespace) -> None:
    with Opened(a.model, a.device, _wishes(a), partly=True) as app:
        recording = app.state.recording
        assert recording is not None, "what opened was recorded"
        if recording.failure is None:
            raise_problem(app.state)  # with the wrong weights, say; of a pass that stopped, a part
        counted = _flops(app) if a.json else []
        rows = [
            {
                "index": event.index,
                "id": event.id,
                "op": event.op,
                "module": recording.calls[event.call].module,
                "shapes": [list(recording.values[v].shape) for v in event.outputs],
                "ms": round(event.seconds * 1e3, 4),
            }
            for event in recording.events
        ]
        if app.state.own is not None and not a.input and not a.text:
            _say_what_was_made_up(recording)
        if a.json:
            _print_json([row | {"flops": n} for row, n in zip(rows, counted, strict=True)])
        wide = max((len(str(row["id"])) for row in rows), default=2)
        for row in [] if a.json else rows:
            shapes = " ".join("×".join(map(str, s)) or "scalar" for s in row["shapes"])  # type: ignore[attr-defined]
            print(
                f"{row['index']:>4}  {row['id']:<{wide}}  {row['op']:<14} "
                f"{row['module'] or '·':<18} {shapes:<18} {row['ms']:>8.3f} ms"
            )
        sys.stdout.flush()
        raise_problem(app.state)


def _generate(a: argparse.Namespace) -> None:
    from explorer.core.prediction import Sampling
    from explorer.core.values import TextInput
    from explorer.session import intents

    with Opened(a.model, a.device, _wishes(a)) as app:
        if a.prompt is not None:
            assert app.state.model is not None, "what opened has a model"
            if not isinstance(app.state.typed, TextInput):
                raise Problem(
                    "input",
                    phrase("--prompt is for models that read text, and this one reads none."),
                    phrase("--input says what it is given."),
                )
            app.take(intents.EditInput(TextInput(a.prompt)))
            wait(app, lambda s: s.settled)
        given = app.state.typed
        app.take(intents.SetSampling(Sampling(a.temperature, a.top_k, a.top_p)))
        app.take(intents.SetWriting(a.seed, a.tokens))
        app.take(intents.TogglePlayTokens())
        wait(app, lambda s: s.settled and not s.writing.left)
        drawn, banner = app.state.writing.tokens, app.state.banner
        if len(drawn) < a.tokens and not (drawn and drawn[-1].ends):
            assert banner is not None, "what cannot go on says why"
            raise Problem(banner.kind, banner.text, banner.remedy, **banner.values)
        prompt = given.text if isinstance(given, TextInput) else ""
        if a.json:
            _print_json(
                {
                    "prompt": prompt,
                    "text": app.state.writing.text,
                    "ended": drawn[-1].ends,
                    "tokens": [
                        {
                            "id": one.token, "name": one.name, "drawn_at": one.chance,
                            "model_says": one.likely,
                        }
                        for one in drawn
                    ],
                }
            )  # fmt: skip
        else:
            print(prompt + app.state.writing.text)


def _flops(app: Headless) -> list[int | None]:
    """FLOPs of every event, None for those that are not counted."""
    from explorer.session import intents

    app.take(intents.MeasureQuantity("flops"))
    app.until(lambda state: state.settled, patience=float("inf"))
    recording, found = app.state.recording, app.state.amounts.get("flops")
    if recording is None or found is None:
        return [None] * (len(recording.events) if recording else 0)
    return [int(n) if found.counts[at] else None for at, n in enumerate(found.values)]


def _say_what_was_made_up(recording: Recording) -> None:
    """Which tensors a model of one's own was fed, where nobody had said any."""
    from explorer.core.values import ExampleInput

    if not isinstance(recording.input, ExampleInput):
        fed = [value for value in recording.values if value.kind == "input"]
        said = ", ".join(f"{v.name}={','.join(map(str, v.shape))}:{v.dtype}" for v in fed)
        print(f"layerscope: fed {said}, made up to fit; --input feeds others.", file=sys.stderr)


def _entry(text: str) -> Any:
    """An entry of a plan as TOML writes it; what is none is taken as the text that it is."""
    import tomllib

    try:
        return tomllib.loads(f"entry = {text}")["entry"]
    except tomllib.TOMLDecodeError:
        return text


def _train(a: argparse.Namespace) -> None:
    from pydantic import ValidationError
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from explorer.core.mistakes import mistakes_of
    from explorer.core.presets import load_preset
    from explorer.core.spec import TrainSpec
    from explorer.session import intents

    if a.output is not None:
        _writable(a.output)
    plan = load_preset(a.preset).preset.train
    changed: dict[str, Any] = {}
    for entry in a.entries:
        name, equals, text = entry.partition("=")
        if not equals:
            raise Problem(
                "input",
                phrase("--set {entry} is not NAME=VALUE."),
                phrase("As in --set learning_rate=0.01."),
                entry=entry,
            )
        changed[name.strip()] = _entry(text.strip())
    for name, given in (("steps", a.steps), ("seed", a.seed)):
        if given is not None and name in changed:
            raise Problem(
                "input", phrase("--{name} and --set {name} say two things."),
                phrase("Leave one of them out."), name=name,
            )  # fmt: skip
        if given is not None:
            changed[name] = given
    try:
        plan = TrainSpec.model_validate(wanted := plan.model_dump() | changed)
    except ValidationError as error:
        raise Problem(
            "input",
            phrase("The training cannot run so: {mistakes}."),
            phrase("docs/presets.md says what is allowed."),
            mistakes="; ".join(mistakes_of(error, wanted)),
        ) from error
    with Opened(a.preset, a.device) as app:
        app.take(intents.EditPlan(plan))
        app.take(intents.Retrain())
        wait(app, lambda s: "ResetTraining" not in s.tickets)
        started = time.monotonic()
        app.take(intents.StartTraining())
        console = Console(stderr=True)
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("step {task.completed:.0f}/{task.total:.0f}  loss {task.fields[loss]}"),
            TextColumn("{task.fields[rate]} steps/s"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        ) as bar:
            task = bar.add_task(a.preset, total=plan.steps, loss="…", rate="…")
            told = float("-inf")

            def done(state: AppState) -> bool:
                nonlocal told
                training = state.training
                assert training is not None
                loss, rate = _last(state, "train/loss"), f"{training.steps_per_second:.0f}"
                bar.update(task, completed=training.step, loss=loss, rate=rate)
                due = training.running and time.monotonic() - told >= _LINE_EVERY
                if due and not console.is_terminal and not a.json:
                    told = time.monotonic()  # a log has no bar, and nobody waits in silence
                    line = f"{a.preset}  step {training.step}/{plan.steps}  loss {loss}"
                    print(line, file=sys.stderr, flush=True)
                return not training.running

            wait(app, done)
        training = app.state.training
        assert training is not None
        result = {
            "preset": a.preset,
            "steps": training.step,
            "seed": plan.seed,
            "device": app.state.engine.device,
            "seconds": round(time.monotonic() - started, 2),
            **{
                name.replace("/", "_"): float(line.points[-1, 1])
                for name, line in training.curves.items()
                if not name.startswith("gradient/") and len(line)
            },
        }
        if a.output is not None:
            _save(app, a.output)
            result["weights"] = str(a.output)
        if a.json:
            _print_json(result)
        else:
            print(
                "  ".join(
                    f"{key} {value:.4g}" if isinstance(value, float) else f"{key} {value}"
                    for key, value in result.items()
                )
            )


def _save(app: Headless, path: Path) -> None:
    """Write the weights; if that fails, elsewhere, and raise Problem that says where."""
    from explorer.session import intents

    try:
        app.take(intents.SaveWeightsTo(str(path.resolve())))
        wait(app, lambda s: s.settled)
        return
    except Problem as problem:
        refused = problem
    name = f"layerscope-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.safetensors"
    for folder in (Path(tempfile.gettempdir()), Path.home()):
        app.take(intents.Dismiss())
        app.take(intents.SaveWeightsTo(str(folder / name)))
        try:
            wait(app, lambda s: s.settled)
        except Problem:
            continue  # the next folder; what is said in the end is about the one that was wanted
        raise Problem(
            "disk",
            phrase("The weights could not be written to {path}; they are in {rescued}."),
            phrase("Move that file to where you want it."),
            path=path,
            rescued=folder / name,
        )
    raise refused


def _bench(a: argparse.Namespace) -> int:
    from explorer.bench import KEYS, run_benchmarks

    rows = run_benchmarks(a.name)
    if a.json:
        _print_json(rows)
        return 0
    from rich.console import Console
    from rich.table import Table

    table = Table(*KEYS)
    for row in rows:
        held = {True: "yes", False: "NO", None: ""}[row["held"]]
        texts = ("" if row[key] is None else str(row[key]) for key in KEYS if key != "held")
        table.add_row(*texts, held)
    Console().print(table)
    return 0


def _doctor(a: argparse.Namespace) -> int:
    from explorer.doctor import examine

    return examine(a.device)


def _last(state: AppState, curve: str) -> str:
    line = state.training.curves.get(curve) if state.training else None
    return f"{line.points[-1, 1]:.4f}" if line is not None and len(line) else "…"


def _writable(path: Path) -> None:
    """Find out before an hour of work that its result cannot be written. Raises Problem."""
    why = _why_not(path)
    if why:
        from explorer.core.presets import readable

        raise Problem(
            "disk",
            phrase("{path} cannot be written: {why}."),
            phrase("Give a file in a folder that exists and that you may write to."),
            path=readable(path),
            why=why,
        )


def _why_not(path: Path) -> str:
    """Why a file cannot be written there, in a few words; empty if it can."""
    try:
        target = path.resolve()
        str(target).encode()
        if os.path.lexists(target) and not target.is_file():
            return "it is a folder" if target.is_dir() else "it is not a regular file"
        if not target.parent.is_dir():
            return f"there is no folder {target.parent}"
        if len(os.fsencode(target.name)) > 255:
            return "its name is too long"
        tempfile.TemporaryFile(dir=target.parent).close()
    except UnicodeEncodeError:
        return "its name is not valid UTF-8"
    except RuntimeError:  # what Path.resolve raises
        return "its links lead in a circle"
    except OSError as error:
        return error.strerror or str(error)
    return ""


_COMMANDS = {
    "open": _open, "attached": _attached, "shot": _shot, "graph": _graph, "diff": _diff,
    "trace": _trace, "generate": _generate, "train": _train, "presets": _presets,
    "bench": _bench, "doctor": _doctor,
}  # fmt: skip
