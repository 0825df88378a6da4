"""A deployment as the commands see it: the tables and queues that the environment names."""

import os
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from lqe.handlers.process import Process


def cloud(command: str) -> "Process":
    """Return a deployment's adapters, which are there if the extra `aws` is."""
    try:
        from lqe.adapters.budget import WatchedBudget  # noqa: PLC0415 - see above
        from lqe.handlers.entry import Log, deployed  # noqa: PLC0415
        from lqe.handlers.settings import settings_from  # noqa: PLC0415
    except ImportError as error:
        raise click.ClickException(
            f"install ledgerquest-engine[aws] for --cloud: {error}"
        ) from None
    return deployed(settings_from(os.environ), Log(command), WatchedBudget())
