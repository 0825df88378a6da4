"""What every objects adapter does."""

import pytest

from lqe.errors import BadInput
from lqe.ports.objects import Objects, snapshot_name


def test_an_object_is_read_back_to_the_byte(objects: Objects) -> None:
    tenant = objects.tenant("acme")
    assert tenant.put("snapshots/w1/0001", b"\x00\xff")
    assert tenant.get("snapshots/w1/0001") == b"\x00\xff"


def test_what_is_not_there_is_none(objects: Objects) -> None:
    assert objects.tenant("acme").get("nothing") is None


def test_an_object_is_never_overwritten_not_even_by_the_same_bytes(objects: Objects) -> None:
    tenant = objects.tenant("acme")
    assert tenant.put("a", b"first")
    assert not tenant.put("a", b"second")
    assert not tenant.put("a", bytes(bytearray(b"first")))
    assert tenant.get("a") == b"first"


def test_names_are_listed_by_prefix_in_order(objects: Objects) -> None:
    tenant = objects.tenant("acme")
    for tick in (3000, 0, 20_000):
        tenant.put(snapshot_name("w1", tick), b"")
    tenant.put(snapshot_name("w2", 0), b"")
    assert tenant.names("snapshots/w1/") == [snapshot_name("w1", t) for t in (0, 3000, 20_000)]


def test_one_tenant_sees_nothing_of_another(objects: Objects) -> None:
    objects.tenant("acme").put("a", b"secret")
    assert objects.tenant("acme-2").get("a") is None
    assert objects.tenant("acme-2").names("") == []


@pytest.mark.parametrize(
    "name",
    ["../x", "/etc/passwd", "a/../../x", "", "a//b", ".hidden", "a\x00b", "a\n", "é", "a" * 513],
)
def test_no_name_leads_out_of_the_tenant(objects: Objects, name: str) -> None:
    tenant = objects.tenant("acme")
    with pytest.raises(BadInput):
        tenant.put(name, b"")
    with pytest.raises(BadInput):
        tenant.get(name)
