"""From channels.yaml to the maskers that it asks for: accepted events in, the same with their free text masked out."""

from __future__ import annotations

from dataclasses import replace

from services.config.channels import ChannelsFile
from services.intake.domain.arrivals import NO_CHANNEL, Accepted
from services.intake.masking.events import mask_event
from services.intake.masking.masker import Masker
from services.intake.metrics import MASKED


class Maskers:
    """A masker for each channel, made once, and one for what comes through none."""

    def __init__(self, file: ChannelsFile) -> None:
        masking = {channel: file.masking(channel) for channel in (*file.names, NO_CHANNEL)}
        maskers = {one: Masker(one.kinds, one.phone_region) for one in set(masking.values()) if one.kinds}
        self._by_channel = {channel: maskers.get(one) for channel, one in masking.items()}

    def mask(self, accepted: Accepted) -> Accepted:
        """``accepted`` as it is to be published; what was masked is counted, and kept nowhere.

        An event that was sent through no channel may still name one, as customer_replied does.
        """
        channel = accepted.channel if accepted.channel != NO_CHANNEL else getattr(accepted.event, "channel", None)
        masker = self._by_channel.get(channel or NO_CHANNEL)
        if masker is None:
            return accepted
        event, counts = mask_event(accepted.event, masker)
        for kind, count in counts.items() if not accepted.is_test else ():
            MASKED.labels(kind).inc(count)
        return accepted if event is accepted.event else replace(accepted, event=event)
