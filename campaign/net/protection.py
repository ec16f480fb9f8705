"""Tests a Prefect server on loopback as an attacker would: without the password, and as a page from elsewhere."""

from campaign.net.loopback import Reply, ask

FOREIGN = "https://evil.example"
REFUSED = frozenset({401, 403})
_EVERYTHING = "/api/flow_runs/filter"


def weaknesses(url: str, auth: str | None) -> tuple[str, ...]:
    """What a web page or another user of this machine could do to the server at `url`; empty = nothing we know of.

    `auth` is the server's own `user:password`. Each sentence says what is open. Raises ConnectionError when nobody answers.
    """
    own = _post(url, auth=auth, origin=None)
    anonymous = _post(url, auth=None, origin=None)
    wrong = _post(url, auth="fanout:wrong", origin=None)
    foreign = _post(url, auth=auth, origin=FOREIGN)
    found = []
    if anonymous.status not in REFUSED:
        found.append("it answers without a password: any program of any user here can start and read runs")
    if wrong.status not in REFUSED:
        found.append("it accepts a wrong password")
    if foreign.status not in REFUSED:
        found.append("a change asked for without its CSRF token is carried out")
    if any(reply.allowed_origin in {"*", FOREIGN} for reply in (own, anonymous, foreign)):
        found.append("it lets pages of foreign origins read its answers (CORS)")
    return tuple(found)


def _post(url: str, *, auth: str | None, origin: str | None) -> Reply:
    reply = ask(f"{url}{_EVERYTHING}", method="POST", auth=auth, origin=origin, body='{"limit": 1}')
    if reply is None:
        raise ConnectionError(f"nobody answers at {url}")
    return reply
