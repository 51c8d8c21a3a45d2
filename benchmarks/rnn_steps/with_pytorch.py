"""nn.RNN, nn.LSTM, nn.GRU, with as many threads as the argument says. A masked batch is a packed sequence, as
PyTorch's users do it."""

import sys
from collections.abc import Callable

import torch
from cases import Case, answer
from torch import nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

KINDS = {"simple_rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def prepare(case: Case) -> Callable[[int], None]:
    layer = KINDS[case.cell](case.features, case.units, case.layers, batch_first=True, bidirectional=case.bidirectional)
    inputs = torch.tensor(case.inputs(), requires_grad=True)
    lengths = torch.tensor(case.lengths())
    target = torch.tensor(case.target())
    learned = [inputs, *layer.parameters()]

    def step() -> None:
        x = pack_padded_sequence(inputs, lengths, True, enforce_sorted=False) if case.masked else inputs
        outputs, states = layer(x)
        if not case.sequences:
            hidden = states[0] if case.cell == "lstm" else states
            result = torch.cat([hidden[-2], hidden[-1]], 1) if case.bidirectional else hidden[-1]
        elif isinstance(outputs, PackedSequence):
            result, _ = pad_packed_sequence(outputs, batch_first=True)
        else:
            result = outputs
        for parameter in learned:
            parameter.grad = None
        (result * target).sum().backward()
        with torch.no_grad():
            for parameter in learned:
                parameter.sub_(parameter.grad, alpha=1e-7)

    def steps(number: int) -> None:
        for _ in range(number):
            step()

    return steps


if __name__ == "__main__":
    if sys.argv[1:]:
        torch.set_num_threads(int(sys.argv[1]))
    answer(prepare)
