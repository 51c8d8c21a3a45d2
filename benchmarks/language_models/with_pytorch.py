"""The same model in PyTorch, with as many threads as the argument says: a training step, and writing one character
after the other with the state carried."""

import sys
import time

import torch
from processes import answer
from torch import nn

LAYERS = {"simple_rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
if sys.argv[1:]:
    torch.set_num_threads(int(sys.argv[1]))


class LanguageModel(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.embedding = nn.Embedding(shape["vocabulary"], shape["embedding"])
        between = shape["dropout"] if shape["layers"] > 1 else 0.0
        self.recurrent = LAYERS[shape["cell"]](
            shape["embedding"], shape["units"], shape["layers"], batch_first=True, dropout=between
        )
        self.dropout = nn.Dropout(shape["dropout"])
        self.logits = nn.Linear(shape["units"], shape["vocabulary"])

    def forward(self, ids, state=None):
        outputs, state = self.recurrent(self.embedding(ids), state)
        return self.logits(self.dropout(outputs)), state


def training(shape):
    model = LanguageModel(shape)
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    generator = torch.Generator().manual_seed(0)
    text = torch.randint(shape["vocabulary"], (shape["batch"], shape["window"] + 1), generator=generator)

    def steps(number):
        for _ in range(number):
            logits, _ = model(text[:, :-1])
            loss = nn.functional.cross_entropy(logits.flatten(0, 1), text[:, 1:].flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

    return steps


@torch.inference_mode()
def write(model, prompt, length):
    """prompt (batch, time) → ids (batch, length), drawn at temperature 1."""
    logits, state = model(prompt)
    written = []
    for _ in range(length):
        ids = torch.multinomial(torch.softmax(logits[:, -1], -1), 1)
        written.append(ids)
        logits, state = model(ids, state)
    return torch.cat(written, 1)


def writing(shape):
    model = LanguageModel(shape).eval()
    return lambda asked: write(model, torch.zeros((asked["samples"], 17), dtype=torch.long), asked["length"])


def reply(asked):
    """A shape prepares it, a number takes that many steps, a length writes so many characters: the seconds."""
    started = time.perf_counter()
    if isinstance(asked, dict) and "cell" in asked:
        reply.steps, reply.write = training(asked), writing(asked)
        reply.steps(1)
    elif isinstance(asked, dict):
        reply.write(asked)
    else:
        reply.steps(asked)
    return time.perf_counter() - started


answer(reply)
