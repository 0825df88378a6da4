"""What a deployment tells its functions, in environment variables."""

from collections.abc import Mapping

import msgspec

from lqe.errors import BadInput


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Names and addresses of what the functions use; each from the variable named beside it."""

    events: str = "lqe-events"  # EVENTS_TABLE
    snapshots: str = "lqe-snapshots"  # SNAPSHOTS_TABLE
    entities: str = "lqe-entities"  # ENTITY_TABLE
    connections: str = "lqe-connections"  # CONNECTIONS_TABLE
    bucket: str = ""  # OBJECTS_BUCKET
    key: str = ""  # OBJECTS_KEY_ARN, of KMS: objects are encrypted under it, each tenant's apart
    queue: str = ""  # INTAKE_URL, of the SQS FIFO queue
    bus: str = "default"  # SIGNALS_BUS
    sockets: str = ""  # SOCKETS_URL, of the API Gateway stage
    state_machine: str = ""  # STATE_MACHINE_ARN, of `lqe-game-tick`
    submit: str = ""  # SUBMIT_FUNCTION, which the pool warmer starts ahead
    ticker: str = ""  # TICKER_FUNCTION, likewise
    tick: str = ""  # TICK_FUNCTION, likewise
    scenarios: str = "scenarios"  # SCENARIOS, the folder in the package
    scenario: str = ""  # SCENARIO, the digest of what new worlds are opened with
    role: str = ""  # DATA_ROLE_ARN, assumed for one tenant at a time to reach what is its
    region: str = "local"  # AWS_REGION
    tracing: bool = False  # TRACING, `true` for subsegments of X-Ray; costs time at a cold start

    def need(self, name: str) -> str:
        """Return a setting; raise BadInput, with the variable to set, if it is empty."""
        value = str(getattr(self, name))
        if not value:
            raise BadInput(f"expected the environment variable {_VARIABLES[name]} to be set")
        return value


_VARIABLES = {
    "events": "EVENTS_TABLE",
    "snapshots": "SNAPSHOTS_TABLE",
    "entities": "ENTITY_TABLE",
    "connections": "CONNECTIONS_TABLE",
    "bucket": "OBJECTS_BUCKET",
    "key": "OBJECTS_KEY_ARN",
    "queue": "INTAKE_URL",
    "bus": "SIGNALS_BUS",
    "sockets": "SOCKETS_URL",
    "state_machine": "STATE_MACHINE_ARN",
    "submit": "SUBMIT_FUNCTION",
    "ticker": "TICKER_FUNCTION",
    "tick": "TICK_FUNCTION",
    "scenarios": "SCENARIOS",
    "scenario": "SCENARIO",
    "role": "DATA_ROLE_ARN",
    "region": "AWS_REGION",
    "tracing": "TRACING",
}


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Return the settings in an environment; what is not set keeps its default."""
    found = {name: environment[v] for name, v in _VARIABLES.items() if v in environment}
    return msgspec.convert(found, Settings, strict=False)
