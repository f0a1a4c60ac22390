"""Opens a leaderboard in a real Chromium without a screen, uses it as a reader does, and takes pictures.

    apt-get install chromium chromium-driver
    cargo test --release --test leaderboard        # makes the page
    python3 scripts/leaderboard.py [PAGE.html] [FOLDER FOR PICTURES]

Needs Python alone: chromedriver is spoken to as the W3C's WebDriver says. Any page will do that has three languages or more.
"""

import base64
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

TMP = pathlib.Path(__file__).resolve().parent.parent / "target/tmp/leaderboard"
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars"
)
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
ESCAPE, RIGHT, DOWN = "\ue00c", "\ue014", "\ue015"

# Leads to a language's page, and gives the code that stands there then.
OPENED = """
const seen = new Promise(seen => addEventListener('hashchange', seen, {once: true}));
location.hash = arguments[0];
return seen.then(() => document.querySelector('#language h1 .code').textContent);
"""


class Browser:
    """A window of Chromium."""

    def __init__(self, profile):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL)
        self.address = f"http://127.0.0.1:{port}"
        self._wait()
        options = {"args": [*FLAGS.split(), f"--user-data-dir={profile}"], "binary": "/usr/bin/chromium"}
        logs = {"browser": "ALL", "performance": "ALL"}
        wanted = {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": logs}
        session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.address += f"/session/{session['sessionId']}"
        # Chromium's own first page asks for things; what it asked for is not of interest.
        self.call("POST", "/url", {"url": "about:blank"})
        self.logged("performance")

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(json.load(error)["value"]["message"]) from None

    def _wait(self):
        for _ in range(100):
            try:
                return self.call("GET", "/status")
            except OSError:
                time.sleep(0.1)
        raise AssertionError("chromedriver does not answer")

    def run(self, script, *arguments):
        return self.call("POST", "/execute/sync", {"script": script, "args": arguments})

    def find(self, selector):
        return self.call("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        self.call("POST", f"/element/{self.find(selector)}/click", {})

    def type(self, selector, text):
        self.call("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def press(self, key):
        presses = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": presses}]})

    def command(self, name, **parameters):
        self.call("POST", "/goog/cdp/execute", {"cmd": name, "params": parameters})

    def resize(self, width, height):
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.command("Emulation.setDeviceMetricsOverride", **metrics)

    def logged(self, kind):
        return self.call("POST", "/se/log", {"type": kind})

    def close(self):
        try:
            self.call("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()


class Reader:
    """What a reader does with the page, and what has to come of it."""

    def __init__(self, browser, page, pictures):
        self.browser, self.page, self.pictures = browser, page, pictures

    def open(self, hash=""):
        self.browser.call("POST", "/url", {"url": "about:blank"})
        self.browser.call("POST", "/url", {"url": self.page.as_uri() + hash})
        # chromedriver comes back from a file before its scripts have run, at times.
        for _ in range(100):
            if self.browser.run("return document.readyState == 'complete' && document.title != ''"):
                return
            time.sleep(0.05)
        raise AssertionError(f"{self.page} does not load")

    def picture(self, name):
        image = base64.b64decode(self.browser.call("GET", "/screenshot"))
        (self.pictures / f"{name}.png").write_bytes(image)

    def names(self):
        return self.browser.run("return [...document.querySelectorAll('.languages tbody .is-name a')].map(a => a.textContent)")

    def column(self, name):
        cells = f".languages tbody td:nth-child({1 + self.columns().index(name)})"
        return self.browser.run(f"return [...document.querySelectorAll('{cells}')].map(cell => cell.textContent)")

    def columns(self):
        return self.browser.run("return [...document.querySelectorAll('th[data-column]')].map(th => th.dataset.column)")

    def hash(self):
        return self.browser.run("return location.hash")

    def text(self, selector):
        return self.browser.run("return document.querySelector(arguments[0]).innerText", selector)

    def is_dark(self):
        colour = self.browser.run("return getComputedStyle(document.body).backgroundColor")
        return sum(map(int, colour.strip("rgb()").split(","))) < 300

    def check_table(self):
        self.open()
        assert len(self.names()) >= 3
        self.picture("table")
        task = next(name for name in self.columns() if name in ("lexicon", "similarity", "health"))
        head = f"th[data-column={task}]"
        for direction in ("descending", "ascending"):
            self.browser.click(f"{head} button")
            assert self.browser.run("return document.querySelector(arguments[0]).ariaSort", head) == direction
            scores = [float(text.lstrip("▲▼").replace(",", "")) for text in self.column(task) if text not in "–×"]
            assert scores == sorted(scores, reverse=direction == "descending"), direction
        assert f"sort={task}" in self.hash() and "reversed" in self.hash()
        names = self.names()
        self.open(self.hash())
        assert self.names() == names, "an address leads back to what was seen"

    def check_search(self):
        self.open()
        wanted = self.names()[1]
        self.browser.press("/")
        assert self.browser.run("return document.activeElement.id") == "query"
        self.search(wanted.upper())
        assert wanted in self.names()
        assert self.text("#count").startswith(f"{len(self.names())} of ")
        self.search(" no such language")
        assert self.names() == [] and "Clear the filters" in self.text("#view")
        self.browser.press(ESCAPE)
        assert self.browser.run("return document.querySelector('#query').value") == ""

    def search(self, text):
        self.browser.type("#query", text)
        # The page waits for the next keystroke before it searches.
        time.sleep(0.3)

    def check_filters(self):
        self.open()
        for key in ("script", "family", "collection"):
            options = self.browser.run(f"return [...document.querySelector('#{key}').options].map(o => [o.value, o.text])")
            if len(options) < 2:
                continue
            value, text = options[-1]
            self.browser.click(f"#{key} option:last-child")
            n = int(text.rsplit("(", 1)[1].rstrip(")"))
            assert len(self.names()) == n and self.text("#count").startswith(f"{n} of "), (key, text)
            self.browser.click("#clear")

    def check_keyboard(self):
        self.open()
        self.browser.run("document.querySelector('.languages tbody td').focus()")
        for _ in range(5):
            self.browser.press(RIGHT)
        self.browser.press(DOWN)
        assert self.browser.run("return document.activeElement.closest('tr').rowIndex") == 2
        assert self.text("#tip"), "a cell that has the focus says what its number rests on"

    def check_reasons(self):
        self.open()
        reason = self.browser.run("const none = document.querySelector('.languages .none'); none?.closest('td').focus(); return none?.ariaLabel")
        assert reason is None or self.text("#tip") == reason

    def check_language(self):
        self.open("#?query=e")
        first = self.names()[0]
        self.browser.click(".languages tbody .is-name a")
        assert first in self.text("#language h1")
        self.browser.run("document.querySelectorAll('#language details').forEach(details => details.open = true)")
        self.picture("language")
        self.browser.press(ESCAPE)
        assert self.hash() == "#?query=e" and self.names()[0] == first
        self.browser.call("POST", "/back", {})
        assert first in self.text("#language h1")
        self.browser.call("POST", "/back", {})
        assert self.hash() == "#?query=e"

    def check_every_language(self):
        self.open()
        hashes = self.browser.run("return [...document.querySelectorAll('.languages tbody .is-name a')].map(a => a.getAttribute('href'))")
        for hash in hashes:
            code = self.browser.run(OPENED, hash)
            assert f"#{code}" == hash
        assert self.browser.run("return document.title").endswith("Wordferry")
        assert not self.browser.run("return document.querySelectorAll('img').length"), "data has become elements"

    def check_views(self):
        for view in ("map", "plots", "changes"):
            self.open(f"#?view={view}")
            assert len(self.text("#view")) > 100, (view, self.text("#view"), self.browser.logged("browser"))
            self.picture(view)
        self.open("#?view=map&task=points")
        assert self.browser.run("return document.querySelectorAll('.tiles a').length") >= 3
        self.picture("tiles")

    def check_dark(self):
        self.browser.command("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        self.open()
        assert self.is_dark()
        for hash, name in (("", "table"), ("#?view=map", "map"), ("#?view=plots", "plots"), (self.first(), "language")):
            self.open(hash)
            self.picture(f"{name}-dark")
        self.browser.command("Emulation.setEmulatedMedia", features=[])
        self.open()
        assert not self.is_dark()
        self.browser.click("#theme")
        assert self.is_dark()
        self.browser.click("#theme")
        assert not self.is_dark()

    def first(self):
        return self.browser.run("return document.querySelector('.languages tbody .is-name a').getAttribute('href')")

    def check_narrow(self):
        self.open()
        first = self.first()
        self.browser.resize(360, 760)
        for hash, name in (("", "table"), ("#?view=map", "map"), ("#?view=plots", "plots"), ("#?view=changes", "changes"), (first, "language")):
            self.open(hash)
            self.browser.run("document.querySelectorAll('details').forEach(details => details.open = true)")
            width = self.browser.run("return document.documentElement.scrollWidth")
            assert width <= 360, f"{name} is {width} wide on a screen of 360"
            self.picture(f"{name}-narrow")
        self.browser.resize(1280, 900)

    def check_time(self):
        self.open()
        script = "const start = performance.now(); document.querySelector('th[data-column=points] button').click(); document.body.offsetHeight; return performance.now() - start"
        milliseconds = self.browser.run(script)
        print(f"sorted and laid out in {milliseconds:.0f} ms")
        assert milliseconds < 2000

    def check_quiet(self):
        console = [entry["message"] for entry in self.browser.logged("browser") if entry["level"] != "INFO"]
        assert not console, console
        events = [json.loads(entry["message"])["message"] for entry in self.browser.logged("performance")]
        asked = {event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"}
        outside = {url for url in asked if not url.startswith((self.page.as_uri(), "data:", "about:"))}
        assert self.page.as_uri() in {url.split("#")[0] for url in asked} and not outside, sorted(outside)[:5]


def main():
    page = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else TMP / "leaderboard.html").resolve()
    pictures = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else TMP / "pictures")
    pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            browser.resize(1280, 900)
            browser.command("Emulation.setFocusEmulationEnabled", enabled=True)
            reader = Reader(browser, page, pictures)
            # What is checked last is that nothing before was told on the console or asked of the network.
            for check in ("table", "search", "filters", "keyboard", "reasons", "language", "every_language", "views", "dark", "narrow", "time", "quiet"):
                getattr(reader, f"check_{check}")()
                print("ok:", check.replace("_", " "))
        finally:
            browser.close()
    print("pictures in", pictures)


if __name__ == "__main__":
    main()
