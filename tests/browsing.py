"""A real browser for tests: headless Chromium through its driver, spoken to in the driver's own protocol."""

import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
)


def found_browser() -> str:
    """The browser's program; skips the test where there is none."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    return found


@dataclass(frozen=True)
class Window:
    """A window of a driven browser. Elements are named by CSS, or by XPath that begins with `//`."""

    session: str

    def ask(self, path: str, **body: Any) -> Any:
        """What the driver answers."""
        data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request(f"{self.session}/{path}", data), timeout=120) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(json.load(error)["value"]["message"]) from error

    def go(self, address: str) -> None:
        """Open an address; returns when it is loaded."""
        self.ask("url", url=address)

    def js(self, script: str) -> Any:
        """What a script that ends with a return found out in the page."""
        return self.ask("execute/sync", script=script, args=[])

    def press(self, selector: str) -> None:
        """Click as a person does: it fails where something lies over the element."""
        self.ask(f"element/{self._one(selector)}/click")

    def type(self, selector: str, text: str) -> None:
        """Write into a field, key by key."""
        self.ask(f"element/{self._one(selector)}/value", text=text)

    def strike(self, key: str) -> None:
        """Press a key of the keyboard, by the protocol's code."""
        stroke = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.ask("actions", actions=[{"type": "key", "id": "keyboard", "actions": stroke}])

    def holds(self, condition: str, within_s: float = 10) -> bool:
        """Whether a condition of the page becomes true in time."""
        wait = f"const done = arguments[0], end = Date.now() + {within_s * 1000:.0f};"
        wait += f" (function look() {{ if ({condition}) done(true);"
        wait += " else if (Date.now() > end) done(false); else setTimeout(look, 50); })();"
        return bool(self.ask("execute/async", script=wait, args=[]))

    def _one(self, selector: str) -> str:
        found = self.ask("element", using="xpath" if selector.startswith("//") else "css selector", value=selector)
        return str(next(iter(found.values())))


@contextmanager
def browsing(browser: str, *flags: str, size: str = "1400,900", logs: Mapping[str, str]) -> Iterator[Window]:
    """A window for as long as the block lasts; skips the test where no driver is. `logs` names what is kept and how much of
    it, as `{"browser": "ALL"}`: ask `se/log` for it."""
    driver = shutil.which("chromedriver")
    if driver is None:
        pytest.skip("no chromedriver on this machine")
    options = {"binary": browser, "args": [*FLAGS, f"--window-size={size}", *flags]}
    wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": dict(logs)}
    with subprocess.Popen([driver, "--port=0"], stdout=subprocess.PIPE, text=True) as run:
        try:
            assert run.stdout is not None
            port = next(found[1] for line in run.stdout if (found := re.search(r"successfully on port (\d+)", line)))
            opened = Window(f"http://127.0.0.1:{port}").ask("session", capabilities={"alwaysMatch": wanted})
            window = Window(f"http://127.0.0.1:{port}/session/{opened['sessionId']}")
            window.ask("timeouts", script=300_000, pageLoad=60_000)
            yield window
            urllib.request.urlopen(urllib.request.Request(window.session, method="DELETE"), timeout=60).close()
        finally:
            run.terminate()
