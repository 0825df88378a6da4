"""The numeric profile: a digest of what this process's arithmetic does with fixed inputs.

Two processes of one profile very probably compute the same bits; two of different profiles may
not, and a replay that differs between them proves nothing. Probes: a short simulation with
turning bodies (sine and cosine of libm), libm's functions at fixed points, numpy's arithmetic,
and Python's own sums.
"""

import math
from hashlib import sha256

import msgspec
import numpy as np

from lqe.ecs import Entities, Position, Velocity
from lqe.ecs.changes import Change
from lqe.physics import Body, Force, Joint, Rotation, SpaceRules, box
from lqe.physics.space import Space

_BODIES = 12
_STEPS = 120


def numeric_profile() -> str:
    """Return the profile of this process; the same value in every process that computes alike."""
    probe = sha256()
    probe.update(_simulation())
    points = [0.1 * i + 1e-3 for i in range(1, 200)]
    for function in (math.sin, math.cos, math.exp, math.log, math.sqrt, math.atan):
        probe.update(msgspec.msgpack.encode([function(p) for p in points]))
    probe.update(msgspec.msgpack.encode([math.pow(p, 0.016) for p in points]))
    array = np.array(points)
    for values in (array * 1.1 + array, np.sqrt(array), array / 3.0, np.sort(array[::-1])):
        probe.update(values.astype("<f8").tobytes())
    return probe.hexdigest()[:32]


def _simulation() -> bytes:
    entities = Entities((Position, Velocity, Rotation, Force, Body, Joint), most=100)
    space = Space(SpaceRules(gravity=(0.0, -100.0)), entities, 0.016)
    floor = Body(kind="static", shapes=(box(400.0, 4.0),))
    bodies = [Body(shapes=(box(7.0, 5.0),), moment=6.0) for _ in range(_BODIES)]
    for place, body in enumerate([floor, *bodies]):
        at = Position(float(place * 3), place * 6.0)
        parts = (body, at, Velocity(), Rotation(0.0, place * 0.3))
        entity = entities.reserve()
        entities.pending.append(Change(entity=entity, spawned=True, components=parts))
    space.changed(entities.flush())
    for _ in range(_STEPS):
        space.step()
    return msgspec.msgpack.encode(entities.dump()["components"])
