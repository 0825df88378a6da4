# game/entities.py
from lqe.ecs import Entity, Position, Velocity
from lqe.events import InboundCommand
from lqe.physics import PhysicsWorld

class SalesRep(Entity):
    """
    An in-game avatar representing a salesperson in the simulator.
    """
    def __init__(self, name: str):
        super().__init__()
        self.add_component("position", Position(x=0, y=0))
        self.add_component("velocity", Velocity(dx=0, dy=0))
        self.tags.add("player")

# game/handlers.py
import os
import json
from lqe.ecs import ECSManager
from lqe.events import command_bus
from lqe.metrics import tracer
from .entities import SalesRep

ecs = ECSManager(table_name=os.environ["ENTITY_TABLE"])

@tracer.capture_lambda_handler
def lambda_handler(event, context):
    """
    AWS Lambda entry-point for a single game tick.
    Expects a batch of commands delivered via SQS from API Gateway WebSockets.
    """
    commands = [InboundCommand.parse(c) for c in event.get("Records", [])]

    # Step 1: Load all entities affected in this tick
    entity_ids = {c.entity_id for c in commands}
    ecs.hydrate(entity_ids)

    # Step 2: Enqueue commands
    for cmd in commands:
        command_bus.dispatch(cmd)

    # Step 3: Run systems
    PhysicsWorld.step(dt=0.016)
    ecs.flush()  # Persist mutated components

    # Step 4: Emit post-tick events
    return {"statusCode": 200, "body": json.dumps({"processed": len(commands)})}
