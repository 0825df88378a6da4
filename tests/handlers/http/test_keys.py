"""Keys: which request is let in, row by row, and what the others learn."""

import pytest

from lqe.errors import BadInput
from lqe.handlers.http.messages import Response
from tests.handlers.http.asking import KEYS, Served, json_of, told

ACME, GLOBEX = KEYS["acme"], KEYS["globex"]
GUARDED = ["/v1/worlds", "/v1/worlds/w1/snapshots", "/v1/worlds/w1/snapshots/0"]
OPEN = ["/v1/health", "/v1/metrics", "/v1/scenario", "/v1/openapi.json", "/v1/asyncapi.json"]


@pytest.mark.parametrize(
    ("tenant", "key", "status"),
    [
        ("acme", ACME, 201),
        ("globex", GLOBEX, 201),
        ("acme", GLOBEX, 403),
        ("globex", ACME, 403),
        ("acme", "", 401),
        ("acme", ACME[:-1], 403),
        ("acme", ACME + "x", 403),
        ("acme", ACME.upper(), 403),
        ("acme", "é", 403),
        ("acme", "\udcff", 403),
        ("nobody", ACME, 403),
        ("local", ACME, 403),
        ("nobody", "\udcff" * 32, 403),
        ("", ACME, 201),
        ("", "wrong", 403),
    ],
)
def test_a_ticket_is_for_who_has_the_key_of_its_tenant(
    keyed: Served, tenant: str, key: str, status: int
) -> None:
    assert keyed.ticket(tenant=tenant, key=key).status == status


@pytest.mark.parametrize("point", [0xD800, 0xDC80, 0xDFFF])
def test_a_key_that_is_no_text_is_nobodys(keyed: Served, point: int) -> None:
    assert told(keyed.ticket(tenant="acme", key=chr(point))) == (403, "wrong_key")


@pytest.mark.parametrize("tenant", ["acme", "globex"])
def test_where_no_tenant_is_named_the_key_says_whose_it_is(keyed: Served, tenant: str) -> None:
    assert json_of(keyed.ticket(key=KEYS[tenant]))["tenant"] == tenant


@pytest.mark.parametrize("path", GUARDED)
def test_what_is_a_tenants_needs_its_key(keyed: Served, path: str) -> None:
    keyed.objects.tenant("acme").put("snapshots/w1/0000000000000000", b"snapshot")
    assert keyed.get(f"{path}?tenant=acme", key=ACME).status == 200
    assert told(keyed.get(f"{path}?tenant=acme")) == (401, "no_key")
    assert told(keyed.get(f"{path}?tenant=acme", key=GLOBEX)) == (403, "wrong_key")


@pytest.mark.parametrize("path", OPEN)
def test_what_is_nobodys_needs_no_key(keyed: Served, path: str) -> None:
    assert keyed.get(path).status == 200


@pytest.mark.parametrize(
    "header", ["", "Basic abc", ACME, "Bearer", "Bearer  ", f"Bearer{ACME}", f"Token {ACME}"]
)
def test_a_header_without_a_key_is_told_how_to_send_one(keyed: Served, header: str) -> None:
    answer = keyed.ask("GET", "/v1/worlds?tenant=acme", headers={"authorization": header})
    assert told(answer) == (401, "no_key")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_written_in_any_case(keyed: Served, scheme: str) -> None:
    headers = {"authorization": f"{scheme} {ACME}"}
    assert keyed.ask("GET", "/v1/worlds?tenant=acme", headers=headers).status == 200


def test_without_a_key_nothing_is_said_of_the_body(keyed: Served) -> None:
    assert told(keyed.ask("POST", "/v1/tickets", b"{")) == (401, "no_key")


def test_a_wrong_key_does_not_tell_which_tenants_there_are(keyed: Served) -> None:
    def answer(tenant: str) -> Response:
        return keyed.get(f"/v1/worlds?tenant={tenant}", key="wrong")

    assert answer("acme") == answer("nobody")


@pytest.mark.parametrize("key", ["", " "])
def test_no_server_starts_with_a_key_that_everybody_has(key: str) -> None:
    with pytest.raises(BadInput, match="'acme' is empty"):
        Served(keys={"acme": key})


@pytest.mark.parametrize("key", ["clé", "a\nb", "a\x00"])
def test_no_server_starts_with_a_key_that_no_header_carries(key: str) -> None:
    with pytest.raises(BadInput, match="'acme' is not printable ASCII"):
        Served(keys={"acme": key})


def test_no_server_starts_with_one_key_for_two_tenants() -> None:
    with pytest.raises(BadInput, match="'acme' and 'globex' have the same key"):
        Served(keys={"acme": "one", "globex": " one\n"})


def test_blanks_around_a_key_are_none_of_it() -> None:
    served = Served(keys={"acme": " one\n"})
    assert served.ticket(tenant="acme", key=" one ").status == 201


def test_a_server_with_keys_for_nobody_lets_nobody_in() -> None:
    served = Served(keys={}, tenants=("local",))
    assert told(served.ticket(tenant="local")) == (401, "no_key")
    assert told(served.ticket(tenant="local", key="any")) == (403, "wrong_key")
    assert told(served.ticket(key="any")) == (403, "wrong_key")
