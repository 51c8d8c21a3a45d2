"""The heat map of attention weights."""

from rich.cells import cell_len

from seqlab.cli.attention import lines_of


def test_a_heat_map_is_cut_into_blocks_and_never_wider_than_the_terminal():
    columns = [f"word{place}" for place in range(30)]
    weights = [[0.5 if place == row else 0.004 for place in range(30)] for row in range(3)]
    lines = lines_of(["eins", "猫が", "a very long word indeed"], columns, weights, 80)
    assert max(map(cell_len, lines)) <= 80
    assert sum(line.startswith("eins") for line in lines) > 1
    shown = next(line for line in lines if line.startswith("eins"))
    assert "▒▒ 50" in shown or "▓▓ 50" in shown
    assert "·" in shown
