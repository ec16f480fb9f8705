"""Which addresses may be reached, however they are spelt."""

import asyncio
import pickle
import socket

import pytest

from campaign.net.addresses import Addresses, Place, Unreachable, is_public

PUBLIC = ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c")


def resolving(**names: tuple[str, ...]):  # type: ignore[no-untyped-def]  # a resolver that knows these names
    asked: list[str] = []

    async def resolve(host: str, _: int) -> tuple[str, ...]:
        asked.append(host)
        if (found := names.get(host.replace(".", "_").replace("-", "_"))) is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return found

    resolve.asked = asked  # type: ignore[attr-defined]  # what the test looks at
    return resolve


def place(url: str, *allow: str, **names: tuple[str, ...]) -> Place:
    return asyncio.run(Addresses(allow, resolving(api_luma_example=PUBLIC, **names)).place(url))


def refusal(url: str, *allow: str, **names: tuple[str, ...]) -> Unreachable:
    with pytest.raises(Unreachable) as caught:
        place(url, *allow, **names)
    return caught.value


def test_a_public_name_leads_to_its_checked_addresses() -> None:
    found = place("https://api.luma.example/v1/files?X-Amz-Signature=abc")
    assert found == Place("https", "api.luma.example", 443, PUBLIC)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.luma.example/a",
        "https://api.luma.example:8443/a",
        "https://user:password@api.luma.example/a",
        "https://user@api.luma.example/a",
        "ftp://api.luma.example/a",
        "file:///etc/passwd",
        "//api.luma.example/a",
        "https:///a",
        "https://",
        "",
        "media/a.mp4",
        "https://[::1/a",
        "https://a b/",
        "https://\x00/",
        "https://api.luma.example:99999/",
        "javascript:alert(1)",
    ],
)
def test_what_is_not_a_plain_https_address_is_refused(url: str) -> None:
    assert refusal(url).kind == "forbidden"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "0", "0.0.0.0", "[::1]", "[::]", "localhost",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::1]", "[2002:7f00:1::]", "[2001::1]", "[fe80::1]", "[fc00::1]", "[fec0::1]", "[ff02::1]", "[100::1]",
        "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.127.255.254", "192.0.0.170",
        "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.0.2.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
        "255.255.255.255", "192.88.99.1",
    ],
)  # fmt: skip
def test_no_spelling_of_a_private_address_is_reached(host: str) -> None:
    with pytest.raises(Unreachable) as caught:
        asyncio.run(Addresses().place(f"https://{host}/latest/meta-data"))
    assert caught.value.kind == "forbidden"


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450:4001:813::200e", "100.63.0.1", "172.32.0.1"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


def test_one_private_address_of_a_name_is_enough_to_refuse_it() -> None:
    found = refusal("https://mixed.example/a", mixed_example=(PUBLIC[0], "10.0.0.7"))
    assert found.kind == "forbidden"
    assert "10.0.0.7" in found.detail
    assert "mixed.example:443 in FANOUT_ALLOW_HOSTS" in found.detail


def test_a_refusal_names_neither_path_nor_query_nor_password() -> None:
    found = refusal("http://user:hunter2@api.luma.example/secret?X-Amz-Signature=abc")
    assert not any(part in str(found) for part in ("hunter2", "secret", "Signature"))


def test_a_name_without_an_address_is_no_attack_but_dns() -> None:
    found = refusal("https://nx.invalid/a")
    assert found.kind == "dns"
    assert "nx.invalid has no address" in str(found)
    assert str(found).endswith("[net.dns]")


@pytest.mark.parametrize(
    ("url", "allow"),
    [
        ("http://127.0.0.1:8080/v1", "127.0.0.1:8080"),
        ("https://127.0.0.1:8080/v1", "127.0.0.1:8080"),
        ("http://LOCALHOST:8080/v1", "localhost:8080"),
        ("http://localhost:8080/v1", "LocalHost:8080"),
        ("http://[::1]:8080/v1", "[::1]:8080"),
        ("http://emulator.example/v1", "emulator.example:80"),
        ("https://api.corp.example/v1", "api.corp.example:443"),
    ],
)
def test_what_is_named_with_its_port_may_be_reached(url: str, allow: str) -> None:
    names = {"localhost": ("127.0.0.1",), "emulator_example": ("10.0.0.9",), "api_corp_example": ("10.0.0.9",)}
    assert place(url, allow, **names).addresses


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8081/",
        "http://localhost:8080/",
        "http://127.1:8080/",
        "http://user@127.0.0.1:8080/",
        "ftp://127.0.0.1:8080/",
    ],
)
def test_an_exception_holds_for_exactly_that_host_and_port(url: str) -> None:
    assert refusal(url, "127.0.0.1:8080", localhost=("127.0.0.1",)).kind in {"forbidden", "dns"}


def test_a_name_that_changes_its_mind_is_not_asked_again_at_once() -> None:
    answers = [(PUBLIC[0],), ("127.0.0.1",)]

    async def resolve(_: str, __: int) -> tuple[str, ...]:
        return answers.pop(0)

    async def twice() -> tuple[Place, Place]:
        addresses = Addresses((), resolve)
        return await addresses.place("https://rebind.example/a"), await addresses.place("https://rebind.example/b")

    first, second = asyncio.run(twice())
    assert first.addresses == second.addresses == (PUBLIC[0],)


def test_the_address_that_answered_is_tried_first_from_then_on() -> None:
    async def twice() -> tuple[Place, Place]:
        addresses = Addresses((), resolving(api_luma_example=PUBLIC))
        first = await addresses.place("https://api.luma.example/a")
        addresses.answered(first, PUBLIC[1])
        addresses.answered(first, "8.8.8.8")  # never one of its own
        return first, await addresses.place("https://api.luma.example/a")

    first, second = asyncio.run(twice())
    assert (first.addresses, second.addresses) == (PUBLIC, PUBLIC[::-1])


def test_a_failure_to_resolve_is_not_remembered() -> None:
    answers: list[tuple[str, ...]] = [(), (PUBLIC[0],)]

    async def resolve(_: str, __: int) -> tuple[str, ...]:
        return answers.pop(0)

    async def twice() -> Place:
        addresses = Addresses((), resolve)
        with pytest.raises(Unreachable):
            await addresses.place("https://late.example/a")
        return await addresses.place("https://late.example/a")

    assert asyncio.run(twice()).addresses == (PUBLIC[0],)


def test_the_error_survives_a_process_boundary() -> None:
    found = refusal("https://nx.invalid/a")
    again = pickle.loads(pickle.dumps(found))
    assert (again.kind, again.detail) == (found.kind, found.detail)
