"""The front's ports in a deployed function whose handler a scenario's author wrote."""

from collections.abc import Mapping

from lqe.adapters.budget import WatchedBudget
from lqe.handlers.entry import Log, deployed
from lqe.handlers.folding import fold_of, hot_of, worlds_of
from lqe.handlers.front import Attestations, FrontPorts
from lqe.handlers.settings import settings_from
from lqe.profile import numeric_profile


def deployed_ports(environment: Mapping[str, str]) -> FrontPorts:
    """Return the ports over AWS's services that the environment names."""
    process = deployed(settings_from(environment), Log("front"), WatchedBudget())
    worlds = worlds_of(process, numeric_profile())
    attestations = Attestations()
    fold = fold_of(process, worlds, attestations)
    return FrontPorts(
        worlds,
        fold,
        hot_of(process),
        attestations,
        process.acting.tenant,
        process.push.drain,
    )
