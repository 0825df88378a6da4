"""The library's recorder of tracking alone: for projections whose view lies elsewhere, or here."""

import os
from collections.abc import Mapping

from eventsourcing.persistence import IntegrityError, Tracking, TrackingRecorder

from lqe.adapters.dynamodb.table import Item, Table, Value, binary, number, number_of, text

from .commits import TOKEN_BYTES
from .errors import translated

_HIGHER = "attribute_not_exists(upto) OR upto < :upto"


class DynamoDBTrackingRecorder(TrackingRecorder):
    """Keeps one item for each tracked application, and in it, if wanted, a small view."""

    def __init__(self, table: Table, name: str) -> None:
        self._table = table
        self._name = name

    def insert_tracking(self, tracking: Tracking) -> None:
        """Store that a notification was processed; raise IntegrityError if it was already."""
        self.change(tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        """Return the highest notification id that was processed, None if there is none."""
        item = self.view(application_name)
        return number_of(item, "upto") if "upto" in item else None

    def change(
        self, tracking: Tracking, more: str = "", values: Mapping[str, Value] | None = None
    ) -> None:
        """Store tracking, and change the view in the same item at once: `more` is `ADD count :one`.

        `more` is what follows the SET of an update expression; `upto` and `tok` are taken.
        """
        token = binary(os.urandom(TOKEN_BYTES))
        upto = number(tracking.notification_id)
        with translated():
            there = self._table.update(
                self._key(tracking.application_name),
                f"SET upto = :upto, tok = :tok {more}",
                {":upto": upto, ":tok": token, **(values or {})},
                condition=_HIGHER,
            )
        if there is not None and there.get("tok") != token:
            raise IntegrityError(
                f"expected a position of {tracking.application_name} after "
                f"{number_of(there, 'upto')}, got {tracking.notification_id}: it was processed "
                f"already"
            )

    def view(self, application_name: str) -> Item:
        """Return the item of a tracked application, as it is now; an empty one if there is none."""
        with translated():
            return self._table.get(self._key(application_name)) or {}

    def _key(self, application_name: str) -> Item:
        return {"pk": text(f"{self._name}#.tracking#{application_name}"), "sk": number(0)}
