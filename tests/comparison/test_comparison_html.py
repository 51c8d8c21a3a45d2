"""What a notebook shows of a comparison."""

from seqlab.comparison import compare


def test_differences_verdicts_and_configs_are_there(quick_run):
    comparison = compare([[quick_run], [quick_run]])
    page = comparison._repr_html_()
    assert page.startswith("<div")
    assert f"A: {quick_run.id}" in page
    for name, difference in comparison.differences[0].items():
        assert f">{name}<" in page
        assert difference.verdict in page
    assert "test, 120 items" in page
    assert "config" not in page, "they are the same"
