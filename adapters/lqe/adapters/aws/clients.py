"""Clients of AWS services, with time-outs and retries that suit a function of a few seconds."""

from typing import Any

import boto3
from botocore.config import Config

# The library's own standard mode: exponential back-off with full jitter, throttling included.
_CONFIG = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 4},
    tcp_keepalive=True,
    max_pool_connections=32,
)


def client(service: str, **options: Any) -> Any:
    """Return a client of a service; where and as whom is read from the environment, as usual."""
    return boto3.client(service, config=_CONFIG, **options)
