"""Runware's own client (runware-sdk over REST), unchanged, against the emulator."""

import asyncio
import base64
import gc
import uuid
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes.emulation import PLAIN
from runware import Runware, RunwareError, file_to_data_uri

from emulator.options import Options
from emulator.server import Emulator

pytestmark = pytest.mark.ffmpeg

MODEL = "luma:ray@3.2"
Use = Callable[[Runware], Awaitable[Any]]


@pytest.fixture(scope="module")
def served() -> Iterator[Emulator]:
    with Emulator(Options(takes_s=(0.1, 0.2), fast=True)) as emulator:
        yield emulator
        gc.collect()  # what the client left open is found here; after each test it took longer than the tests


@pytest.fixture
def runware(served: Emulator) -> Emulator:
    served.faults.clear()
    return served


def through(emulator: Emulator, use: Use, *, key: str | None = None, retries: int = 0) -> Any:
    """What `use` gives with a client. Two settings lead the client here: the address and the transport."""

    async def go() -> Any:
        where = {"transport": "rest", "http_base_url": f"{emulator.url}/v1"}
        async with Runware(api_key=key or emulator.options.keys.runware, max_retries=retries, **where) as client:
            return await use(client)

    return asyncio.run(go())


async def uploaded(client: Runware, clip: Path) -> str:
    (stored,) = await client.media_storage({"operation": "upload", "media": file_to_data_uri(clip)})
    return str(stored["mediaUUID"])


def an_edit(video: str, **more: Any) -> dict[str, Any]:
    task = {"taskType": "videoInference", "model": MODEL, "positivePrompt": "the street in winter"}
    return task | {"inputs": {"video": video}, "resolution": "360p", "includeCost": True} | more


def test_upload_edit_reframe_and_download(runware: Emulator, clip: Path) -> None:
    async def use(client: Runware) -> tuple[dict[str, Any], dict[str, Any]]:
        edit = an_edit(
            await uploaded(client, clip), settings={"edit": {"controls": {"poseStrength": "precise", "face": True}}}
        )
        (edited,) = await client.run(edit)
        canvas = {
            "width": 720,
            "height": 1280,
            "settings": {"sourcePosition": {"x": 0, "y": 0.3, "width": 1, "height": 0.4}},
        }
        (framed,) = await client.run({**an_edit(edited["videoUUID"], **canvas), "resolution": None})
        return edited, framed

    before = len(runware.books.bill())
    edited, framed = through(runware, use)
    assert (edited["cost"], framed["cost"]) == (0.54, 0.12)
    assert httpx.get(framed["videoURL"], **PLAIN).raise_for_status().content[4:8] == b"ftyp"
    charges = runware.books.bill()[before:]
    assert [(charge.operation, charge.ratio) for charge in charges] == [("modify", None), ("reframe", "9:16")]
    assert charges[1].client_id == framed["taskUUID"]


def test_media_go_up_in_every_form_and_can_be_deleted(runware: Emulator, clip: Path) -> None:
    async def use(client: Runware) -> list[Any]:
        first = await uploaded(client, clip)
        (plain,) = await client.media_storage(
            {"operation": "upload", "media": base64.b64encode(clip.read_bytes()).decode()}
        )
        (by_address,) = await client.media_storage({"operation": "upload", "media": plain["mediaURL"]})
        (gone,) = await client.media_storage({"operation": "delete", "media": first})
        with pytest.raises(RunwareError, match=first):
            await client.run(an_edit(first))
        return [plain["mediaURL"], by_address["mediaURL"], gone["mediaUUID"] == first]

    plain, by_address, is_gone = through(runware, use)
    assert httpx.get(plain, **PLAIN).content == httpx.get(by_address, **PLAIN).content == clip.read_bytes()
    assert is_gone


def test_details_of_a_task_and_of_the_account(runware: Emulator, clip: Path) -> None:
    async def use(client: Runware) -> list[Any]:
        task = an_edit(await uploaded(client, clip))
        (made,) = await client.run(task)
        (details,) = await client.get_task_details({"taskUUID": made["taskUUID"]})
        (account,) = await client.account_management({"operation": "getDetails"})
        never = await client.get_response({"taskUUID": str(uuid.uuid4())})
        return [task, details, account, never]

    task, details, account, never = through(runware, use)
    assert details["request"][0]["positivePrompt"] == task["positivePrompt"]
    assert details["response"]["data"][0]["status"] == "success"
    assert account["balance"]["amount"] > 0
    assert never == []


def test_a_uuid_that_came_before_is_refused_as_a_bad_request(runware: Emulator, clip: Path) -> None:
    async def use(client: Runware) -> RunwareError:
        edit = an_edit(await uploaded(client, clip), taskUUID=str(uuid.uuid4()))
        await client.run(edit)
        with pytest.raises(RunwareError) as caught:
            await client.run(edit)
        return caught.value

    before = len(runware.books.bill())
    error = through(runware, use)
    assert (error.code, error.status_code, error.parameter) == ("validation", 400, "taskUUID")
    assert len(runware.books.bill()) == before + 1


@pytest.mark.parametrize(
    ("faults", "code"),
    [
        ({"p_401": 1}, "auth"),
        ({"credit": 0}, "quota"),
        ({"p_429": 1}, "rateLimit"),
        ({"p_500": 1}, "serverError"),
        ({"mod": "winter", "mod_when": "sync"}, "safety"),
        ({"mod": "winter"}, "safety"),
        ({"fail": "winter"}, "unknown"),  # timeoutProvider: documented by Runware, but no word of its client's
        ({"fail": "winter", "fail_code": "providerTimeout"}, "timeout"),
        ({"fail": "winter", "fail_code": "modelUnavailable"}, "provider"),
        ({"reject": "winter"}, "validation"),
    ],
)
def test_an_error_of_each_class(runware: Emulator, clip: Path, faults: dict[str, float | str], code: str) -> None:
    async def use(client: Runware) -> RunwareError:
        media = await uploaded(client, clip)
        runware.faults.set(faults)
        with pytest.raises(RunwareError) as caught:
            await client.run(an_edit(media))
        return caught.value

    assert through(runware, use).code == code


def test_errors_about_several_parameters_and_about_what_is_not_there(runware: Emulator, clip: Path) -> None:
    async def use(client: Runware) -> list[RunwareError]:
        media = await uploaded(client, clip)
        wrong = [
            client.run(an_edit(media, settings={"edit": {"autoControls": True, "strength": "flex_1"}})),
            client.run(an_edit(media, model="luma:ray@9")),
            client.get_task_details({"taskUUID": str(uuid.uuid4())}),
        ]
        return [await refused(each) for each in wrong]

    rivals, model, missing = through(runware, use)
    assert (rivals.code, rivals.parameter) == ("validation", "settings.edit.autoControls")
    assert (model.code, model.parameter) == ("validation", "model")
    assert (missing.code, missing.status_code) == ("notFound", 404)


async def refused(asked: Awaitable[Any]) -> RunwareError:
    with pytest.raises(RunwareError) as caught:
        await asked
    return caught.value


def test_another_key(runware: Emulator) -> None:
    error = through(runware, lambda client: refused(client.run(an_edit("x"))), key="some other")
    assert (error.code, error.status_code) == ("auth", 401)


def test_a_lost_answer_makes_this_client_report_a_bad_request(runware: Emulator, clip: Path) -> None:
    """It sends the same UUID again and takes the refusal for the user's fault: the product must read it otherwise."""

    async def use(client: Runware) -> RunwareError:
        media = await uploaded(client, clip)
        runware.faults.set({"p_post_drop": 1})
        return await refused(client.run(an_edit(media)))

    before = len(runware.books.bill())
    assert through(runware, use, retries=1).code == "validation"
    assert len(runware.books.bill()) == before + 1
