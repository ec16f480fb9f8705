"""What `fanout doctor` looks at of the operations room: the Prefect server, who holds it open, the gallery it shows, the hooks
that it hears."""

from collections.abc import Iterator
from pathlib import Path

from campaign.net.loopback import ask
from campaign.settings import Settings
from fanout.doctor_hooks import examine_hooks
from fanout.doctor_machine import Check

STRANGER_CURE = "close the room and open it again; whatever listens there now is not ours"


def examine_room(campaign_file: Path, settings: Settings) -> Iterator[Check]:
    """The server as a stranger and as a page from evil.example meets it; the room and its gallery where one is open; hooks."""
    home = settings.home_of(campaign_file.absolute().parent)
    yield _server(home)
    from campaign.intake.campaign_file import read_leniently
    from campaign.intake.catalogue import read_catalogue

    campaign = read_leniently(campaign_file, read_catalogue()).campaign
    is_open = campaign is not None and _is_open(home, campaign.name)
    if campaign is not None and home.is_dir():
        yield from _room(home, campaign.name, is_open=is_open)
    yield from examine_hooks(settings, is_open=is_open)


def _server(home: Path) -> Check:
    from campaign.net.protection import weaknesses
    from flows.hosting.server import running_server

    server = running_server(home) if home.is_dir() else None
    if server is None:
        return Check(
            "prefect server", True, "none is running; a run or `fanout serve` starts its own, secured, on loopback"
        )
    found = weaknesses(server.url, server.auth)
    cure = "stop it; the one that a run starts asks for a password and refuses foreign pages"
    return Check("prefect server", not found, f"{server.url}: {'; '.join(found) or 'refuses strangers'}", cure)


def _is_open(home: Path, campaign: str) -> bool:
    from flows.hosting.seats import free, room_lock

    return (home / "prefect").is_dir() and not free(room_lock(home / "prefect", campaign))


def _room(home: Path, campaign: str, *, is_open: bool) -> Iterator[Check]:
    from flows.showing.gallery_links import read_address

    if not is_open:
        yield Check("room", True, "closed: schedules wait until `fanout serve` opens it")
        return
    yield Check("room", True, f"open for {campaign}")
    address = read_address(home, campaign)
    if address is not None:
        yield _gallery(address.url, address.auth)


def _gallery(url: str, auth: str) -> Check:
    """Whether it lets us in, and nobody else; 404 is an answer too: nothing has been made yet."""
    own, stranger = ask(url, auth=auth), ask(url)
    written = ask(url, auth=auth, method="POST", body="{}")
    if own is None or stranger is None or written is None:
        return Check("gallery", False, f"nobody answers at {url}", "close the room and open it again")
    found = [
        sentence
        for sentence, wrong in (
            ("it refuses its own password", own.status not in {200, 404}),
            ("it shows films without a password", stranger.status != 401),
            ("it takes more than reading", written.status not in {404, 405}),
        )
        if wrong
    ]
    return Check("gallery", not found, f"{url}: {'; '.join(found) or 'refuses strangers, only shows'}", STRANGER_CURE)
