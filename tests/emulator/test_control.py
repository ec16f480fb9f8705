"""Control, the options and the faults by themselves."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes.emulation import PLAIN, control, quick
from starlette.requests import Request

from emulator.calls import Call, Trouble, Troubled
from emulator.catalogue import CATALOGUE, Kind
from emulator.clock import Clock, iso
from emulator.faults import VENDORS, Faults, UnknownFault, read_faults
from emulator.options import Options
from emulator.server import Emulator
from emulator.vendors import vendors


def test_it_answers_from_the_moment_it_has_started_and_is_gone_when_it_has_stopped() -> None:
    with quick() as emulator:
        assert httpx.get(f"{emulator.url}/_emulator/bill", **PLAIN).json() == {"total_usd": "0", "charges": []}
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{emulator.url}/_emulator/bill", **PLAIN)


def test_the_environment_leads_here(emulator: Emulator) -> None:
    told = emulator.environment()
    assert told["FANOUT_ALLOW_HOSTS"] == f"127.0.0.1:{emulator.port}"
    assert told["LUMA_BASE_URL"] == f"http://127.0.0.1:{emulator.port}/v1"
    assert set(told) == {
        *("LUMA_BASE_URL", "RUNWARE_BASE_URL", "FAL_QUEUE_URL", "FAL_REST_URL", "FANOUT_ALLOW_HOSTS"),
        *("LUMA_AGENTS_API_KEY", "RUNWARE_API_KEY", "FAL_KEY"),
    }


@pytest.mark.parametrize(
    ("path", "headers", "body"),
    [
        ("/victim", {"origin": "https://evil.example"}, '{"pid": 2}'),
        ("/victim", {"content-type": "text/plain"}, '{"pid": 2}'),
        ("/faults", {"host": "rebind.evil.example"}, '{"p_half": 1}'),
        ("/faults", {}, "[1]"),
        ("/faults", {}, "no json"),
    ],
)
def test_no_web_page_reaches_control(emulator: Emulator, path: str, headers: Mapping[str, str], body: str) -> None:
    url = f"{emulator.url}/_emulator{path}"
    answer = httpx.post(url, content=body, headers={"content-type": "application/json", **headers}, **PLAIN)
    assert answer.status_code == 403
    assert emulator.faults.in_force() == {}


def test_faults_are_set_taken_back_and_counted(emulator: Emulator) -> None:
    with control(emulator) as client:
        assert client.post("/faults", json={"p_half": 0.5, "mod": "beach"}).json()["faults"] == {
            "p_half": 0.5,
            "mod": "beach",
        }
        assert client.post("/faults", json={"p_half": None}).json()["faults"] == {"mod": "beach"}
        wrong = client.post("/faults", json={"mod": "x", "p_haf": 1})
        assert (wrong.status_code, "p_half" in wrong.json()["detail"]) == (400, True)
        assert client.get("/faults").json()["faults"] == {"mod": "beach"}  # all or none
        assert client.delete("/faults").json()["faults"] == {}


def test_what_nobody_has_a_route_for_is_written_down(emulator: Emulator) -> None:
    answer = httpx.post(f"{emulator.url}/v2/generations", json={}, **PLAIN)
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})
    with control(emulator) as client:
        (seen,) = client.get("/requests", params={"vendor": "unknown"}).json()["requests"]
    assert (seen["path"], seen["status"]) == ("/v2/generations", 404)


def test_an_emulator_that_never_began_leaves_nothing() -> None:
    emulator = quick()
    folder = emulator.world.folder
    emulator.stop()
    assert not folder.exists()
    with quick(port=emulator.port):
        pass


@pytest.mark.parametrize(
    "wrong",
    [{"host": "0.0.0.0"}, {"host": "192.168.1.4"}, {"takes_s": (2, 1)}, {"port": 70000}, {"slots": {"luma": 0}}],
)
def test_options_that_make_no_sense(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)).removesuffix("_s")):
        Options(**wrong)


def test_faults_as_they_are_typed() -> None:
    told = read_faults(" p_half=0.3, mod=beach,luma.p_429 = 1,down")
    assert told == {"p_half": 0.3, "mod": "beach", "luma.p_429": 1.0, "down": 1.0}
    assert read_faults("") == {}


@pytest.mark.parametrize(
    "wrong",
    ["p_haf=1", "p_half=2", "p_half=-1", "p_half=nan", "p_half=much", "stall_s=-1", "dl_trunc=odd", "sora.p_half=1"],
)
def test_faults_that_are_not_in_the_list(wrong: str) -> None:
    with pytest.raises(UnknownFault):
        read_faults(wrong)


def test_the_list_is_told_with_the_refusal() -> None:
    with pytest.raises(UnknownFault) as refused:
        read_faults("nonsense=1")
    assert all(name in str(refused.value) for name in CATALOGUE)


def test_a_chance_strikes_about_as_often_as_it_says() -> None:
    faults = Faults(7, Clock(), {"p_half": 0.3})
    struck = sum(faults.strikes("p_half", "luma", f"job {n}") for n in range(2000))
    assert 500 < struck < 700
    assert faults.struck() == {"p_half": struck}


def test_a_chance_depends_on_seed_thing_and_turn_only() -> None:
    def draws(seed: int) -> list[bool]:
        faults = Faults(seed, Clock(), {"p_half": 0.5, "p_429": 0.5})
        return [faults.strikes("p_half", "luma", "a") for _ in range(20)]

    assert draws(1) == draws(1) != draws(2)
    mixed = Faults(1, Clock(), {"p_half": 0.5, "p_429": 0.5})
    heard = []
    for n in range(20):
        mixed.strikes("p_429", "luma", "a")
        mixed.strikes("p_half", "luma", f"b{n}")
        heard.append(mixed.strikes("p_half", "luma", "a"))
    assert heard == draws(1)


def test_every_fault_of_the_catalogue_is_used() -> None:
    """A fault that nothing asks for would be a promise that nobody keeps."""
    text = "".join(
        path.read_text() for path in (Path(__file__).parents[2] / "emulator").glob("*.py") if path.stem != "catalogue"
    )
    for name in CATALOGUE:
        scope = next((scope for scope in ("p_poll_", "p_up_", "p_dl_", "p_") if name.startswith(scope)), "")
        assert f'"{name}"' in text or f'"{name.removeprefix(scope)}"' in text, name


def test_chances_are_named_as_such() -> None:
    for name, fault in CATALOGUE.items():
        assert (fault.kind is Kind.CHANCE) == name.startswith(("p_", "kill_")), name


def test_time_goes_forward_only() -> None:
    clock = Clock()
    before = clock.now()
    clock.advance(60)
    assert 60 <= clock.now() - before < 61
    with pytest.raises(ValueError, match="back"):
        clock.advance(-1)
    assert iso(0.5) == "1970-01-01T00:00:00.500000Z"


@pytest.mark.parametrize("trouble", list(Trouble))
@pytest.mark.parametrize("name", VENDORS)
def test_every_vendor_has_words_for_every_trouble(name: str, trouble: Trouble) -> None:
    scope = {"type": "http", "method": "POST", "path": "/v1", "query_string": b"", "headers": []}
    with_nothing = quick()
    try:
        vendor = next(vendor for vendor in vendors(with_nothing.world) if vendor.name == name)
        call = Call(
            request=Request(scope),
            vendor=vendor.name,
            method="POST",
            path="/v1",
            query="",
            headers={},
            parts={},
            base=with_nothing.url,
        )
        answer = vendor.refusal(call, Troubled(trouble))
    finally:
        with_nothing.stop()
    assert answer.status >= 400
    assert json.loads(answer.content)
