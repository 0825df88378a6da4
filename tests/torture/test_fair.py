"""A tenant at its limit takes nothing from another."""

import asyncio
from pathlib import Path

from tests.torture import fair
from tests.torture.figures import told


def test_a_tenant_at_its_limit_takes_nothing_from_another(tmp_path: Path) -> None:
    found = asyncio.run(fair.campaign(tmp_path, seconds=4.0))
    # Beside other tests, and on two cores, times say little: the long form looks at them.
    wrong = [what for what in found.wrong if "p99" not in what]
    assert wrong == [], told(found)
    assert found.flood_too_fast > 0
    assert found.beside_p99_ms < 1_000
