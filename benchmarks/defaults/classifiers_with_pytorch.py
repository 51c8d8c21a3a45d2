"""Classifiers of the same kinds and sizes in plain PyTorch."""

import torch
from processes import answer
from torch import nn
from torch.nn import functional
from training_with_pytorch import answered, in_order, padded, positions, read, recurrent, shuffled, train


class Bag(nn.Module):
    """The sum of a row for each distinct token, as of a multi-hot vector."""

    def __init__(self, size, classes, asked):
        super().__init__()
        self.rows = nn.EmbeddingBag(size, asked["hidden"], mode="sum", padding_idx=0)
        self.dropout, self.logits = nn.Dropout(asked["dropout"]), nn.Linear(asked["hidden"], classes)

    def forward(self, ids):
        rows = [row.unique() for row in ids]
        return self.logits(self.dropout(functional.relu(self.rows(padded_tensors(rows)))))


def padded_tensors(rows):
    return nn.utils.rnn.pad_sequence(rows, batch_first=True)


class Recurrent(nn.Module):
    def __init__(self, size, classes, asked):
        super().__init__()
        self.embedding = nn.Embedding(size, asked["embedding"], padding_idx=0)
        self.recurrent = recurrent(asked["cell"], asked["embedding"], asked)
        self.dropout, self.logits = nn.Dropout(asked["dropout"]), nn.Linear(asked["units"], classes)

    def forward(self, ids):
        """The state after the last token: padding follows it."""
        outputs, _ = self.recurrent(self.embedding(ids))
        last = (ids != 0).sum(1).clamp(min=1) - 1
        return self.logits(self.dropout(outputs[torch.arange(len(ids)), last]))


class SeparableConvolution(nn.Module):
    def __init__(self, width, filters, kernel):
        super().__init__()
        self.depthwise = nn.Conv1d(width, width, kernel, padding="same", groups=width, bias=False)
        self.pointwise = nn.Conv1d(width, filters, 1)

    def forward(self, vectors, mask):
        return self.pointwise(self.depthwise((vectors * mask).transpose(1, 2))).transpose(1, 2)


class Convolutions(nn.Module):
    def __init__(self, size, classes, asked):
        super().__init__()
        filters, kernel = asked["filters"], asked["kernel"]
        self.embedding = nn.Embedding(size, asked["embedding"], padding_idx=0)
        self.dropout = nn.Dropout(asked["dropout"])
        self.first = SeparableConvolution(asked["embedding"], filters, kernel)
        self.norms = nn.ModuleList(nn.LayerNorm(filters) for _ in range(2 * asked["blocks"] + 1))
        self.convolutions = nn.ModuleList(
            SeparableConvolution(filters, filters, kernel) for _ in range(2 * asked["blocks"])
        )
        self.logits = nn.Linear(filters, classes)

    def forward(self, ids):
        mask = (ids != 0)[:, :, None].float()
        vectors = self.first(self.dropout(self.embedding(ids)), mask)
        for number in range(0, len(self.convolutions), 2):
            changed = vectors
            for each in (number, number + 1):
                changed = self.convolutions[each](functional.relu(self.norms[each](changed)), mask)
            vectors = vectors + changed
        return self.logits(self.dropout(masked_mean(self.norms[-1](vectors), mask)))


class Transformer(nn.Module):
    def __init__(self, size, classes, asked):
        super().__init__()
        width = asked["width"]
        self.embedding = nn.Embedding(size, width, padding_idx=0)
        self.dropout = nn.Dropout(asked["dropout"])
        layer = nn.TransformerEncoderLayer(
            width, asked["heads"], asked["feed_forward"], asked["dropout"], batch_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, asked["layers"], enable_nested_tensor=False)
        self.logits = nn.Linear(width, classes)

    def forward(self, ids):
        mask = ids != 0
        mask[:, 0] = True  # a text without a token has one to attend to
        vectors = self.embedding(ids)
        vectors = self.dropout(vectors + positions(*vectors.shape[1:]))
        vectors = self.encoder(vectors, src_key_padding_mask=~mask)
        return self.logits(self.dropout(masked_mean(vectors, mask[:, :, None].float())))


def masked_mean(vectors, mask):
    return (vectors * mask).sum(1) / mask.sum(1).clamp(min=1)


MODELS = {"bag": Bag, "recurrent": Recurrent, "separable_conv": Convolutions, "transformer": Transformer}


def reply(asked):
    content = read(asked)
    splits, size = content["splits"], asked["batch_size"]
    model = MODELS[asked["model"]](content["vocabulary_size"], content["classes"], asked)

    def batch(split, rows):
        return padded([split["ids"][row] for row in rows]), torch.tensor([split["targets"][row] for row in rows])

    def loss_of(pair):
        return functional.cross_entropy(model(pair[0]), pair[1], reduction="sum"), len(pair[1])

    def scored(split):
        total = correct = 0
        for rows in in_order(list(map(len, split["ids"])), 4 * size):
            ids, targets = batch(split, rows)
            logits = model(ids)
            total += float(functional.cross_entropy(logits, targets, reduction="sum"))
            correct += int((logits.argmax(1) == targets).sum())
        return total / len(split["ids"]), correct / len(split["ids"])

    lengths = list(map(len, splits["train"]["ids"]))
    trained = train(
        model,
        asked,
        lambda: (batch(splits["train"], rows) for rows in shuffled(lengths, size)),
        loss_of,
        lambda: scored(splits["validation"])[0],
    )
    with torch.inference_mode():
        loss, accuracy = scored(splits["test"])
    return answered({"test.accuracy": accuracy, "test.loss": loss, **trained})


if __name__ == "__main__":
    answer(reply)
