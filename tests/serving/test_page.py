"""The page: nothing from elsewhere, everything has a name, enough contrast; and what a browser makes of it."""

import json
import re
import shutil
import subprocess
import threading
from html.parser import HTMLParser
from importlib import resources

import pytest
from served_runs import running, serve

from seqlab.serving import page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FILES = resources.files("seqlab.serving.page_files")
HTML, CSS = ((FILES / f"page.{kind}").read_text("utf-8") for kind in ("html", "css"))
MODULES = {f"{name}.js": (FILES / f"{name}.js").read_text("utf-8") for name in page.MODULES}
JS = "\n".join(MODULES.values())


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


TAGS = Tags(HTML).tags
IDS = [given["id"] for _, given in TAGS if "id" in given]


def test_nothing_comes_from_elsewhere():
    assert not re.search(
        r"https?:|//\w+\.|@import|url\(|eval\(|innerHTML|outerHTML|insertAdjacentHTML",
        HTML + CSS + re.sub("//.*", "", JS.replace('"http://www.w3.org/2000/svg"', "the name of SVG")),
    )
    assert {given.get("src", given.get("href")) for tag, given in TAGS if tag in {"script", "link"}} == {
        "page.js",
        "page.css",
        "data:,",
    }


def test_every_module_is_served_and_reached():
    assert {each.name for each in FILES.iterdir() if each.name.endswith(".js")} == set(MODULES)
    imported = {found for text in MODULES.values() for found in re.findall(r'from "\./(.+?)";', text)}
    assert imported | {"page.js"} == set(MODULES)
    assert all(
        re.match(r'import \{.+\} from "\./\w+\.js";$', line) for line in JS.splitlines() if line.startswith("import")
    )
    assert "import(" not in JS
    assert max(text.count("\n") for text in MODULES.values()) <= 300


def test_nothing_is_inline_that_the_policy_would_refuse():
    assert not any(name == "style" or name.startswith("on") for _, given in TAGS for name in given)
    assert not any(tag == "style" for tag, _ in TAGS)


def test_everything_has_a_name_and_all_references_lead_somewhere():
    assert len(IDS) == len(set(IDS))
    labelled = {given["for"] for tag, given in TAGS if tag in {"label", "output"}}
    fields = {given["id"] for tag, given in TAGS if tag in {"input", "textarea", "select"}}
    assert fields <= labelled <= set(IDS)
    for name in ("aria-controls", "aria-labelledby", "aria-describedby"):
        assert {given[name] for _, given in TAGS if name in given} <= set(IDS)
    assert set(re.findall(r'byId\("([\w-]+)"\)', JS)) <= set(IDS)
    assert dict(TAGS)["html"] == {"lang": "en"}


def colors(scheme):
    (_, light), (_, dark) = re.findall(r"(:root) \{(.*?)\}", CSS, re.DOTALL)
    return dict(re.findall(r"--([\w-]+): ([^;]+);", dark if scheme == "dark" else light))


def channels(color):
    return (
        [int(color[start : start + 2], 16) for start in (1, 3, 5)]
        if color.startswith("#")
        else [int(each) for each in color.split(",")]
    )


def luminance(rgb):
    linear = [each / 255 / 12.92 if each / 255 <= 0.04045 else ((each / 255 + 0.055) / 1.055) ** 2.4 for each in rgb]
    return sum(weight * each for weight, each in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one, other):
    """WCAG 2.2, definition of contrast ratio."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def over(color, alpha, below):
    return [alpha * each + (1 - alpha) * other for each, other in zip(color, below, strict=True)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_have_a_contrast_of_at_least_four_and_a_half(scheme):
    given = {name: channels(value) for name, value in colors(scheme).items()}
    for text in ("ink", "soft", "link", "bad"):
        for below in ("page", "box"):
            assert contrast(given[text], given[below]) >= 4.5, (text, below)
    assert contrast(given["on-link"], given["link"]) >= 4.5
    assert contrast(given["edge"], given["page"]) >= 3
    strongest = max(float(each) for each in re.findall(r"var\(--share(?:, 0)?\) \* (\.\d+)", CSS))
    for tint in ("for", "against"):
        assert contrast(given[tint], given["page"]) >= 3
        for below in ("page", "box"):
            assert contrast(given["ink"], over(given[tint], strongest, given[below])) >= 4.5, (tint, below)


def test_its_files_and_no_others_are_served(classifier):
    for path, (name, kind) in page.FILES.items():
        response = classifier.client.get(path)
        assert response.headers["content-type"].startswith(kind)
        assert response.content == (resources.files("seqlab.serving.page_files") / name).read_bytes()
    assert classifier.client.head("/").status_code == 200
    assert classifier.client.get("/page_files/page.js").status_code == 404


ACTIONS = """
const seen = {};
const say = (name, value) => { seen[name] = value; };
const until = async look => {
  for (let turn = 0; turn < 600; turn++) {
    const found = look();
    if (found) return found;
    await new Promise(go => setTimeout(go, 50));
  }
  throw new Error(String(look));
};
const find = selector => () => document.querySelector(selector);
const all = selector => [...document.querySelectorAll(selector)];
const type = (id, text) => { byId(id).value = text; byId(id).dispatchEvent(new Event("input")); };
const key = (element, name) =>
  element.dispatchEvent(new KeyboardEvent("keydown", {key: name, bubbles: true, cancelable: true}));
const requested = () => performance.getEntriesByType("resource").map(each => new URL(each.name).origin);
(async () => {
  await until(() => !byId("tabs").hidden);
  say("tabs", all("[role=tab]").filter(each => !each.hidden).map(each => each.textContent).join());
  type("predict-text", "the soup was not bad \\u{1F600} <img src=x onerror=alert(1)> end");
  await until(find("#predict article:first-child .answer"));
  say("answer", document.querySelector("#predict .answer").textContent);
  say("heard", (await until(() => document.querySelector("#predict .heard").textContent)).includes("%"));
  say("read", document.querySelector("#predict .text").textContent);
  say("tokens", all("#predict article:first-child .text .plus, #predict article:first-child .text .minus").length);
  key(byId("tab-predict"), "ArrowRight");
  say("fields", all("#fields label").map(each => each.textContent).join());
  type("column-0", "quiet garden");
  byId("column-1").value = "Rome"; byId("column-2").value = "";
  byId("fields").dispatchEvent(new Event("input"));
  say("noted", (await until(find("#rows .note"))).textContent);
  say("number", Number(document.querySelector("#rows .answer").textContent));
  say("moved", all("#rows .bars .name").map(each => each.textContent).join());
  const {rowFields} = await import("./rows.js"), values = [...Array(50).keys()].map(String);
  const columns = [{name: "code", kind: "category", values}];
  const {input} = rowFields([{columns}], byId("fields")).get("category code");
  say("suggested", input.list.options.length);
  input.closest(".option").remove();
  key(byId("tab-rows"), "ArrowRight");
  say("panel", document.activeElement.id + (byId("generate").hidden ? " hidden" : ""));
  type("prompt", "the ");
  byId("length").value = 200; byId("seed").value = 3;
  key(byId("prompt"), "Enter");
  await until(find("#generate article[aria-busy=false] .note"));
  say("generated", document.querySelector("#generate .text span:last-child").textContent);
  byId("tab-translate").click();
  type("sentence", "the dog sleeps .");
  key(byId("sentence"), "Enter");
  await until(find("#translate .tokens button"));
  say("translation", document.querySelector("#translate .answer").textContent);
  key(document.querySelector("#translate .tokens button"), "ArrowRight");
  say("focused", document.activeElement.textContent);
  say("looked", document.querySelector("#translate .readout").textContent);
  const slider = document.querySelector("#translate article input[type=range]");
  slider.value = 1; slider.dispatchEvent(new Event("input"));
  say("steps", all("#translate .steps li").length);
  byId("tab-words").click();
  type("word", "good");
  byId("neighbors").requestSubmit();
  await until(find("#words article:first-child .map .asked"));
  say("neighbors", all("#words article:first-child .bars li").length);
  say("columns", all("#words article").length);
  const map = document.querySelector("#words article:first-child .map");
  say("drawn", ["[role=option]", ".found"].map(kind => map.querySelectorAll(`circle${kind}`).length));
  map.focus();
  key(map, "ArrowRight");
  say("pointed", document.getElementById(map.getAttribute("aria-activedescendant")).getAttribute("aria-label"));
  key(map, "Enter");
  await until(() => document.activeElement !== map && document.activeElement.matches(".map"));
  say("then", document.querySelector("#words article:first-child h3").textContent);
  say("wide", document.documentElement.scrollWidth > innerWidth);
  say("elsewhere", requested().filter(each => each !== location.origin).length);
})().catch(error => say("failed", error.message))
  .finally(() => fetch("/seen", {method: "POST", body: JSON.stringify(seen)}));
"""


class Reporting:
    """The application, and a path to which the browser sends what it saw: it stays open until then."""

    def __init__(self, app):
        self.app, self.arrived, self.seen = app, threading.Event(), {}

    async def __call__(self, scope, receive, send):
        if scope.get("path") != "/seen":
            await self.app(scope, receive, send)
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.seen = json.loads(body)
        self.arrived.set()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def opened(app, folder):
    """What a browser of 375 pixels saw, and what it said on its console."""
    reporting, log = Reporting(app), folder / "log"
    with running(reporting) as url, log.open("w", encoding="utf-8") as stream:
        command = [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}",
            "--enable-logging=stderr", "--remote-debugging-port=0", "--window-size=375,900", url,
        ]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stream) as browser:
            try:
                assert reporting.arrived.wait(120)
            finally:
                browser.terminate()
    lines = log.read_text(encoding="utf-8").splitlines()
    return reporting.seen, [line for line in lines if "CONSOLE" in line]


@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")
def test_in_a_narrow_browser_by_keys(loaded_classifier, writer, translating, pricing, tmp_path, monkeypatch):
    content = page._content
    monkeypatch.setattr(page, "_content", lambda name: content(name) + (ACTIONS.encode() if name == "page.js" else b""))
    served = serve(loaded_classifier, writer.loaded, translating.loaded, pricing.loaded)
    given, said = opened(served.app, tmp_path)
    assert given.get("failed") is None
    assert [line for line in said if "status of 422" not in line] == []  # 422: a model of small letters reads no sign
    assert given["tabs"] == "Predict,Rows,Generate,Translate,Words"
    assert given["fields"] == "about,city,size"
    row = {"about": "quiet garden", "city": "Rome", "size": None}
    assert given["number"] == pytest.approx(pricing.loaded.predict(row).prediction, rel=1e-4)
    assert "no 'size'" in given["noted"]
    assert given["suggested"] == 50
    assert {"quiet", "garden", "city Rome", "size (missing)"} <= set(given["moved"].split(","))
    assert given["answer"].startswith("positive, ")
    assert given["heard"] is True
    assert given["read"] == "the soup was not bad \N{GRINNING FACE} <img src=x onerror=alert(1)> end"
    assert given["tokens"] >= 5
    assert given["panel"] == "tab-generate"
    assert given["generated"] == writer.loaded.generate("the ", length=200, temperature=0.8, seed=3)[0]
    assert given["translation"] == translating.loaded.translate("the dog sleeps .")
    assert given["looked"].startswith(f"{given['focused']} looked at ")
    assert given["steps"] == 4
    assert (given["neighbors"], given["columns"], given["drawn"][1]) == (10, 4, 10)
    assert given["drawn"][0] >= 200
    assert given["then"] == f"Nearest words of {given['pointed']}"
    assert (given["wide"], given["elsewhere"]) == (False, 0)
