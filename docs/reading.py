"""Makes docs/reading-the-panes.md and its pictures anew: ``python docs/reading.py``."""

from __future__ import annotations

import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "assets" / "panes"
LARGEST = 220_000  # bytes of a picture
SIZE = "1280x900"


@dataclass(frozen=True)
class Part:
    """``name`` of the picture, ``title`` and ``says`` around it, and what `layerscope shot` is
    told to show."""

    name: str
    title: str
    says: str
    shot: str


GUIDE = (
    Part(
        "values",
        "Values",
        "Every value has this picture. A cell is a number: blue below 0, red above, the darker or"
        " lighter the nearer to 0; from dark to bright where all have one sign. NaN and infinities"
        " have colours of their own and signs in them. Where cells are too small, one stands for a"
        " block: the one furthest from 0, unless *Axes* says mean. The wheel goes on to single"
        " numbers; the line below names the cell under the mouse with all of its indices.\n\n"
        "*Axes* chooses rows and columns and what is seen of the others, *Colours* the scale: drag"
        " the black and the white point in the histogram, or keep a scale from value to value, so"
        " that two layers can be compared. *Compare* puts another value and the difference"
        " beside it, and each tells of its own numbers; while the pass is changed that is the value"
        " before the changes. A click on a block tells of its furthest number.\n\n"
        "**Look for:** rows or columns that stand out (a dead unit, a position that differs), one"
        " cell so large that all others are grey (try *98 %*), stripes that repeat along time.",
        "char-gpt --at blocks.1.mlp.fc1/linear#0 --pane values",
    ),
    Part(
        "attention",
        "Attention, as a map",
        "A row is the token that looks, a column the token looked at; each row sums to 1. Hatched"
        " cells are masked: the future, in a model that writes. The small maps are the heads; each"
        " has its colour everywhere. The wheel zooms, down to single weights.\n\n"
        "**Look for:** a bright diagonal (each token looks at itself), a bright line below it (at"
        " the one before), a bright column (all look at one token, often the first), and rows"
        " spread evenly (the head has nothing to say here). *Faint too* shows what is too weak for"
        " the plain scale.",
        "char-gpt --at blocks.2.attn/softmax#0 --attention head",
    ),
    Part(
        "attention-lines",
        "Attention, as lines",
        "The same, token to token, of all heads at once or those that are switched on: a click on a"
        " head's colour switches it, a double click shows it alone. Over a token its own lines are"
        " left, with the weights beside the others.\n\n"
        "**Look for:** heads that do one thing, such as always one token back; and tokens that"
        " everybody looks at.",
        "char-gpt --at blocks.2.attn/softmax#0 --attention lines",
    ),
    Part(
        "attention-model",
        "Attention of the whole model",
        "Rows are layers, columns heads. A click goes there. *mean* and *rollout*, beside the heads"
        " in the other pictures, sum up: a rollout multiplies the layers, half of each being the"
        " residual way, so it tells which inputs reach a position at all, through whatever is"
        " between (Abnar and Zuidema 2020).\n\n"
        "**Look for:** how heads turn from looking nearby, in the first layers, to few tokens far"
        " away.",
        "char-gpt --at blocks.2.attn/softmax#0 --attention model",
    ),
    Part(
        "prediction",
        "Prediction",
        "The likeliest classes, or tokens after the position of the slider. A full bar is"
        " certainty. With a temperature, top-k or top-p the bars are how likely each token is"
        " *drawn*, and a line marks what the model says; what is cut off has no number. The"
        " entropy tells how open the choice is: 0 bits is none, 1 bit a coin."
        " A click on a bar shows the softmax that made its percentage, with the temperature and"
        " with what top-k and top-p leave.\n\n"
        "**Look for:** how few tokens are left at temperature 0.5, and positions where the model"
        " is sure although it is wrong.",
        "char-gpt --at -1 --pane prediction",
    ),
    Part(
        "writing",
        "What the model writes",
        "Over the step bar stand the tokens of the prompt, then those that were drawn. *Generate*"
        " draws one, `▶` many; temperature, top-k, top-p and the seed are behind the button beside"
        " it. Every drawn token has its own pass: a click shows the one that gave it, and the"
        " prediction with the drawn token as the bright bar. The line in a token is as long as it"
        " was likely. The framed token is that of the pass on screen; those after it are dim, for"
        " the pass knows nothing of them. The last chip, `?`, is the token that comes next. When"
        " there are more tokens than the model reads, its window goes on with the text, and those"
        " that it no longer reads are dim, too.\n\n"
        "**Look for:** short lines, where the model could have said something else, and what the"
        " text would have been: `↻` draws such a token again. `Ctrl+Shift+→` goes to the next token"
        " and stays at its op, so an attention map can be watched while it grows.",
        "char-gpt --generate 24 --token 7",
    ),
    Part(
        "lens",
        "Logit lens",
        "What the model would say if it ended earlier: its end (the last norm and the head) is run"
        " on the residual stream as each block leaves it (nostalgebraist 2020). A row is a block,"
        " *in* the stream before the first one, a column a position; in the cell stands the"
        " likeliest token, on a ground that is the brighter the likelier it is. The line below"
        " names the five likeliest, and a click goes to the op that makes the stream so. It is"
        " there where the blocks of a model plainly add to one stream and nothing else leads to"
        " the prediction.\n\n"
        "**Look for:** from which block on the answer is there, where a guess is given up for"
        " another one, and positions that are sure from the first block.",
        "char-gpt --at -1 --pane lens",
    ),
    Part(
        "features",
        "Feature maps",
        "Every channel of a convolution as a picture, on one colour scale, so a dark map answers"
        " weakly; *Each its own scale* shows shapes instead. A click brings one to the front."
        " Those that answer most can come first.\n\n"
        "**Look for:** maps that answer to edges in one direction, maps that are dark everywhere,"
        " and how pooling keeps an answer but not its exact place.",
        "digits-cnn --at features.1/relu#0 --pane features",
    ),
    Part(
        "convolution",
        "Convolution",
        "The kernel on the input, and the one cell of the output that it makes there: move over the"
        " output and it slides along, `▶` lets it go row by row. Below, every number under the"
        " kernel times the one of the kernel; a bar for each input channel tells what its products"
        " add up to, a click on one shows it, and with the bias all of them make the number. What"
        " is hatched is padding, or meets no input. *All filters* has the weights as pictures, in"
        " colour where a filter sees red, green and blue. `R` outlines on input and output what a"
        " number of a later layer came from. A right click changes the cell, the channel, the"
        " weight or the filter under the mouse.\n\n"
        "**Look for:** windows that look like the kernel, which make the largest numbers, and"
        " channels that cancel each other.",
        "digits-cnn --at features.3/conv2d#0 --pane convolution",
    ),
    Part(
        "neurons",
        "Neurons",
        "Of any linear layer, or what an activation makes of it: at the right its neurons with"
        " their numbers, at the left those that they read, and the weights between as lines, the"
        " wider the larger. Each neuron adds up the numbers before it, times these weights, and"
        " its bias, the small square. The line below writes that sum of the neuron under the"
        " mouse, or of the one that a click kept. *Weight × number* makes the lines what each"
        " neuron before really adds. Of thousands of neurons some are shown, and the others are"
        " counted: the wheel goes through them, *Furthest from 0 first* brings those with"
        " the largest numbers, of either sign, sliders choose the row or the token. The right"
        " button sets a neuron to zero, or to any number.\n\n"
        "**Look for:** how few lines make a neuron's number once they are products, and neurons"
        " whose left half is blue and whose right half is empty: their ReLU lets nothing through.",
        "first-network --at 1 --pane neurons --cell 0,3 --part inspector",
    ),
    Part(
        "neurons-plane",
        "Neurons, over the plane",
        "Where a model reads two numbers, each neuron is a picture: what it gives for every point"
        " of the plane, blue below 0, red above, each on its own scale. The neuron under the mouse,"
        " or the one that a click kept, is large, with the data on it and the point of this pass in"
        " yellow. All pictures are of one run of the model on a grid of points, with the weights"
        " and the changes of this pass.\n\n"
        "**Look for:** straight edges in the first layer, which later layers bend and combine, and"
        " neurons that are the same everywhere.",
        "spirals-mlp --at 3 --pane neurons --cell 0,4 --part inspector",
    ),
    Part(
        "recurrent",
        "Recurrent",
        "A recurrent layer from left to right through time, a row for each unit: the hidden state"
        " `h`, the cell state `c` of an LSTM, and the gates, from closed (0) to open (1); the new"
        " state that they let in (`g`, `n`) is red above zero and blue below, as the states are."
        " The lines above say how open each gate is on the mean of all units. As in textbooks"
        " and on the map, h₀ and c₀ are the states before the first step: the first step makes"
        " h₁ and c₁, at t = 0 where a layer reads forwards, at the last t where it reads backwards."
        " Over a cell stand its numbers, and of an LSTM or GRU the sum that makes the next state of"
        " them; in a changed pass also its number before the changes, and"
        " what a number would be that you set, which has a frame in the bands. A click goes to the"
        " op that made it, by opening the layer if need be. The wheel zooms down to the numbers,"
        " *by change* brings the units to the top that change most. Layer, direction (`←` reads"
        " from right to left) and sample are chosen above; what is hatched is padding. It is there"
        " for `nn.LSTM`, `nn.GRU` and `nn.RNN`, for loops over their cells, and for a loop that"
        " somebody wrote, whose gates are known where its states are made as the textbook says.\n\n"
        "**Look for:** tokens at which the forget gate closes, and units that keep one number for"
        " long. The LSTM in the picture was trained, on random strings, to tell what stands in"
        " quotation marks: it forgets at each of them.",
        "docs/reading_models.py --class Quotes --trust"
        ' --text \'she said "open" and then "shut" twice\' --at lstm/lstm#0 --pane recurrent',
    ),
    Part(
        "embedding",
        "Embedding",
        "Every row of a table as a point, those that this pass used lit. The axes are the two"
        " directions in which rows differ most; their share of all differences is written there,"
        " and what they do not hold is not on the map. So the cosines named below, which are of"
        " whole rows, decide what is near.\n\n"
        "**Look for:** groups that nobody taught the model, such as vowels, digits or capitals.",
        "char-gpt --at token_embedding/embedding#0 --pane embedding",
    ),
    Part(
        "vector",
        "Bars",
        "Up to 64 numbers, from zero to the right or to the left.\n\n"
        "**Look for:** what an activation did: compare the bars of a layer with those after its"
        " ReLU, which have no left side.",
        "first-network --at 0 --pane vector",
    ),
    Part(
        "distribution",
        "Distribution",
        "Above, which numbers occur, and how often; outliers are yellow. Where one bin holds most"
        " numbers, heights are logarithmic, and it says so. Below, a box for every unit: half of"
        " its numbers are in the box, the line is the median, whiskers end at the last number that"
        " is no outlier, and a small triangle says that there are more beyond the plot. Red boxes"
        " say nothing: they are 0 everywhere, or saturated; the sentence below names them.\n\n"
        "**Look for:** a layer whose boxes are all far from 0 while the next activation only"
        " answers near 0, and units that never fire, whatever the input.",
        "digits-cnn --at features.4/relu#0 --pane distribution",
    ),
    Part(
        "derivation",
        "How a number came to be",
        "A click on any number, or `E`. The formula of the op, then the same with the actual"
        " numbers, the largest terms first; what is left out is told as one sum, so all of them"
        " add up to the number. Beside it the values that were read, with the cells that took part"
        " in full colour. A click on a term goes on to how *that* number came to be; where it says"
        " “inside”, the click opens the fused op that the number is in.\n\n"
        "**Look for:** how few terms make most of a sum, and terms that cancel each other.",
        "digits-cnn --at features.3/conv2d#0 --pane features --cell 0,5,1,1",
    ),
    Part(
        "reach",
        "All that a number came from",
        "`R`: not the cells that one op read, but all of the pass that this number depends on, and"
        " `Shift+R`: all that depends on it. Outlined are the cells that could change it; colour is"
        " how much they do, gradient times value. It is drawn on the image or the tokens, in every"
        " value that one goes to, and the nodes of the map have the colour of their sum.\n\n"
        "**Look for:** how large the outline is on the image and how little of it counts; and, in a"
        " model that writes, that nothing after a position is ever in it.",
        "digits-cnn --at features.3/conv2d#0 --cell 0,5,1,1 --reach from --theme light",
    ),
)


CHANGED = """
## After a change

What somebody changed is magenta wherever it is: the node on the map, a neuron, a number of a \
kernel, a cell over time, the line below a feature map. Values shows the pass with the changes, \
the one before and the difference side by side; a difference of a few units in the last place, as \
another order of the same sums makes one, is named as such and has no colours.

**Look for:** how far a change reaches, and where it is lost: in a ReLU that was off, in a softmax \
that was sure.
"""


def main() -> int:
    """Make the pictures and the page; 1 if one cannot be made or is too large."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for part in GUIDE:
        out = PICTURES / f"{part.name}.png"
        command = [sys.executable, "-m", "explorer", *_words(part), "-o", str(out)]
        if subprocess.run(command, cwd=ROOT).returncode:
            return 1
        if out.stat().st_size > LARGEST:
            print(f"{out} is larger than {LARGEST} bytes")
            return 1
    (ROOT / "docs" / "reading-the-panes.md").write_text(page(), encoding="utf-8")
    return 0


def page() -> str:
    """The text of docs/reading-the-panes.md."""
    parts = [
        "# Reading the panes\n\nWhat each picture of a value shows, how to read it, and what to"
        " look for. The pictures are of shipped presets, one of a model in this folder; each says"
        " below how it was made. `V` goes from pane to pane, and every pane says in one sentence"
        " what it shows.\n\nThis page and its pictures are made by `python docs/reading.py`.\n"
    ]
    for part in GUIDE:
        command = shlex.join(["layerscope", *_words(part), "-o", f"{part.name}.png"])
        parts.append(
            f"\n## {part.title}\n\n{part.says}\n\n![{part.title}](../assets/panes/{part.name}.png)"
            f"\n\n```sh\n{command}\n```\n"
        )
    return "".join([*parts, CHANGED])


def _words(part: Part) -> list[str]:
    """What the command is told; of a derivation, and of a text, the whole window is shown, unless
    the part says otherwise."""
    all_of_it = any(one in part.shot for one in ("--cell", "--generate", "--part"))
    whole = [] if all_of_it else ["--part", "inspector"]
    return ["shot", *shlex.split(part.shot), "--size", SIZE, *whole]


if __name__ == "__main__":
    sys.exit(main())
