"""The imperative front's physics."""

from lqe.scope import current


class PhysicsWorld:
    """Time of the worlds of the open invocation."""

    @staticmethod
    def step(dt: float) -> None:
        """Let exactly one tick pass; `dt` seconds must be the world's own."""
        current("PhysicsWorld.step").step(dt)
