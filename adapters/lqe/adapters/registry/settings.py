"""What an operator writes down about a tenant; checked as it is read."""

from pydantic import BaseModel, ConfigDict, Field


class _Checked(BaseModel):
    """Nothing is guessed: no unknown fields, no text for numbers, no change afterwards."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Quotas(_Checked):
    """How much a tenant may have; zero is none."""

    worlds: int = Field(default=10, ge=0, description="worlds ever opened")
    players_per_world: int = Field(default=100, ge=0, description="players in a world at once")
    commands_per_second: int = Field(default=50, ge=0, description="in all worlds together")


class TenantSettings(_Checked):
    """A tenant as it is registered. Its region is where all of its data stays."""

    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$|^local$")
    quotas: Quotas = Quotas()
