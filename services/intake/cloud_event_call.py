"""CloudEvents over HTTP: what a request brings is kept as a whole, and its sender gets a receipt for each event."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import TypeAdapter
from starlette.responses import Response

from schemas.codec import encode
from services.intake.bodies import Incoming
from services.intake.domain.arrivals import Arrival
from services.intake.domain.cloud_event_modes import BATCH, JSON, STRUCTURED, accept_cloud_events
from services.intake.keeping import Keeping
from services.intake.records import Receipt, make_receipt

_RECEIPTS = TypeAdapter(list[Receipt])


class CloudEventCall:
    """Takes CloudEvents that arrive as ``note_arrival`` says, and keeps them."""

    def __init__(self, keeping: Keeping, note_arrival: Callable[[Incoming], Arrival]) -> None:
        self._keeping = keeping
        self._note_arrival = note_arrival

    async def take(self, request: Incoming) -> Response:
        """Events as CloudEvents 1.0: binary, structured or in a batch."""
        media_type = request.require_media_type(JSON, STRUCTURED, BATCH)
        body = await request.whole()
        accepted = accept_cloud_events(media_type, request.headers.items(), body, self._note_arrival(request))
        await self._keeping.keep_all(accepted, request)
        receipts = [make_receipt(one) for one in accepted]
        content = _RECEIPTS.dump_json(receipts) if media_type == BATCH else encode(receipts[0])
        return Response(content, 202, media_type=JSON)
