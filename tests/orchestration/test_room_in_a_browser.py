"""The operations room as a person meets it: both faces of Prefect's pages in a real browser, a paid run, a yes, a film."""

import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from browsing import Window, browsing, found_browser
from fakes.emulation import quick
from orchestration.open_room import OpenRoom
from orchestration.paid_campaign import PaidCampaign
from waiting import until

pytestmark = [pytest.mark.prefect, pytest.mark.ffmpeg]
NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
ESCAPE = "\ue00c"


@pytest.fixture(scope="module")
def window() -> Iterator[Window]:
    with browsing(found_browser(), NOWHERE, logs={"performance": "ALL"}) as window:
        yield window


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PaidCampaign]:
    """The small campaign, bought at a stand-in, and asked about from the first cent."""
    with quick() as emulator:
        small = PaidCampaign(tmp_path_factory.mktemp("campaign"), emulator)
        small.toml('name = "local"', 'name = "luma"')
        small.environment["FANOUT_OUT"] = "elsewhere"
        small.out = small.folder / "elsewhere" / "small"
        small.toml("[modify]", '[budget]\nask_above_usd = "0.01"\n\n[modify]')
        yield small


@pytest.fixture(scope="module")
def room(window: Window, small: PaidCampaign) -> Iterator[OpenRoom]:
    room = OpenRoom(small)
    yield room
    room.close()


def choose(window: Window, field: str, choice: str) -> list[str]:
    """Choose from a drop-down, which closes; what there was to be chosen."""
    window.press(f"button[aria-label='Select {field}']")
    assert window.holds("document.querySelector('[role=option]')")
    offered: list[str] = window.js("return [...document.querySelectorAll('[role=option]')].map((e) => e.textContent)")
    window.press(f"//*[@role='option'][normalize-space()='{choice}']")
    if not window.holds("!document.querySelector('[role=option]')", within_s=1):  # it takes several
        window.strike(ESCAPE)
        assert window.holds("!document.querySelector('[role=option]')")
    return offered


def shows(window: Window, text: str, within_s: float = 60) -> bool:
    """Whether the page comes to say so."""
    return window.holds(f"document.body.innerText.includes({json.dumps(text)})", within_s)


def strangers(window: Window) -> set[str]:
    """What the pages were let ask of others than this machine, whether an answer came or not."""
    asked: dict[str, str] = {}
    for line in window.ask("se/log", type="performance"):
        told = json.loads(line["message"])["message"]
        if told["method"] == "Network.requestWillBeSent":
            asked[told["params"]["requestId"]] = told["params"]["request"]["url"]
        elif told["method"] == "Network.loadingFailed" and told["params"].get("blockedReason") == "csp":
            asked.pop(told["params"]["requestId"], None)
    assert len(asked) > 50, "the browser's log is not what it was"
    return {url for url in asked.values() if urlsplit(url).hostname not in {"127.0.0.1", None}}


def log_in(window: Window, room: OpenRoom) -> None:
    """Both faces take the login of either."""
    window.go(room.told["url"])
    if not window.holds(
        "document.querySelector('input[type=password]') || document.body.innerText.includes('Runs')", 60
    ):
        raise AssertionError("neither a login nor a page")
    if window.js("return !document.querySelector('input[type=password]')"):
        return
    window.type("input[type=password]", room.api.server["auth"])
    window.press("button[type=submit]")
    assert shows(window, "Logout")


def test_a_person_orders_agrees_to_the_price_and_watches_the_film(
    window: Window, room: OpenRoom, small: PaidCampaign
) -> None:
    window.go(room.told["gallery"].replace("://", f"://{room.api.server['auth']}@"))  # as typed into the browser's box
    assert shows(window, "There is no gallery yet")
    log_in(window, room)

    window.go(f"{room.told['url']}/v2/deployments/deployment/{room.api.deployment('regenerate/small')['id']}/run")
    assert shows(window, "Markets")
    assert choose(window, "Markets", "DE") == ["DE", "JP"]
    assert choose(window, "Ratios", "9:16") == ["16:9", "9:16"]
    choose(window, "What", "everything")
    assert window.js("return document.querySelector('fieldset [role=switch]').ariaChecked") == "false", "no dry run"
    window.press("button[type=submit]")
    run = "a[href*='/runs/flow-run/']"
    assert window.holds(f"document.querySelector({json.dumps(run)})", within_s=30)
    window.go(window.js(f"return document.querySelector({json.dumps(run)}).href"))

    assert shows(window, "small: 1 variant x 1 ratio, final on luma")
    assert shows(window, "Paused")
    assert small.bill() == []
    window.press("//button[normalize-space()='Open menu']")
    assert window.holds("document.querySelector('[role=menuitem]')")
    window.press("//*[@role='menuitem'][.='Resume']")
    assert window.holds("document.querySelector('[role=dialog] textarea')")
    question = window.js("return document.querySelector('[role=dialog]').innerText")
    assert "May small spend up to" in question
    window.type("[role=dialog] textarea", "Maria")
    choose(window, "Approve", "yes")
    window.press("//*[@role='dialog']//button[normalize-space()='Resume']")
    assert shows(window, "Completed", within_s=120)
    assert {charge.operation for charge in small.bill()} == {"modify", "reframe"}
    assert len(small.films()) == 1

    window.press("//button[@role='tab'][normalize-space()='Artifacts'] | //a[normalize-space()='Artifacts']")
    gallery = f"a[href^='{room.told['gallery']}']"
    assert window.holds(f"document.querySelector({json.dumps(gallery)})", within_s=30)
    link = window.js(f"return document.querySelector({json.dumps(gallery)}).href")
    window.go(link)
    assert shows(window, "small", within_s=20)
    window.press("section a.frame")
    assert window.holds("document.getElementById('viewer-film').currentTime > 0.2")
    assert window.js("return document.getElementById('viewer-film').error") is None
    assert strangers(window) == set()


def test_the_older_face_shows_the_same_form_question_and_tables(
    window: Window, room: OpenRoom, small: PaidCampaign
) -> None:
    log_in(window, room)
    before = len(small.bill())
    regenerate = room.api.deployment("regenerate/small")["id"]
    window.go(f"{room.told['url']}/deployments/deployment/{regenerate}/run")
    assert shows(window, "Switch to V2 UI")
    assert shows(window, "Markets")
    for field, choice in (("Markets", "JP"), ("Ratios", "16:9"), ("What", "everything")):
        window.press(
            f"//*[contains(@class,'schema-form-property')][.//label[starts-with(normalize-space(),'{field}')]]"
            f"//option[normalize-space()='{choice}']"
        )
    window.press("//button[normalize-space()='Submit']")
    waiting = {"state": {"type": {"any_": ["PAUSED"]}}}
    until(lambda: room.api.ask("POST", "/flow_runs/filter", flow_runs=waiting), within_s=60)
    (run,) = room.api.ask("POST", "/flow_runs/filter", flow_runs=waiting)
    window.go(f"{room.told['url']}/runs/flow-run/{run['id']}")
    assert shows(window, "small: 1 variant x 1 ratio, final on luma")
    window.press("//button[normalize-space()='Resume']")
    assert window.holds("document.querySelector('.p-modal textarea')", within_s=30)
    question = window.js("return document.querySelector('.p-modal').innerText")
    assert "May small spend up to 1.08 USD at luma (1 job)?" in question
    assert not {"**", "\\"} & {mark for mark in ("**", "\\") if mark in question}, "Markdown is shown as such"
    window.type(".p-modal textarea", "Maria")
    window.press("//*[contains(@class,'p-modal')]//option[normalize-space()='yes']")
    window.press("//*[contains(@class,'p-modal')]//button[normalize-space()='Submit']")
    assert shows(window, "Completed", within_s=120)
    assert len(small.bill()) == before + 1
    found = room.api.ask("POST", "/artifacts/filter", flow_runs={"id": {"any_": [run["id"]]}})
    shown = {each["key"]: each["id"] for each in found}
    for key, words in (("live", "1 of 1"), ("failures", "nothing failed"), ("summary", "This run took")):
        window.go(f"{room.told['url']}/artifacts/artifact/{shown[f'small-{key}']}")
        assert shows(window, words), key
