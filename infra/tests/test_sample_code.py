"""The sample code of the design brief, byte for byte, as a Lambda function of the deployed stack."""

import io
import json
import zipfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from infra.tests.stack import Stack
from lqe.codec import Codec
from lqe.events import ClockAdvanced, CommandSubmitted, PlayerJoined, event_name
from lqe.ports.log import Commit
from lqe.profile import numeric_profile
from lqe.replay import Verdict, verify
from tests.seed.test_sample_code import BLOCK, SAMPLE_DIGEST

TENANT, WORLD = "acme", "north"
START_US = 1_700_000_000_000_000
PLAYERS = 10


def test_ten_records_are_one_commit_and_one_tick_and_replay(stack: Stack) -> None:
    assert sha256(BLOCK.encode()).hexdigest() == SAMPLE_DIGEST
    there = stack.deployed
    print(there)
