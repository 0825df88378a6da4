"""What every documents adapter does."""

import pytest

from lqe.errors import BadInput
from lqe.ports.documents import Documents


def test_a_document_is_read_back_to_the_byte(documents: Documents) -> None:
    tenant = documents.tenant("acme")
    assert tenant.get("w1", "cursor") is None
    assert tenant.replace("w1", "cursor", None, b"\x00\xff")
    assert tenant.get("w1", "cursor") == b"\x00\xff"


def test_an_empty_document_is_not_none(documents: Documents) -> None:
    tenant = documents.tenant("acme")
    assert tenant.replace("w1", "a", None, b"")
    assert tenant.get("w1", "a") == b""
    assert not tenant.replace("w1", "a", None, b"x")
    assert tenant.replace("w1", "a", b"", b"x")


def test_a_document_is_replaced_only_by_who_knows_it(documents: Documents) -> None:
    tenant = documents.tenant("acme")
    assert not tenant.replace("w1", "a", b"never there", b"first")
    assert tenant.get("w1", "a") is None
    assert tenant.replace("w1", "a", None, b"first")
    assert not tenant.replace("w1", "a", None, b"second")
    assert not tenant.replace("w1", "a", b"else", b"second")
    assert tenant.get("w1", "a") == b"first"
    assert tenant.replace("w1", "a", b"first", b"second")
    assert tenant.get("w1", "a") == b"second"


def test_names_are_those_of_one_world_by_prefix_in_order(documents: Documents) -> None:
    tenant = documents.tenant("acme")
    for name in ("subjects/b", "cursor", "subjects/a", "subject", "Z"):
        assert tenant.replace("w1", name, None, b"")
    assert tenant.replace("w10", "other", None, b"")
    assert tenant.names("w1") == ["Z", "cursor", "subject", "subjects/a", "subjects/b"]
    assert tenant.names("w1", "subjects/") == ["subjects/a", "subjects/b"]
    assert tenant.names("w2") == []


def test_one_tenant_and_one_world_see_nothing_of_another(documents: Documents) -> None:
    assert documents.tenant("acme").replace("w1", "a", None, b"secret")
    assert documents.tenant("acme").get("w2", "a") is None
    assert documents.tenant("acme-2").get("w1", "a") is None
    assert documents.tenant("acm").names("w1") == []


@pytest.mark.parametrize("name", ["", "../x", "/x", "a//b", "a#b", ".a", "a" * 513])
def test_a_name_of_another_shape_is_refused(documents: Documents, name: str) -> None:
    tenant = documents.tenant("acme")
    with pytest.raises(BadInput):
        tenant.get("w1", name)
    with pytest.raises(BadInput):
        tenant.replace("w1", name, None, b"")


@pytest.mark.parametrize("world", ["", "W", "a/b", "..", "a#b", "a" * 65])
def test_a_world_of_another_shape_is_refused(documents: Documents, world: str) -> None:
    tenant = documents.tenant("acme")
    with pytest.raises(BadInput):
        tenant.get(world, "a")
    with pytest.raises(BadInput):
        tenant.replace(world, "a", None, b"")
    with pytest.raises(BadInput):
        tenant.names(world)


@pytest.mark.parametrize("name", ["", "Acme", "a/b", "..", "a#b", "a" * 41])
def test_a_tenant_of_another_shape_is_refused(documents: Documents, name: str) -> None:
    with pytest.raises(BadInput):
        documents.tenant(name)
