"""Language models of the same kinds and sizes in plain PyTorch."""

import torch
from frequencies import with_unseen
from processes import answer
from torch import nn
from torch.nn import functional
from training_with_pytorch import answered, positions, read, recurrent, train

AT_ONCE = 64
"""Windows of a text that are scored together."""


class Recurrent(nn.Module):
    def __init__(self, size, asked):
        super().__init__()
        self.embedding = nn.Embedding(size, asked["embedding"])
        self.recurrent = recurrent(asked["cell"], asked["embedding"], asked)
        self.dropout, self.logits = nn.Dropout(asked["dropout"]), nn.Linear(asked["units"], size)

    def forward(self, ids, state=None):
        outputs, state = self.recurrent(self.embedding(ids), state)
        return self.logits(self.dropout(outputs)), state

    def losses(self, ids, window):
        """Of each id but the first, with the state carried through the whole text."""
        state, found = None, []
        for start in range(0, len(ids) - 1, 10 * window):
            piece = ids[start : start + 10 * window + 1]
            logits, state = self(piece[None, :-1], state)
            found.append(functional.cross_entropy(logits[0], piece[1:], reduction="none"))
        return torch.cat(found)


class Transformer(nn.Module):
    def __init__(self, size, asked):
        super().__init__()
        width = asked["width"]
        self.embedding, self.dropout = nn.Embedding(size, width), nn.Dropout(asked["dropout"])
        layer = nn.TransformerEncoderLayer(
            width, asked["heads"], asked["feed_forward"], asked["dropout"], batch_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, asked["layers"], enable_nested_tensor=False)
        self.logits = nn.Linear(width, size)

    def forward(self, ids):
        vectors = self.embedding(ids)
        vectors = self.dropout(vectors + positions(*vectors.shape[1:]))
        causal = nn.Transformer.generate_square_subsequent_mask(ids.shape[1])
        return self.logits(self.encoder(vectors, mask=causal, is_causal=True)), None

    def losses(self, ids, window):
        """Of each id but the first, after at least half a window of the text, or as much as there is."""
        half, found = window // 2, []
        starts = range(0, max(len(ids) - 1 - half, 1), half)
        for at in range(0, len(starts), AT_ONCE):
            windows = [ids[start : start + window + 1] for start in starts[at : at + AT_ONCE]]
            batch = nn.utils.rnn.pad_sequence(windows, batch_first=True)
            logits, _ = self(batch[:, :-1])
            losses = functional.cross_entropy(logits.transpose(1, 2), batch[:, 1:], reduction="none")
            for row, each in enumerate(windows):
                found.append(losses[row, 0 if not found else half : len(each) - 1])
        return torch.cat(found)


MODELS = {"recurrent": Recurrent, "transformer": Transformer}


def windows(ids, asked):
    """Those of an epoch: they do not overlap, and begin at another position in each epoch."""
    window = asked["window"]
    first = int(torch.randint(window, ()))
    starts = torch.arange(first, len(ids) - window, window)
    for rows in starts[torch.randperm(len(starts))].split(asked["batch_size"]):
        yield ids[rows[:, None] + torch.arange(window + 1)]


def reply(asked):
    content = read(asked)
    ids = {name: torch.tensor(split["ids"]) for name, split in content["splits"].items()}
    model = MODELS[asked["model"]](content["vocabulary_size"], asked)

    def loss_of(batch):
        logits, _ = model(batch[:, :-1])
        targets = batch[:, 1:].flatten()
        return functional.cross_entropy(logits.flatten(0, 1), targets, reduction="sum"), len(targets)

    def score(name):
        losses = model.losses(ids[name], asked["window"])
        return with_unseen(float(losses.double().sum()), len(losses), content["splits"][name]["unseen"])

    trained = train(model, asked, lambda: windows(ids["train"], asked), loss_of, lambda: score("validation"))
    with torch.inference_mode():
        return answered({"test.loss": score("test"), **trained})


if __name__ == "__main__":
    answer(reply)
