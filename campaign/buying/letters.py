"""What a run and its postman tell each other: pickles over a socket that only these two processes hold."""

import pickle
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

from campaign.errors import ProviderError
from campaign.ledger.records import Lease
from campaign.providers.base import Generation, Parcel
from campaign.providers.departure import SendBy
from campaign.secrets import Secret
from campaign.settings import Settings


@dataclass(frozen=True, slots=True)
class Hello:
    """The run's first word: on which terms to post, and into which ledger. Keys travel in here, and in nothing else."""

    settings: Settings
    ledger_url: str
    providers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """The postman's first word: letters may come. Intents are held under the name `owner`, which is alive as long as he is."""

    owner: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One paid request, to be posted once; `lease` is the intent's."""

    lease: Lease
    provider: str
    parcel: Parcel
    send_by: SendBy


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a letter."""

    lease: Lease
    answer: Generation | ProviderError


@dataclass(frozen=True, slots=True)
class Written:
    """The run has written a reply down: the postman may forget it."""

    lease: Lease


@dataclass(frozen=True, slots=True)
class Goodbye:
    """The run ends in good order: it leaves no intent behind but those whose letters are under way."""


def sealed(message: object) -> bytes:
    """A message as it goes through the socket, the secrets in it readable: for nothing else."""
    envelope = BytesIO()
    _Pickler(envelope).dump(message)
    return envelope.getvalue()


def hear(socket: BinaryIO) -> Any:
    """The next message, None when none will come any more. One that broke off counts as not sent."""
    try:
        return pickle.load(socket)  # noqa: S301 (the other end is our own process)
    except (EOFError, OSError, ValueError, pickle.UnpicklingError):
        return None


class _Pickler(pickle.Pickler):
    def reducer_override(self, part: object) -> Any:
        return (Secret, (part.reveal(),)) if isinstance(part, Secret) else NotImplemented
