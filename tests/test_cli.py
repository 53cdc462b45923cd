"""The command line as a user runs it: real processes, exit codes, no tracebacks."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from explorer.core.places import shipped
from explorer.core.presets import load_preset

pytestmark = pytest.mark.slow  # processes and windows of their own


def layerscope(
    *words: object, cwd: Path | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "explorer", *map(str, words)],
        capture_output=True, text=True, timeout=240, cwd=cwd,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"} | env,
    )  # fmt: skip


def refused(*words: object) -> str:
    done = layerscope(*words)
    assert done.returncode == 2, done
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stderr.startswith("layerscope: ")
    return done.stderr


def test_presets() -> None:
    rows = json.loads(layerscope("presets", "--json").stdout)
    assert [row["name"] for row in rows][:4] == [
        "first-network", "spirals-mlp", "digits-cnn", "char-gpt",
    ]  # fmt: skip
    plain = layerscope("presets").stdout.splitlines()
    assert len(plain) == len(rows)


def test_a_preset_that_is_broken_hides_no_other(tmp_path: Path) -> None:
    package = shipped("presets").parent / "explorer"
    shutil.copytree(package, tmp_path / "explorer", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("first-network", "spirals-mlp"):
        shutil.copytree(shipped("presets") / name, tmp_path / "presets" / name)
    broken = tmp_path / "presets" / "spirals-mlp" / "preset.toml"
    broken.write_text(broken.read_text().replace("family = ", "famly = "))
    listed, plain = (
        layerscope("presets", *words, cwd=tmp_path, PYTHONPATH=str(tmp_path))
        for words in (["--json"], [])
    )
    assert [row["name"] for row in json.loads(listed.stdout)] == ["first-network"]
    assert plain.stdout.startswith("first-network ")
    for done in (listed, plain):
        assert done.returncode == 2
        assert done.stderr.startswith(f"layerscope: {broken}")
        assert "model.family: is missing" in done.stderr
        assert "Traceback" not in done.stderr


def test_trace() -> None:
    rows = json.loads(layerscope("trace", "first-network", "--json", "--device", "cpu").stdout)
    assert [row["op"] for row in rows] == ["linear", "relu", "linear"]
    assert [row["shapes"] for row in rows] == [[[1, 5]], [[1, 5]], [[1, 2]]]
    assert [row["index"] for row in rows] == [0, 1, 2]
    assert len({row["id"] for row in rows}) == 3
    text = layerscope("trace", "first-network").stdout.splitlines()
    assert len(text) == 3
    assert "1×5" in text[0]


def test_train_is_not_silent_without_a_terminal() -> None:
    done = layerscope("train", "spirals-mlp", "--steps", 30, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert "spirals-mlp  step 0/30" in done.stderr
    assert "steps 30" in done.stdout


def test_train_is_reproducible_and_its_weights_open(tmp_path: Path) -> None:
    results = []
    for name in ("a", "b"):
        done = layerscope(
            "train", "spirals-mlp", "--steps", 30, "--seed", 3, "--device", "cpu", "--json",
            "-o", tmp_path / f"{name}.safetensors",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        results.append(json.loads(done.stdout))
        assert "step" not in done.stderr  # a program reads this
    assert results[0]["steps"] == 30
    assert results[0]["train_loss"] == results[1]["train_loss"]
    from safetensors.numpy import load_file

    one, two = (load_file(tmp_path / f"{name}.safetensors") for name in ("a", "b"))
    assert one.keys() == two.keys()
    assert all((one[key] == two[key]).all() for key in one)


def test_train_takes_any_entry_of_the_plan() -> None:
    words = ("train", "spirals-mlp", "--steps", 40, "--device", "cpu", "--json")
    done = layerscope(*words, "--set", "optimizer=sgd", "--set", "schedule=cosine")
    told = json.loads(done.stdout)
    start = load_preset("spirals-mlp").preset.train.learning_rate
    assert told["learning_rate"] == pytest.approx(start * (1 + math.cos(math.pi * 39 / 40)) / 2)
    assert "learning_rat: " in refused(*words, "--set", "learning_rat=1")
    assert "momentum: " in refused(*words, "--set", "momentum=1.5")
    assert "--set nesterov is not NAME=VALUE" in refused(*words, "--set", "nesterov")
    assert "--seed and --set seed say two things" in refused(
        *words, "--seed", "1", "--set", "seed=2"
    )


@pytest.mark.parametrize("view", ["gallery", "graph", "step", "train"])
def test_shot(tmp_path: Path, view: str) -> None:
    out = tmp_path / "shot.png"
    done = layerscope(
        "shot", "first-network", "--view", view, "--size", "1280x800", "--steps", 5, "-o", out
    )
    assert done.returncode == 0, done.stderr
    assert out.stat().st_size > 10_000


def test_shot_of_the_inspector_alone(tmp_path: Path) -> None:
    whole, part = tmp_path / "whole.png", tmp_path / "part.png"
    for out, words in ((whole, ()), (part, ("--part", "inspector"))):
        done = layerscope("shot", "first-network", "--size", "1280x800", *words, "-o", out)
        assert done.returncode == 0, done.stderr
    sizes = [struct.unpack(">II", one.read_bytes()[16:24]) for one in (whole, part)]
    assert sizes[0] == (1280, 800)
    assert 300 < sizes[1][0] < 640
    assert 500 < sizes[1][1] < 800


def test_shot_at_an_event_that_is_not_there(tmp_path: Path) -> None:
    said = refused("shot", "first-network", "--at", "nothing#3", "-o", tmp_path / "x.png")
    assert "“nothing#3”" in said
    assert "layerscope trace" in said


def test_shot_of_a_weight_that_is_not_there(tmp_path: Path) -> None:
    train = ("shot", "first-network", "--view", "train", "--steps", 1, "--phase", "update")
    weight = ("--weight", "layers.2.weight", "--cell")
    said = refused(*train, *weight, "99,3", "-o", tmp_path / "x.png")
    assert "no cell [99, 3] in a value of shape [2, 5]" in said


def test_shot_of_a_changed_pass(tmp_path: Path) -> None:
    plain, changed, changes = (tmp_path / name for name in ("a.png", "b.png", "c.toml"))
    changes.write_text("[[change]]\nvalue = 'features'\nkind = 'half'\n", encoding="utf-8")
    shot = ("shot", "first-network", "--size", "1280x800", "-o")
    assert "change.0.kind: must be" in refused(*shot, changed, "--changes", changes)
    changes.write_text("[[change]]\nvalue = 'layers.0/linear#0'\nkind = 'zero'\n", encoding="utf-8")
    for more in ((plain,), (changed, "--changes", changes)):
        done = layerscope(*shot, *more)
        assert done.returncode == 0, done.stderr
    assert plain.read_bytes() != changed.read_bytes()


def test_an_unknown_preset() -> None:
    assert "char-gpt" in refused("trace", "char-gtp")
    assert "char-gpt" in refused("train", "char-gtp")


def test_a_device_that_is_not_there() -> None:
    assert "cuda:77" in refused("trace", "first-network", "--device", "cuda:77")
    assert "toaster" in refused("trace", "first-network", "--device", "toaster")


def copied(tmp_path: Path, name: str = "first-network") -> Path:
    folder = tmp_path / "own"
    shutil.copytree(shipped("presets") / name, folder)
    return folder


def test_a_preset_with_mistakes(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    file = folder / "preset.toml"
    file.write_text(file.read_text().replace("family", "famly"))
    assert "preset.toml" in refused("trace", folder)


def test_weights_that_do_not_fit(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    shutil.copy(shipped("presets") / "spirals-mlp" / "weights.safetensors", folder)
    said = refused("trace", folder)
    assert "weights.safetensors" in said


@pytest.mark.parametrize("junk", [b"", b"not weights at all", b"\xff" * 4000])
def test_weights_that_are_no_weights(tmp_path: Path, junk: bytes) -> None:
    folder = copied(tmp_path)
    (folder / "weights.safetensors").write_bytes(junk)
    assert "weights.safetensors" in refused("trace", folder)


def test_an_output_that_cannot_be_written(tmp_path: Path) -> None:
    target = tmp_path / "no" / "w.safetensors"
    assert "no folder" in refused("train", "first-network", "--steps", 1, "-o", target)
    assert "no folder" in refused("shot", "first-network", "-o", tmp_path / "no" / "x.png")


def test_an_own_preset_without_weights(tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "weights.safetensors").unlink()
    assert layerscope("trace", folder).returncode == 0


NET = """
import torch
from torch import nn

print("this code runs")

class Net(nn.Module):
    def __init__(self, width: int, kind: str = "relu"):
        super().__init__()
        self.inner = nn.Linear(4, width)
        self.kind = kind

    def forward(self, x):
        return getattr(torch, self.kind)(self.inner(x))
"""


def test_a_python_file_is_traced_and_pictured_when_it_is_trusted(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(NET + f"open({str(tmp_path / 'ran')!r}, 'w').close()")
    said = refused("trace", file, "--arg", "width=8", "--input", "y=2,4")
    assert "--trust" in said
    assert "forward takes x" in said
    assert not (tmp_path / "ran").exists()
    words = ("--trust", "--arg", "width=8", "--arg", "kind=tanh", "--input", "x=2,4")
    done = layerscope("trace", file, *words, "--json", "--device", "cpu")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert [(row["op"], row["shapes"]) for row in rows] == [
        ("linear", [[2, 8]]),
        ("tanh", [[2, 8]]),
    ]
    out = tmp_path / "shot.png"
    said = refused("shot", file, *words, "--view", "train", "-o", out)
    assert "only presets come with data and a plan" in said
    assert not out.exists()
    done = layerscope("shot", "net.py", *words, "-o", out, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert out.stat().st_size > 10_000


def test_the_trace_says_what_it_made_up_to_feed(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    file.write_text(NET)
    words = ("trace", file, "--trust", "--arg", "width=8", "--arg", "kind=tanh", "--json")
    done = layerscope(*words)
    assert re.search(r"fed x=\d+,4:float32, made up to fit; --input", done.stderr)
    assert json.loads(done.stdout)
    assert "made up" not in layerscope(*words, "--input", "x=2,4").stderr
    file.write_text(NET + "import torch\ndef example_inputs(): return torch.ones(3, 4)\n")
    done = layerscope(*words)
    assert "made up" not in done.stderr
    assert json.loads(done.stdout)[0]["shapes"] == [[3, 8]]


def test_of_a_pass_that_stops_the_trace_shows_what_ran(tmp_path: Path) -> None:
    file = tmp_path / "net.py"
    body = "        y = self.inner(x)\n        raise ValueError('caf\\udce9' + '9' * 5000)\n"
    file.write_text(NET[: NET.index("        return getattr")] + body)
    words = ("--trust", "--arg", "width=8", "--arg", "kind=tanh", "--input", "x=2,4")
    done = layerscope("trace", file, *words, "--device", "cpu")
    assert done.returncode == 2
    assert "inner/linear#0" in done.stdout
    assert re.search(r"net\.py:\d+: ValueError: caf\\udce9999", done.stderr)
    assert done.stderr.endswith("9… Change the input or the model.\n")
    assert len(done.stderr) < 1000
    file.write_text(NET[: NET.index("        return getattr")] + "        import os; os._exit(7)\n")
    said = refused("trace", file, *words)
    assert said.startswith("layerscope: The engine stopped (code 7)")
    assert said.endswith(". Start it again.\n")


def test_weights_are_put_into_a_model_of_ones_own(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    file = tmp_path / "net.py"
    file.write_text(NET)
    good, bad = tmp_path / "good.safetensors", tmp_path / "bad.safetensors"
    bias = np.zeros(8, np.float32)
    save_file({"inner.weight": np.ones((8, 4), np.float32), "inner.bias": bias}, good)
    save_file({"inner.weight": np.ones((9, 4), np.float32), "inner.bias": bias}, bad)
    words = ("trace", file, "--trust", "--arg", "width=8", "--device", "cpu", "--weights")
    done = layerscope(*words, good)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 2)
    assert "inner.weight" in refused(*words, bad)
    assert layerscope(*words, bad).stdout == ""  # nothing of a model without them
    file.write_text(NET + "import torch\ndef example_inputs(): return torch.ones(3, 5)\n")
    said = refused(*words, bad)
    assert "inner.weight" in said
    assert "The forward pass stopped in linear (inner)" in said


def test_a_hugging_face_folder_is_traced(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    config = transformers.GPT2Config(
        vocab_size=30, n_positions=16, n_embd=8, n_layer=1, n_head=2, architectures=["GPT2Model"]
    )
    config.save_pretrained(tmp_path)
    words = ("--random", "--input", "input_ids=1,5:int64<30")
    done = layerscope("trace", tmp_path, *words, "--json", "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[-1]["shapes"][0] == [1, 5, 8]


def test_words_for_ones_own_models_are_not_for_presets() -> None:
    assert "preset.toml" in refused("trace", "first-network", "--random")


def test_a_path_with_nothing_there(tmp_path: Path) -> None:
    assert "nothing.py" in refused("trace", tmp_path / "nothing.py")


def test_doctor() -> None:
    done = layerscope("doctor", "--device", "cpu")
    assert done.returncode == 0, done.stdout
    assert "torch" in done.stdout
    assert "cpu" in done.stdout


def test_bench_names_what_there_is() -> None:
    assert "first_paint" in refused("bench", "nothing-like-this")


def test_the_first_frame_ends_when_asked() -> None:
    done = layerscope("open", "--exit-after-paint")
    assert (done.returncode, done.stdout) == (0, "")


LONG = "a" * 5000


@pytest.mark.parametrize(
    "words",
    [
        ("train", "first-network", "--steps", 10**23),
        ("train", "first-network", "--seed", -1),
        ("train", "first-network", "--seed", 10**24),
        ("trace", LONG),
        ("train", "first-network", "-o", LONG),
        ("train", "first-network", "-o", "loop"),
        ("train", "first-network", "-o", "/dev/null"),
        ("shot", "first-network", "-o", LONG),
        ("shot", "first-network", "-o", "x.png", "--scale", "nan"),
        ("shot", "first-network", "-o", "x.png", "--scale", "0"),
        ("shot", "first-network", "-o", "x.png", "--scale", "100"),
        ("shot", "first-network", "-o", "x.png", "--zoom", "nan"),
        ("shot", "first-network", "-o", "x.png", "--zoom", "9"),
        ("shot", "first-network", "-o", "x.png", "--steps", "²"),
        ("shot", "first-network", "-o", "x.png", "--at", "²"),
        ("shot", "first-network", "-o", "x.png", "--at=--1"),
    ],
    ids=lambda words: " ".join(map(str, words))[:60],
)
def test_odd_words_are_refused_without_a_traceback(
    tmp_path: Path, words: tuple[object, ...]
) -> None:
    (tmp_path / "loop").symlink_to("loop")
    done = layerscope(*words, cwd=tmp_path)
    assert done.returncode == 2, done
    assert "Traceback" not in done.stderr
    assert "pydantic" not in done.stderr
    assert sorted(p.name for p in tmp_path.iterdir()) == ["loop"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux's own full disk")
def test_output_to_a_full_disk() -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "explorer", "trace", "first-network"],
            stdout=full, stderr=subprocess.PIPE, text=True, timeout=240,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("layerscope: The output cannot be written")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there always is a screen")
@pytest.mark.parametrize("display", ["", ":4711", "nonsense", "localhost:4711"])
def test_open_without_a_screen(display: str) -> None:
    environment = {
        k: v for k, v in os.environ.items() if k not in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY")
    }
    done = subprocess.run(
        [sys.executable, "-m", "explorer", "open"], capture_output=True, text=True, timeout=60,
        env=environment | {"DISPLAY": display},
    )  # fmt: skip
    assert done.returncode == 2, done
    assert done.stderr.startswith("layerscope: There is no screen here")
    assert "layerscope shot" in done.stderr


def test_weights_that_cannot_be_saved_are_kept_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The folder is a file by the end of the training."""
    from explorer import cli

    target = tmp_path / "gone" / "w.safetensors"
    rescue = tmp_path / "rescue"
    rescue.mkdir()
    monkeypatch.setattr(cli, "_writable", lambda path: None)
    monkeypatch.setattr(tempfile, "tempdir", str(rescue))
    (tmp_path / "gone").write_text("")
    code = cli.main(
        ["train", "first-network", "--steps", "2", "--device", "cpu", "-o", str(target)]
    )
    said = capsys.readouterr().err
    assert code == 2
    kept = list(rescue.glob("*.safetensors"))
    assert len(kept) == 1
    assert str(kept[0]) in said
    from safetensors.numpy import load_file

    assert load_file(kept[0])


def test_training_needs_no_room_for_checkpoints() -> None:
    from explorer.headless import Opened

    with Opened("first-network", "cpu") as app:
        assert app.state.run == ""


def test_a_file_named_like_a_library_does_not_run_in_its_place(tmp_path: Path) -> None:
    """Whoever starts us beside a ``torch.py`` asked only to look."""
    ran = tmp_path / "ran"
    (tmp_path / "torch.py").write_text(f"open({str(ran)!r}, 'w').close()")
    (tmp_path / "net.py").write_text("from torch import nn\nclass Net(nn.Linear): pass\n")
    command = "import sys; from explorer.cli import main; sys.exit(main(['trace', 'net.py']))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", command], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "--trust" in done.stderr
    assert not ran.exists()
