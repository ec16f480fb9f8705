"""What our adapters send, compared field by field with what the vendors' own clients send for the same job.

Both sides upload, chain and submit against an emulator; its records of the requests are compared. That both name the same
media is compared by what the emulator found behind the names.
"""

import asyncio
import gc
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import fal_client
import httpx
import pytest
from detour import Detour, certificate_for
from fakes.emulation import PLAIN, quick
from fakes.shelf import MemoryShelf
from footage import a_film
from like_sdk import CASES, Case
from luma_agents import Luma
from orders import INTENT, an_order
from PIL import Image
from runware import Runware, file_to_data_uri

from campaign.media.engine import find_engine
from campaign.model.jobs import Operation
from campaign.providers import open_provider
from campaign.providers.base import Order, Provider
from campaign.providers.departure import SendBy
from campaign.settings import read_settings
from campaign.store.files import Store
from emulator.books import Seen
from emulator.server import Emulator

pytestmark = [
    pytest.mark.ffmpeg,
    # fal's client leaves sockets open that it made for itself.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

VENDORS = ("luma", "runware", "fal")
SLOTS = dict.fromkeys(VENDORS, 100)
NO_FILMS = {"p_fail": 1}
"""Only what is asked for is looked at: jobs that fail are not rendered."""
FAL_HOSTS = ("queue.fal.run", "rest.fal.ai", "v3.fal.media")

OURS_ALONE: Mapping[str, Mapping[str, str]] = {
    "luma": {
        "user_id": "our name for the attempt: Luma keeps it beside the job, where its support can find a lost one",
    },
    "runware": {
        "taskUUID": "made from the intent's id, not at random: a request that is sent again is refused, not billed",
        "outputType": "the default, said aloud: the film is fetched by its address",
        "outputFormat": "the default, said aloud: only MP4 is read",
        "numberResults": "the default, said aloud: a second film would be a second bill",
        "ttl": "how long the film's address lives: its default is in no document",
        "includeCost": "the price that was billed, to be compared with the one that was reserved",
    },
    "fal": {
        "user": "our name for the attempt: a person who looks for a lost one finds it there",
    },
}
"""Fields that only our request has, or that differ, and why. A client's user may send every one of them too."""

THEIRS_ALONE: Mapping[str, Mapping[str, str]] = {"luma": {}, "runware": {}, "fal": {}}
"""Fields that only theirs has."""

HEADERS_ALONE: Mapping[str, Mapping[str, str]] = {
    "luma": {},
    "runware": {},
    "fal": {
        "x-fal-no-retry": "fal itself would try up to ten times: how often is ours to decide",
        "x-fal-object-lifecycle-preference": "a week: results would stay for ever, readable by everybody",
    },
}
"""Headers of a submit that only ours has."""

MESSENGERS = ("host", "connection", "accept", "accept-encoding", "user-agent", "content-length", "x-stainless")
"""Headers of the client itself, or of its telemetry (x-stainless-...): they say nothing of the job."""

UPLOADS: Mapping[str, Mapping[str, str]] = {
    "luma": {"filename": "the content's hash: what people call the file is nobody's business there"},
    "runware": {"taskUUID": "any random one"},
    "fal": {
        "x-fal-file-name": "the content's hash: what people call the file is nobody's business there",
        "x-fal-object-lifecycle": "a week: the CDN would keep a customer's film for ever, readable by everybody",
        "x-fal-object-lifecycle-preference": "as x-fal-object-lifecycle; which of the two counts depends on the storage",
    },
}
"""What differs between the uploads, and why."""


@dataclass
class Side:
    """What one side sent: the submit of each case, and what the emulator took it for."""

    bodies: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, Mapping[str, str]] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    uploads: list[Seen] = field(default_factory=list)

    def took(self, emulator: Emulator, name: str, job: str) -> None:
        """Remember the request that bought a job. It is in the books a moment after its answer."""
        deadline = time.monotonic() + 10
        while not (found := [seen for seen in emulator.books.requests() if job in seen.jobs]):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        self.bodies[name], self.headers[name] = found[0].body, found[0].headers
        self.asked[name] = {charge.job: charge.asked for charge in emulator.books.bill()}[job]


@dataclass
class Both:
    """Our side and theirs."""

    ours: Side
    theirs: Side


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_film(tmp_path_factory.mktemp("clip") / "clip.mp4", frames=120, sound=None)


@pytest.fixture(scope="module")
def stills(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ...]:
    paths = tuple(tmp_path_factory.mktemp("stills") / f"{place}.png" for place in range(3))
    for place, path in enumerate(paths):
        Image.new("RGB", (160, 90), (80 * place, 0, 0)).save(path)
    return paths


@pytest.fixture(scope="module", params=VENDORS)
def both(
    request: pytest.FixtureRequest, clip: Path, stills: tuple[Path, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Both]]:
    vendor, folder = request.param, tmp_path_factory.mktemp(request.param)
    with quick(slots=SLOTS) as emulator:
        ours = asyncio.run(our_side(vendor, emulator, clip, stills, folder))
        emulator.faults.clear()
        theirs = THEIRS[vendor](emulator, clip, stills, folder)
    gc.collect()
    yield vendor, Both(ours, theirs)


async def our_side(vendor: str, emulator: Emulator, clip: Path, stills: tuple[Path, ...], folder: Path) -> Side:
    provider = open_provider(
        vendor,
        engine=find_engine(),
        temporary=Store(folder / "store").temporary,
        settings=read_settings(emulator.environment()),
        shelf=MemoryShelf(),
    )
    side = Side()
    try:
        parent, film = await bought(
            provider, an_order(CASES["strength-flex_2"].job, source=clip), folder / "parent.mp4"
        )
        emulator.faults.set(NO_FILMS)
        for place, (name, case) in enumerate(CASES.items()):
            intent = str(uuid.UUID(int=uuid.UUID(INTENT).int + 1 + place))
            order = an_order(case.job, source=clip, intent_id=intent, stills=stills[: case.stills])
            if case.chained:
                order = an_order(case.job, source=film, parent_remote_id=parent, intent_id=intent)
            taken = await provider.submit(await provider.pack(order), SendBy(60))
            side.took(emulator, name, taken.remote_id)
    finally:
        await provider.close()
    side.uploads = uploads(vendor, emulator)
    return side


async def bought(provider: Provider, order: Order, into: Path) -> tuple[str, Path]:
    """An edit for others to start from: its remote id, and its film."""
    generation = await provider.submit(await provider.pack(order), SendBy(60))
    async with asyncio.timeout(60):
        while generation.url is None:
            await asyncio.sleep(0.05)
            generation = await provider.poll(generation.remote_id)
    await provider.fetch(generation, into)
    return generation.remote_id, into


def their_luma(emulator: Emulator, clip: Path, stills: tuple[Path, ...], folder: Path) -> Side:
    side, before = Side(), len(emulator.books.requests())

    def uploaded(client: Luma, path: Path, kind: str, purpose: Any) -> str:
        made = client.files.create(mime_type=kind, size_bytes=path.stat().st_size, filename=path.name, purpose=purpose)
        assert made.upload is not None
        httpx.put(made.upload.url, content=path.read_bytes(), headers=made.upload.headers, **PLAIN).raise_for_status()
        client.files.complete(made.id)
        while client.files.get(made.id).state == "pending":
            pass
        return made.id

    def submit(case: Case, source: dict[str, str], pictures: list[str]) -> str:
        video = {"resolution": case.job.resolution, **case.luma}
        if pictures:
            video["edit"] = {**video["edit"], "keyframes": [{"file_id": each} for each in pictures]}
        ratio = {"aspect_ratio": video.pop("aspect_ratio")} if "aspect_ratio" in video else {}
        kind: Any = "video_edit" if case.job.operation is Operation.MODIFY else "video_reframe"
        made = client.generations.create(
            model="ray-3.2", type=kind, prompt=case.job.prompt.text, source=source, video=video, **ratio
        )
        return made.id

    environment = emulator.environment()
    key, address = environment["LUMA_AGENTS_API_KEY"], environment["LUMA_BASE_URL"]
    with Luma(auth_token=key, base_url=address, max_retries=0) as client:
        source = {"file_id": uploaded(client, clip, "video/mp4", "input")}
        pictures = [uploaded(client, each, "image/png", "reference") for each in stills]
        parent = submit(CASES["strength-flex_2"], source, [])
        while client.generations.get(parent).state != "completed":
            pass
        emulator.faults.set(NO_FILMS)
        for name, case in CASES.items():
            start = {"generation_id": parent} if case.chained else source
            side.took(emulator, name, submit(case, start, pictures[: case.stills]))
    side.uploads = uploads("luma", emulator, before)
    return side


def their_runware(emulator: Emulator, clip: Path, stills: tuple[Path, ...], folder: Path) -> Side:
    side, before = Side(), len(emulator.books.requests())

    async def uploaded(client: Runware, path: Path) -> str:
        (stored,) = await client.media_storage({"operation": "upload", "media": file_to_data_uri(path)})
        return str(stored["mediaUUID"])

    async def go() -> None:
        where: Any = {"transport": "rest", "http_base_url": f"{emulator.url}/v1", "max_retries": 0}
        async with Runware(api_key=emulator.environment()["RUNWARE_API_KEY"], **where) as client:
            source, pictures = await uploaded(client, clip), [await uploaded(client, each) for each in stills]

            def task(case: Case, video: str) -> dict[str, Any]:
                inputs: dict[str, Any] = {"video": video}
                if case.stills:
                    frames = zip(pictures, (0, 24, 83), strict=True)
                    inputs["frameImages"] = [{"image": picture, "frame": frame} for picture, frame in frames]
                size = {} if "width" in case.runware else {"resolution": case.job.resolution}
                told = {"taskType": "videoInference", "taskUUID": str(uuid.uuid4()), "model": "luma:ray@3.2"}
                return told | {"positivePrompt": case.job.prompt.text, "inputs": inputs, **size, **case.runware}

            (parent,) = await client.run(task(CASES["strength-flex_2"], source))
            tasks = {name: task(case, parent["videoUUID"] if case.chained else source) for name, case in CASES.items()}
            emulator.faults.set(NO_FILMS)
            await asyncio.gather(*(client.run(each) for each in tasks.values()), return_exceptions=True)
            for name, each in tasks.items():
                side.took(emulator, name, each["taskUUID"])

    asyncio.run(go())
    side.uploads = uploads("runware", emulator, before)
    return side


def their_fal(_plain: Emulator, clip: Path, stills: tuple[Path, ...], folder: Path) -> Side:
    """fal's client insists on TLS and on fal's names: it has an emulator of its own."""
    certificate, key, authority = certificate_for(FAL_HOSTS, folder)
    side = Side()

    def submit(
        client: fal_client.SyncClient, case: Case, source: str, pictures: list[str]
    ) -> fal_client.SyncRequestHandle:
        endpoint = "video-to-video" if case.job.operation is Operation.MODIFY else "reframe"
        body = {"prompt": case.job.prompt.text, "video_url": source, "resolution": case.job.resolution, **case.fal}
        return client.submit(f"luma/agent/ray/v3.2/{endpoint}", body | ({"keyframes": pictures} if pictures else {}))

    with quick(slots=SLOTS, tls=(certificate, key)) as emulator, Detour(FAL_HOSTS, emulator.port) as detour:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("NO_PROXY", "no_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
                patch.delenv(name, raising=False)
            patch.setenv("HTTPS_PROXY", detour.url)
            patch.setenv("SSL_CERT_FILE", str(authority))
            client = fal_client.SyncClient(key=emulator.environment()["FAL_KEY"])
            source, pictures = client.upload_file(clip), [client.upload_file(each) for each in stills]
            parent = submit(client, CASES["strength-flex_2"], source, []).get()["video"]["url"]
            emulator.faults.set(NO_FILMS)
            for name, case in CASES.items():
                begun = submit(client, case, parent if case.chained else source, pictures[: case.stills])
                side.took(emulator, name, begun.request_id)
            client._client.close()
        side.uploads = uploads("fal", emulator)
    return side


THEIRS: Mapping[str, Callable[[Emulator, Path, tuple[Path, ...], Path], Side]] = {
    "luma": their_luma,
    "runware": their_runware,
    "fal": their_fal,
}


def uploads(vendor: str, emulator: Emulator, after: int = 0) -> list[Seen]:
    """Requests that announce or carry a file's bytes."""
    paths = {"luma": "/v1/files", "runware": "/v1", "fal": "/files/upload"}
    return [
        seen
        for seen in emulator.books.requests()[after:]
        if seen.method == "POST" and seen.path == paths[vendor] and (vendor != "runware" or is_upload(seen))
    ]


def is_upload(seen: Seen) -> bool:
    return bool(seen.body and seen.body[0]["taskType"] == "mediaStorage")


def masked(vendor: str, body: Any) -> Any:
    """A body without the names of media, which no two uploads share."""
    told = json.loads(json.dumps(body[0] if vendor == "runware" else body))
    match vendor:
        case "luma":
            told["source"] = dict.fromkeys(told["source"], "media")
            for each in told["video"].get("edit", {}).get("keyframes", []):
                each["file_id"] = "media"
        case "runware":
            told["inputs"]["video"] = "media"
            for each in told["inputs"].get("frameImages", []):
                each["image"] = "media"
        case "fal":
            told["video_url"] = "media"
            told |= {"keyframes": ["media" for _ in told["keyframes"]]} if "keyframes" in told else {}
    return told


def of_the_vendor(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers that say something of the job; what ours alone say is in the table."""
    told = {name: value for name, value in headers.items() if not name.startswith(MESSENGERS)}
    return {name: "ours" if name.startswith("x-fal") else value for name, value in told.items()}


def without(told: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {name: value for name, value in told.items() if name not in names}


@pytest.mark.parametrize("name", CASES)
def test_a_request_is_the_one_that_the_vendors_client_sends(both: tuple[str, Both], name: str) -> None:
    vendor, sides = both
    ours, theirs = masked(vendor, sides.ours.bodies[name]), masked(vendor, sides.theirs.bodies[name])
    assert without(ours, OURS_ALONE[vendor]) == without(theirs, {**OURS_ALONE[vendor], **THEIRS_ALONE[vendor]})
    assert sides.ours.asked[name] == sides.theirs.asked[name], "the same words, but about other media"


def test_the_headers_that_a_vendor_reads_are_those_of_its_client(both: tuple[str, Both]) -> None:
    vendor, sides = both
    ours, theirs = sides.ours.headers["auto"], sides.theirs.headers["auto"]
    assert of_the_vendor(ours) == of_the_vendor(theirs) | dict.fromkeys(HEADERS_ALONE[vendor], "ours")


def test_no_exception_is_made_without_need(both: tuple[str, Both]) -> None:
    vendor, sides = both
    for name in OURS_ALONE[vendor]:
        for case in CASES:
            ours, theirs = masked(vendor, sides.ours.bodies[case]), masked(vendor, sides.theirs.bodies[case])
            assert name in ours and ours[name] != theirs.get(name)


def test_uploads_are_those_of_the_vendors_client(both: tuple[str, Both]) -> None:
    vendor, sides = both
    ours, theirs = (
        sorted((shown(vendor, seen) for seen in side.uploads), key=lambda each: json.dumps(each, sort_keys=True))
        for side in (sides.ours, sides.theirs)
    )
    assert ours == theirs


def shown(vendor: str, seen: Seen) -> dict[str, Any]:
    """An upload, without what differs for a reason."""
    if vendor == "fal":
        headers = {name: value for name, value in seen.headers.items() if name.startswith(("x-fal", "content-"))}
        return without({"path": seen.path, **headers}, UPLOADS[vendor])
    return without(seen.body[0] if vendor == "runware" else seen.body, UPLOADS[vendor])
