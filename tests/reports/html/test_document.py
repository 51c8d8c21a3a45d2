"""A report as one file: what is in it, that texts stay texts, and that a browser runs it without a request."""

import html
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest
from recorded_runs import predictions, recorded_run

from seqlab.reports.html import read_run_page, render
from seqlab.reports.html.blocks import AttentionMap, Note

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
EVIL = "</script><script>document.title='hacked'</script><img src=x onerror=\"document.title='hacked'\">"
LABELS = ["ham", f"spam{EVIL}"]


def page(folder, name="one", epochs=3, **changes):
    lines = predictions(LABELS, [LABELS[0]] * 3, [[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]])
    run = recorded_run(folder, name, lines, lines)
    run.write_result({"test.loss": 0.5, "test.accuracy": 1 / 3, "test.f1.x": 0.1})
    for epoch in range(1, epochs + 1):
        metrics = {"train.loss": 1 / epoch, "validation.loss": 1.5, f"validation.{EVIL}": 1.0}
        run.append_metrics({"epoch": epoch, **metrics})
    run.samples_file.write_text(EVIL, encoding="utf-8")
    run.config_file.write_text(f"# {EVIL}\n", encoding="utf-8")
    attention = AttentionMap(f"Attention {EVIL}", ["el", EVIL], ["the", "dog"], [[0.9, 0.1], [0.25, 0.75]])
    return read_run_page(run, texts={"000001": EVIL}, drawn=[attention], notes=[EVIL], **changes)


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_texts_stay_texts(tmp_path):
    found = Tags(render([[page(tmp_path)]]))
    assert found.open == []
    names = [tag for tag, _ in found.tags]
    assert names.count("script") == 2
    assert "img" not in names
    assert not any(name.startswith("on") for _, attributes in found.tags for name in attributes)


def test_nothing_is_loaded(tmp_path):
    text = render([[page(tmp_path)]])
    found = Tags(text)
    assert not any(attributes.keys() & {"src", "href"} for _, attributes in found.tags)
    assert "url(" not in text
    assert "@import" not in text
    (policy,) = (given["content"] for tag, given in found.tags if given.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


def test_charts_find_their_data(tmp_path):
    pages = [page(tmp_path, "one"), page(tmp_path, "two")]
    text = render([[each] for each in pages], [Note("B is `better`")])
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)[1])
    numbers = [int(each) for each in re.findall(r'data-chart="(\d+)"', text)]
    assert numbers == list(range(len(data)))
    captions = re.findall(r'data-chart="\d+">\s*<figcaption>(.*?)</figcaption>', text)
    assert [html.unescape(each) for each in captions] == [each["caption"] for each in data]
    assert [each["name"] for each in data[0]["series"]] == ["A train", "A validation", "B train", "B validation"]
    assert "B is <code>better</code>" in text
    assert all(text.count(f"{letter}: <a href=") == 1 for letter in "AB")
    assert all(each.run.id in text for each in pages)


def test_a_group_is_a_column_of_means_and_each_seed_has_its_part(tmp_path):
    pages = [page(tmp_path, name) for name in ("one", "two", "three")]
    pages[1].result["test.accuracy"] = 2 / 3
    text = render([pages[:2], pages[2:]])
    assert "<title>1 group and 1 run (3 runs in all) - seqlab report</title>" in text
    means, seeds = re.findall(r"<tr><th scope=\"row\">test.accuracy</th>(.*?)</tr>", text)[:2]
    assert re.findall(r"<td>(.*?)</td>", means) == ["0.5000 ± 0.2357", "0.3333"]
    assert re.findall(r"<td>(.*?)</td>", seeds) == ["0.3333", "0.6667", "0.3333"]
    assert all(f'<article id="run-{name}">' in text for name in ("A1", "A2", "B"))


def test_many_runs_make_no_large_file(tmp_path):
    """Learning curves of 50 long trainings, with 20 long texts each."""
    made = page(tmp_path, epochs=2_000)
    assert len(render([[made]] * 50)) < 3_000_000


ACTIONS = """
const svg = document.querySelector("svg.plot"), figure = svg.closest("figure");
const say = (name, value) => document.body.setAttribute(`data-${name}`, value);
const key = name => svg.dispatchEvent(new KeyboardEvent("keydown", {key: name}));
const readout = () => figure.querySelector(".readout").textContent;
const lines = () => svg.querySelectorAll(".line").length;
key("ArrowRight"); key("ArrowRight"); say("arrow", readout());
say("lines", lines());
key("+"); say("zoomed", svg.querySelectorAll(".point").length);
key("0"); say("all", svg.querySelectorAll(".point").length);
const toggle = figure.querySelector(".legend button");
toggle.click(); say("hidden", `${toggle.getAttribute("aria-pressed")} ${lines()}`);
toggle.click();
const box = svg.getBoundingClientRect(), pointer = (type, x) =>
  svg.dispatchEvent(new PointerEvent(type, {clientX: x, clientY: box.top + 100, pointerId: 1}));
svg.setPointerCapture = () => {};
pointer("pointermove", box.left + 63); say("pointer", readout());
pointer("pointerdown", box.left + 63); pointer("pointermove", box.left + box.width / 2); pointer("pointerup", box.left);
say("dragged", svg.querySelectorAll(".point").length);
document.querySelector(".attention td").closest("table").querySelectorAll("tbody td")[3]
  .dispatchEvent(new PointerEvent("pointerover", {bubbles: true}));
say("attention", document.querySelector(".attention .readout").textContent);
"""


def opened(folder, page, width):
    """What a browser makes of a page, and what it says on its console."""
    file = folder / "report.html"
    file.write_text(page, encoding="utf-8")
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}",
        "--enable-logging=stderr", "--virtual-time-budget=2000", f"--window-size={width},900", "--dump-dom",
        file.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=True)
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_in_a_narrow_browser(tmp_path):
    found, said = opened(tmp_path, render([[page(tmp_path, "one")], [page(tmp_path, "two")]]), 375)
    assert said == []  # no error, and nothing that the policy refused
    assert "<title>2 runs - seqlab report</title>" in found
    drawn = found.count('<svg class="plot"')
    assert drawn == found.count('class="chart narrow"') > 4
    assert found.count('class="line color-0') >= drawn / 2


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_charts_are_read_and_zoomed_by_keys_and_by_a_pointer(tmp_path):
    whole = render([[page(tmp_path, epochs=9)]])
    policy = re.search(r'<meta http-equiv="Content-Security-Policy"[^>]*>', whole)[0]
    acting = whole.replace(policy, "").replace("</body>", f"<script>{ACTIONS}</script></body>")
    found, said = opened(tmp_path, acting, 1440)
    assert said == []
    given = dict(re.findall(r' data-([a-z]+)="([^"]*)"', re.search(r"<body[^>]*>", found)[0]))
    assert given["arrow"] == "epoch 2: train 0.5; validation 1.5"
    assert given["lines"] == "2"
    assert int(given["zoomed"]) < int(given["all"])
    assert given["hidden"] == "false 1"
    assert given["pointer"] == "epoch 1: train 1; validation 1.5"
    assert int(given["dragged"]) < int(given["all"])
    assert html.unescape(given["attention"]) == f"{EVIL} looks at dog: 75 %"
