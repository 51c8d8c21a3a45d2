"""The benchmark of hosts: its model of a step, by hand, and its tables of figures that are made up."""

import pytest


@pytest.fixture
def model(benchmark):
    return benchmark("scaling_model")


def test_a_ring_sends_each_share_around_twice(model):
    """4 hosts, 8 MB at 1 MB/s: 6 rounds of 2 MB; 3 sums of 6 messages of 0.5 s."""
    assert model.Network(0.0, 1e6).ring(8e6, hosts=4) == pytest.approx(12.0)
    assert model.Network(0.5, 1e6).ring(8e6, hosts=4, sums=3) == pytest.approx(12.0 + 9.0)
    assert model.Network(0.5, 1e6).ring(8e6, hosts=1, sums=3) == 0.0


def test_its_numbers_are_found_again(model):
    network, step = model.Network(0.002, 4e8), model.Step(0.01, 0.001)
    of_two = model.Network.of_two(network.ring(0, 2), network.ring(8e6, 2), 8e6)
    assert (of_two.latency, of_two.bandwidth) == pytest.approx((0.002, 4e8))
    found = model.Step.of({32: step.seconds(32), 128: step.seconds(128)})
    assert (found.fixed, found.row) == pytest.approx((0.01, 0.001))


def test_rows_are_sent_to_all_and_tables_around_a_ring(model):
    """A table of 1,000 rows of 9 floats, 100 tokens a host, 44 bytes a row: worth it for few hosts."""
    given = model.Model(tables=9_000, width=9, dense=500, sums=2)
    assert given.gradient == 38_000
    assert given.sent(2) == 38_000
    assert given.sent_by_rows(2, 100) == 2_000 + 4_400
    assert given.sent(64) == pytest.approx(38_000 * 126 / 64)
    assert given.sent_by_rows(64, 100) == pytest.approx(2_000 * 126 / 64 + 63 * 4_400)


def test_a_step_is_computed_and_then_summed(model):
    given = model.Model(tables=0, width=1, dense=250_000, sums=2)
    seconds = model.seconds_of_step(model.Step(1.0, 0.5), model.Network(0.25, 1e6), given, rows=8, hosts=2)
    assert seconds == pytest.approx(1.0 + 0.5 * 4 + 2 * 2 * 0.25 + 1.0)


def test_the_tables_say_what_was_measured_and_what_was_not(benchmark):
    hosts = benchmark("hosts")
    measured = {
        "rows": 64,
        "parameters": 1_000_000,
        "tensors": 20,
        "sums": {"small": 0.002, "large": 0.002 + 4 * (1 << 21) / 1e9},
        "one": {"32": 0.050, "64": 0.090, "128": 0.170},
        "two": 0.150,
    }
    lines = hosts.comparison(measured).splitlines()
    assert lines[0] == "one host: 10.00 ms a step and 1.250 ms a row; a sum over two hosts: 2.00 ms, and 1000 MB/s"
    assert lines[4] == "| 1 | 64 | 90.0 | 90.0 |"
    # 10 + 1.25 · 32, a sum of 2 ms for each tensor, 4 ms for 4 MB
    assert lines[5] == f"| 2 | 32 | 150.0 | {50 + 2 * 25 + 4:.1f} |"
    table = hosts.table_of_hosts().splitlines()
    assert len(table) == 4 + len(hosts.HOSTS)
    assert table[4].startswith("| 1 | 0 | 0 | 0 | 1.00 |")
