"""The family of everything Fanout raises. Each error pickles, names its cause and says what to do next."""

from campaign.model.faults import Fault


class CampaignError(Exception):
    """Base of all errors that Fanout raises on purpose."""


class InputError(CampaignError):
    """A person must edit a file. Carries every fault found, not the first. Never retried."""

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


class SetupError(CampaignError):
    """The machine lacks something (ffmpeg, disk, a server): the message carries the cure. Never retried."""


class MediaError(CampaignError):
    """ffmpeg refused or a file is not what it claims. `command` is the argv as text, `tail` the end of stderr."""

    def __init__(self, problem: str, command: str = "", tail: str = "") -> None:
        super().__init__(problem, command, tail)
        self.problem = problem
        self.command = command
        self.tail = tail

    def __str__(self) -> str:
        return "\n".join(part for part in (self.problem, self.tail) if part)


class LedgerError(CampaignError):
    """The ledger cannot be trusted or written: nothing is bought until a person has looked."""


class LedgerBusy(LedgerError):
    """Another process holds the ledger for too long. Safe to repeat: nothing was written."""


class FenceLost(LedgerError):
    """Another owner took the job over: whatever this process was about to write is dropped."""


class StoreError(CampaignError):
    """A stored file is missing, changed, or cannot be written (disk full)."""


class ProviderError(CampaignError):
    """What a provider answered. `provider` is its name, `detail` a sentence for a person.

    `answer` is what they said, as JSON text without secrets, for the ledger; empty where there was no answer.
    """

    def __init__(self, provider: str, detail: str) -> None:
        super().__init__(provider, detail)
        self.provider = provider
        self.detail = detail
        self.answer = ""

    def __str__(self) -> str:
        return f"{self.provider}: {self.detail}"


class ProviderBusy(ProviderError):
    """Nothing was bought; the same request may be sent again later, at the earliest in `retry_after_s` where that is said."""

    def __init__(self, provider: str, detail: str, retry_after_s: float | None = None) -> None:
        super().__init__(provider, detail)
        self.args = (provider, detail, retry_after_s)
        self.retry_after_s = retry_after_s


class ProviderThrottled(ProviderBusy):
    """Asked to slow down (HTTP 429): nothing was bought, and nothing is wrong with the route."""


class ProviderBarred(ProviderError):
    """No request can succeed until a person acts: key refused, no credit, suspended, address unknown. Nothing was bought.

    Nothing more is sent by this run; what was bought before is still asked for and fetched.
    """


class ProviderRejected(ProviderError):
    """Refused for good (a bad request): this job fails, the others go on. Never retried."""


class SubmissionUnknown(ProviderError):
    """The request left and no dependable answer came: it may be paid. Never sent again unasked."""
