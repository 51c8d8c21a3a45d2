"""Translators of the same kinds and sizes in plain PyTorch, which translate by greedy search."""

import sacrebleu
import torch
from packages import versions
from processes import answer
from torch import nn
from torch.nn import functional
from training_with_pytorch import answered, in_order, padded, positions, read, recurrent, shuffled, train

PADDING, START, END = 0, 2, 3
LONGEST = 60
"""Words of a translation."""


class Recurrent(nn.Module):
    """The decoder begins with the encoder's last states, and attends by dot products (Luong et al. 2015)."""

    def __init__(self, sizes, asked):
        super().__init__()
        units, width = asked["units"], asked["embedding"]
        self.source, self.target = (nn.Embedding(size, width, padding_idx=PADDING) for size in sizes)
        self.dropout = nn.Dropout(asked["dropout"])
        both = asked["bidirectional"]
        self.encoder = recurrent(asked["cell"], width, asked, bidirectional=both)
        self.decoder = recurrent(asked["cell"], width, asked)
        self.combine, self.logits = nn.Linear(2 * units, units, bias=False), nn.Linear(units, sizes[1])

    def encode(self, source):
        """What each word gave, and the last states, those of both directions side by side."""
        lengths = (source != PADDING).sum(1).clamp(min=1)
        vectors = self.dropout(self.source(source))
        packed = nn.utils.rnn.pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False)
        outputs, states = self.encoder(packed)
        outputs = nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True, total_length=source.shape[1])[0]
        if self.encoder.bidirectional:
            joined = tuple(map(self._joined, states if isinstance(states, tuple) else (states,)))
            states = joined if isinstance(states, tuple) else joined[0]
        return outputs, states

    def _joined(self, state):
        """(layers · 2, batch, units / 2) → (layers, batch, units)"""
        both = state.unflatten(0, (self.encoder.num_layers, 2))
        return torch.cat([both[:, 0], both[:, 1]], -1).contiguous()

    def forward(self, source, target):
        outputs, states = self.encode(source)
        hidden, _ = self.decoder(self.dropout(self.target(target)), states)
        scores = hidden @ outputs.transpose(1, 2)
        weights = scores.masked_fill((source == PADDING)[:, None], -1e9).softmax(-1)
        attended = torch.tanh(self.combine(torch.cat([weights @ outputs, hidden], -1)))
        return self.logits(self.dropout(attended))


class Transformer(nn.Module):
    def __init__(self, sizes, asked):
        super().__init__()
        width, layers = asked["width"], asked["layers"]
        self.source, self.target = (nn.Embedding(size, width, padding_idx=PADDING) for size in sizes)
        self.dropout = nn.Dropout(asked["dropout"])
        self.transformer = nn.Transformer(
            width, asked["heads"], layers, layers, asked["feed_forward"], asked["dropout"], batch_first=True
        )
        self.logits = nn.Linear(width, sizes[1])

    def forward(self, source, target):
        embedded = [table(ids) for table, ids in ((self.source, source), (self.target, target))]
        read = [self.dropout(vectors + positions(*vectors.shape[1:])) for vectors in embedded]
        causal = torch.ones(target.shape[1], target.shape[1], dtype=torch.bool).triu(1)
        mask = source == PADDING
        hidden = self.transformer(
            *read, tgt_mask=causal, src_key_padding_mask=mask, memory_key_padding_mask=mask, tgt_is_causal=True
        )
        return self.logits(hidden)


MODELS = {"recurrent_encoder_decoder": Recurrent, "transformer": Transformer}


def translated(model, source):
    """(batch, source) → ids without start and end. Each step reads the whole sentence again."""
    target = torch.full((len(source), 1), START)
    ended = torch.zeros(len(source), dtype=torch.bool)
    while target.shape[1] <= LONGEST and not ended.all():
        ids = model(source, target)[:, -1].argmax(-1)
        target = torch.cat([target, ids[:, None]], 1)
        ended |= ids == END
    rows = target[:, 1:].tolist()
    return [row[: row.index(END)] if END in row else row for row in rows]


def bleu(model, split, words, size):
    """Of the distinct sources against all of their translations in the split, without case."""
    references = {}
    for source, ids, text in zip(split["source_texts"], split["source"], split["target_texts"], strict=True):
        references.setdefault(source, (ids, []))[1].append(text)
    sources, texts = zip(*references.values(), strict=True)
    found = [""] * len(sources)
    for rows in in_order(list(map(len, sources)), 4 * size):
        for row, ids in zip(rows, translated(model, padded([sources[row] for row in rows])), strict=True):
            found[row] = " ".join(words[each] for each in ids)
    most = max(map(len, texts))
    streams = [[each[number] if number < len(each) else None for each in texts] for number in range(most)]
    return sacrebleu.corpus_bleu(found, streams, lowercase=True).score


def reply(asked):
    content = read(asked)
    splits, size = content["splits"], asked["batch_size"]
    model = MODELS[asked["model"]](content["sizes"], asked)

    def batch(split, rows):
        return [padded([split[side][row] for row in rows]) for side in ("source", "target")]

    def loss_of(pair):
        source, target = pair
        logits = model(source, target[:, :-1]).flatten(0, 1)
        total = functional.cross_entropy(logits, target[:, 1:].flatten(), ignore_index=PADDING, reduction="sum")
        return total, int((target[:, 1:] != PADDING).sum())

    def lengths(split):
        return [len(source) + len(target) for source, target in zip(split["source"], split["target"], strict=True)]

    def score(split):
        sums = [loss_of(batch(split, rows)) for rows in in_order(lengths(split), 2 * size)]
        return float(sum(total for total, _ in sums)) / sum(number for _, number in sums)

    of_train = lengths(splits["train"])
    trained = train(
        model,
        asked,
        lambda: (batch(splits["train"], rows) for rows in shuffled(of_train, size)),
        loss_of,
        lambda: score(splits["validation"]),
    )
    with torch.inference_mode():
        figures = {"test.loss": score(splits["test"]), "test.bleu": bleu(model, splits["test"], content["words"], size)}
    found = answered({**figures, **trained})
    found["versions"] |= versions("sacrebleu")
    return found


if __name__ == "__main__":
    answer(reply)
