"""The only door for environment variables, and for the `.env` that takes their place beside a campaign's file."""

import os
import pwd
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from campaign.errors import SetupError
from campaign.secrets import Secret

KEYS = {"luma": "LUMA_AGENTS_API_KEY", "runware": "RUNWARE_API_KEY", "fal": "FAL_KEY"}
"""The variable that holds our key at each provider that needs one."""
ADDRESSES = {
    "luma": {"LUMA_BASE_URL": "https://agents.lumalabs.ai/v1"},
    "runware": {"RUNWARE_BASE_URL": "https://api.runware.ai/v1"},
    "fal": {"FAL_QUEUE_URL": "https://queue.fal.run", "FAL_REST_URL": "https://rest.fal.ai"},
}
"""The variables that move a provider elsewhere (to `fanout emulate`, say), each with the provider's own address."""
WEBHOOK_PORT = 4290
_PRIVATE = re.compile(r"(?<=//)[^/@]*@|\?.*")
"""What of an address is not for showing: user and password, and the query."""
_BASE = re.compile(r"https?://[^\s?#@]+")
_OURS = (
    "FANOUT_HOME",
    "FANOUT_OUT",
    "FANOUT_DATABASE_URL",
    "FANOUT_STORE_URL",
    "FANOUT_STORE_OPTIONS",
    "FANOUT_ALLOW_HOSTS",
    "FANOUT_WEBHOOK_URL",
    "FANOUT_WEBHOOK_PORT",
)
_IN_FILE = frozenset({*_OURS, *KEYS.values(), *(name for names in ADDRESSES.values() for name in names)})
"""What may stand in a `.env`: nothing by which a campaign's folder could have another program run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendors:
    """Where the providers are, and our keys there (LUMA_AGENTS_API_KEY, RUNWARE_API_KEY, FAL_KEY); None = no key.

    The addresses of Luma and Runware end in /v1 (LUMA_BASE_URL, RUNWARE_BASE_URL); fal has two (FAL_QUEUE_URL, FAL_REST_URL).
    `unusable` are variables that hold a text which no key can be: a placeholder, or one that was pasted wrongly.
    """

    luma_key: Secret | None = None
    luma_url: str = ADDRESSES["luma"]["LUMA_BASE_URL"]
    runware_key: Secret | None = None
    runware_url: str = ADDRESSES["runware"]["RUNWARE_BASE_URL"]
    fal_key: Secret | None = None
    fal_queue_url: str = ADDRESSES["fal"]["FAL_QUEUE_URL"]
    fal_rest_url: str = ADDRESSES["fal"]["FAL_REST_URL"]
    unusable: tuple[str, ...] = ()

    def key_of(self, provider: str) -> Secret | None:
        """Our key at a provider, None when there is none."""
        return {"luma": self.luma_key, "runware": self.runware_key, "fal": self.fal_key}.get(provider)

    def lack(self, provider: str) -> str:
        """Why nothing can be bought at a provider for want of a key, with the cure; empty when nothing is lacking."""
        name = KEYS.get(provider)
        if name is None or self.key_of(provider) is not None:
            return ""
        if name in self.unusable:
            return f"{name} holds blanks or characters that no key has. Paste the key anew."
        return f"{provider} needs a key: set {name} in the environment, or in a file .env beside campaign.toml."

    def moved(self, provider: str) -> dict[str, str]:
        """The addresses of a provider that are not its own, by the variable that says so; fit to be shown."""
        now = {
            "LUMA_BASE_URL": self.luma_url,
            "RUNWARE_BASE_URL": self.runware_url,
            "FAL_QUEUE_URL": self.fal_queue_url,
            "FAL_REST_URL": self.fal_rest_url,
        }
        own = ADDRESSES.get(provider, {})
        return {name: shown_address(now[name]) for name in own if now[name] != own[name]}

    def rehearsed(self, provider: str) -> str:
        """The first address on this machine that a provider was moved to, which is none of its own; empty for none."""
        return next((url for url in self.moved(provider).values() if on_this_machine(url)), "")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says, or the `.env` beside the campaign's file.

    `home` replaces `.fanout/` beside campaign.toml (FANOUT_HOME), `out` replaces `out/` (FANOUT_OUT); `database_url` moves the
    ledger (FANOUT_DATABASE_URL), `store_url` the store, to a shared folder or to object storage (FANOUT_STORE_URL), for which
    `store_options` are a JSON object (FANOUT_STORE_OPTIONS); `ffmpeg` names a binary to use (FFMPEG); `allow_hosts` are
    `host:port` that may be reached although they are loopback or plain http (FANOUT_ALLOW_HOSTS); `user` is who gives the orders.

    `webhook_url` is where providers reach us from the internet (FANOUT_WEBHOOK_URL; None = they are only asked), `webhook_port`
    the loopback port that a proxy leads them to (FANOUT_WEBHOOK_PORT).
    """

    home: Path | None = None
    out: Path | None = None
    database_url: str | None = field(default=None, repr=False)  # may hold a password
    store_url: str | None = field(default=None, repr=False)
    store_options: Secret | None = None
    ffmpeg: Path | None = None
    allow_hosts: tuple[str, ...] = ()
    user: str = "unknown"
    vendors: Vendors = Vendors()
    webhook_url: str | None = None
    webhook_port: int = WEBHOOK_PORT

    def home_of(self, root: Path) -> Path:
        """The folder of Fanout's memory for a campaign whose file lies in `root`."""
        return self.home or root / ".fanout"

    def ledger_url(self, root: Path) -> str:
        """The SQLAlchemy URL of the ledger for a campaign whose file lies in `root`."""
        return self.database_url or f"sqlite:///{self.ledger_file(root)}"

    def ledger_file(self, root: Path) -> Path:
        """Where the ledger lies for a campaign whose file lies in `root`, unless `database_url` moves it."""
        return self.home_of(root) / "ledger.sqlite3"


def read_settings(environ: Mapping[str, str] | None = None, *, beside: Path | None = None) -> Settings:
    """Settings from `environ` (default: the process's own), and from the `.env` in the folder `beside`.

    The environment goes first; what it says nothing of, or says empty, the file may say. Nothing of the file gets into the
    process's environment. Raises SetupError for a file that cannot be read, and for an address or a port that is none.
    """
    env = dict(os.environ if environ is None else environ)
    said = _said_in(beside) if beside is not None else {}
    ffmpeg = env.get("FFMPEG")

    def folder(name: str) -> Path | None:
        """One that the environment names from where we are, the file from where it lies."""
        path = Path(env[name]) if env.get(name) else beside / said[name] if beside and said.get(name) else None
        return path.absolute() if path else None

    home, out = folder("FANOUT_HOME"), folder("FANOUT_OUT")
    said |= {name: value for name, value in env.items() if value.strip()}
    return Settings(
        home=home,
        out=out,
        database_url=said.get("FANOUT_DATABASE_URL") or None,
        store_url=said.get("FANOUT_STORE_URL", "").strip() or None,
        store_options=Secret(said["FANOUT_STORE_OPTIONS"]) if said.get("FANOUT_STORE_OPTIONS") else None,
        ffmpeg=Path(ffmpeg) if ffmpeg else None,
        allow_hosts=tuple(part.strip() for part in said.get("FANOUT_ALLOW_HOSTS", "").split(",") if part.strip()),
        user=env.get("USER") or env.get("LOGNAME") or _login(),
        vendors=_vendors(said),
        webhook_url=_webhook_url(said.get("FANOUT_WEBHOOK_URL", "")),
        webhook_port=_port(said.get("FANOUT_WEBHOOK_PORT", "")),
    )


def _webhook_url(text: str) -> str | None:
    base = text.strip().rstrip("/")
    if not base:
        return None
    if not _BASE.fullmatch(base) or (base.startswith("http:") and not on_this_machine(base)):
        cure = "Write the https address at which providers reach you, without a query."
        raise SetupError(f"FANOUT_WEBHOOK_URL is {_PRIVATE.sub('', base)!r}. {cure}")
    return base


def _port(text: str) -> int:
    port = text.strip() or str(WEBHOOK_PORT)
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise SetupError(f"FANOUT_WEBHOOK_PORT is {port!r}: write a port from 1 to 65535.")
    return int(port)


def _login() -> str:
    """The login name of whoever runs this process: a service or a container sets no $USER, and a decision needs a name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def env_file(beside: Path) -> Path | None:
    """The `.env` in a folder, None when there is none. (A folder of that name is a virtual environment, not ours.)"""
    file = beside / ".env"
    return file if file.is_file() else None


def keys_in_file(beside: Path) -> tuple[str, ...]:
    """The variables of keys that the `.env` in a folder sets."""
    said = _said_in(beside)
    return tuple(name for name in KEYS.values() if name in said)


def _said_in(folder: Path) -> dict[str, str]:
    """What its `.env` says of the names that we know."""
    file = env_file(folder)
    if file is None:
        return {}
    from dotenv import dotenv_values

    try:
        text = file.read_text(encoding="utf-8-sig")  # no other: Prefect, too, reads a .env in the folder it works in
    except OSError as error:
        raise SetupError(f"{file}: {error.strerror}. Make it readable to yourself, or delete it.") from None
    except UnicodeDecodeError:
        raise SetupError(f"{file} is no text in UTF-8. Save it anew, one NAME=value a line.") from None
    # A key may hold a dollar sign: nothing is interpolated.
    said = dotenv_values(stream=StringIO(text), interpolate=False)
    return {name: value for name, value in said.items() if name in _IN_FILE and value}


def _vendors(said: Mapping[str, str]) -> Vendors:
    texts = {name: said.get(name, "").strip() for name in KEYS.values()}
    unusable = tuple(name for name, text in texts.items() if text and not _may_be_a_key(text))

    def key(name: str) -> Secret | None:
        return Secret(texts[name]) if texts[name] and name not in unusable else None

    def address(provider: str, name: str) -> str:
        return (said.get(name, "").strip() or ADDRESSES[provider][name]).rstrip("/")

    return Vendors(
        luma_key=key("LUMA_AGENTS_API_KEY"),
        luma_url=address("luma", "LUMA_BASE_URL"),
        runware_key=key("RUNWARE_API_KEY"),
        runware_url=address("runware", "RUNWARE_BASE_URL"),
        fal_key=key("FAL_KEY"),
        fal_queue_url=address("fal", "FAL_QUEUE_URL"),
        fal_rest_url=address("fal", "FAL_REST_URL"),
        unusable=unusable,
    )


def shown_address(url: str) -> str:
    """An address without what of it is not for showing."""
    return _PRIVATE.sub("", url)


def on_this_machine(url: str) -> bool:
    """Whether an address is of the loopback."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _may_be_a_key(text: str) -> bool:
    """Whether it can stand in a header: visible ASCII in one piece. What cannot would be quoted in the library's error."""
    return text.isascii() and text.isprintable() and " " not in text


def preset(defaults: Mapping[str, str]) -> None:
    """Set environment variables that a library reads while it is imported, where the person has not set them."""
    for name, value in defaults.items():
        os.environ.setdefault(name, value)


def environment_without_keys() -> dict[str, str]:
    """The process's environment for a program of ours that is told its keys in another way; and no server's password."""
    secret = {*KEYS.values(), "PREFECT_API_AUTH_STRING"}
    return {name: value for name, value in os.environ.items() if name not in secret}


@contextmanager
def without_keys() -> Iterator[None]:
    """Take the keys out of the process's environment while the block runs: for a library that starts a program of its own."""
    taken = {name: value for name in KEYS.values() if (value := os.environ.pop(name, None)) is not None}
    try:
        yield
    finally:
        os.environ.update(taken)
