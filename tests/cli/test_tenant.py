"""What an operator sets about a stack's tenants, and sees of them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from lqe.adapters.registry import Quotas, Registries, sqlite_registries
from lqe.cli.cloud import deployment
from lqe.cli.main import cli
from lqe.errors import BadInput

Run = Callable[..., str]


@pytest.fixture
def registries(tmp_path: Path) -> Iterator[Registries]:
    registries = sqlite_registries(tmp_path / "registry.sqlite")
    yield registries
    registries.close()


@pytest.fixture
def run(registries: Registries, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `ledgerquest tenant` on a stack in Frankfurt; return what it says."""
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setattr(
        deployment,
        "deployment",
        lambda account, _stack: SimpleNamespace(account=account, registries=registries),
    )

    def run(*arguments: str, fails: bool = False) -> str:
        done = CliRunner().invoke(cli, ["tenant", *arguments], catch_exceptions=False)
        assert (done.exit_code != 0) is fails, done.output
        return done.output

    return run


def test_quotas_that_are_given_are_set_and_the_others_kept(
    run: Run, registries: Registries
) -> None:
    run("add", "acme", "--worlds", "3", "--players", "20", "--rate", "7")
    said = run("quotas", "acme", "--rate", "90")
    assert said == "acme: 3 worlds, 20 players a world, 90 commands a second at most\n"
    run("quotas", "acme", "--players", "0")
    assert registries.tenant("acme").get().quotas == Quotas(
        worlds=3, players_per_world=0, commands_per_second=90
    )


def test_quotas_are_shown_and_nothing_is_written_down(run: Run, registries: Registries) -> None:
    run("add", "acme")
    version = registries.tenant("acme").get().version
    assert run("quotas", "acme").startswith("acme: 10 worlds, 100 players a world, 50 commands")
    assert registries.tenant("acme").get().version == version


def test_a_tenant_that_is_added_again_has_the_quotas_said_last(run: Run) -> None:
    run("add", "acme", "--rate", "7")
    assert "7 commands a second" in run("list")
    assert "50 commands a second" in run("add", "acme")


def test_no_quota_is_below_none(run: Run) -> None:
    run("add", "acme")
    assert "x>=0" in run("quotas", "acme", "--rate", "-1", fails=True)
    assert "x>=0" in run("add", "acme", "--players", "-1", fails=True)


def test_who_is_not_registered_has_no_quotas_to_set(run: Run) -> None:
    with pytest.raises(BadInput, match="register it first"):
        run("quotas", "nobody", "--rate", "1")


def test_who_is_disabled_is_listed_with_the_reason(run: Run) -> None:
    run("add", "acme")
    run("disable", "acme", "--reason", "not paid")
    assert "disabled: not paid" in run("list")
    run("enable", "acme")
    assert "enabled" in run("list")
