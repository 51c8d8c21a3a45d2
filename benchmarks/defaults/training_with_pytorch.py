"""What the networks in PyTorch share: Adam with its default rate, and the weights of the best epoch."""

import copy
import json
import math
from pathlib import Path

import torch
from packages import versions
from torch import nn

BATCHES_IN_POOL = 50
HOPELESS = 10
"""Epochs without a lower validation loss after which training stops, whatever seqlab's patience is."""


def train(model, asked, batches, loss_of, validate):
    """Returns the best validation loss and its epoch. `batches()`: those of an epoch; `loss_of(batch)`: the sum of the
    losses and their number; `validate()`: the mean validation loss."""
    optimizer = torch.optim.Adam(model.parameters())
    best, best_epoch, weights = math.inf, 0, copy.deepcopy(model.state_dict())
    for epoch in range(1, asked["epochs"] + 1):
        model.train()
        for batch in batches():
            total, number = loss_of(batch)
            optimizer.zero_grad()
            (total / number).backward()
            optimizer.step()
        model.eval()
        with torch.inference_mode():
            loss = validate()
        if loss < best:
            best, best_epoch, weights = loss, epoch, copy.deepcopy(model.state_dict())
        elif epoch - best_epoch >= HOPELESS:
            break
    model.load_state_dict(weights)
    model.eval()
    return {"validation.loss": best, "best_epoch": best_epoch}


def read(asked):
    """The examples, after the seed is set."""
    torch.manual_seed(asked["seed"])
    return json.loads(Path(asked["file"]).read_text(encoding="utf-8"))


def answered(figures):
    return {"figures": figures, "versions": versions("torch")}


def shuffled(lengths, size):
    """The rows of each batch of an epoch: random pools of rows, sorted by length within, in random order."""
    order = torch.randperm(len(lengths)).tolist()
    pool = size * BATCHES_IN_POOL
    pools = [sorted(order[at : at + pool], key=lengths.__getitem__) for at in range(0, len(order), pool)]
    found = [rows[at : at + size] for rows in pools for at in range(0, len(rows), size)]
    return [found[number] for number in torch.randperm(len(found)).tolist()]


def in_order(lengths, size):
    rows = sorted(range(len(lengths)), key=lengths.__getitem__)
    return [rows[at : at + size] for at in range(0, len(rows), size)]


def padded(rows):
    """(batch, time), zeros after the end."""
    return nn.utils.rnn.pad_sequence([torch.tensor(row or [0]) for row in rows], batch_first=True)


def positions(time, width):
    """Sinusoidal ones (Vaswani et al. 2017, section 3.5), (time, width)."""
    angles = torch.arange(time)[:, None] * torch.exp(torch.arange(0, width, 2) * (-math.log(10_000.0) / width))
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)


def recurrent(cell, width, asked, bidirectional=False):
    """Both directions have half of the units each, as seqlab's encoder."""
    kind = {"simple_rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell]
    between = asked["dropout"] if asked["layers"] > 1 else 0.0
    units = asked["units"] // 2 if bidirectional else asked["units"]
    return kind(width, units, asked["layers"], batch_first=True, dropout=between, bidirectional=bidirectional)
