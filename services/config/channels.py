"""channels.yaml as a model: the channels of complaints, how long each takes answers, and what of each is masked."""

from __future__ import annotations

from datetime import timedelta
from operator import attrgetter
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

from schemas.each_once import each_once
from schemas.external_names import ExternalName
from schemas.free_text import PersonalDataKind
from schemas.primitives import Name
from services.config.durations import Duration


def _check_region(region: str) -> str:
    # Numbering plans are slow to import, and who reads no region needs none.
    from phonenumbers import SUPPORTED_REGIONS

    if region not in SUPPORTED_REGIONS:
        raise ValueError("no phone numbers of this region are known: write a code of ISO 3166-1, such as CN or GB")
    return region


PhoneRegion = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), AfterValidator(_check_region)]
"""Where a phone number without a country code is dialled: two letters of ISO 3166-1."""

MaskedKinds = Annotated[tuple[PersonalDataKind, ...], each_once("kind")]


class Masking(NamedTuple):
    """What is masked in free text, and where its phone numbers are dialled."""

    kinds: frozenset[PersonalDataKind]
    phone_region: str


class Channel(BaseModel):
    """One channel. ``reply_window`` is how long after a resolution its customers can answer a survey.

    ``mask`` and ``phone_region`` stand for those of the file. ``mask: []`` masks nothing.

    Who asks in surveys validates with the context ``{"ask_after": timedelta}``: the window must be longer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: ExternalName
    reply_window: Duration
    mask: MaskedKinds | None = None
    phone_region: PhoneRegion | None = None

    @field_validator("reply_window")
    @classmethod
    def _open_when_asked(cls, window: timedelta, info: ValidationInfo) -> timedelta:
        ask_after: timedelta | None = (info.context or {}).get("ask_after")
        if ask_after is not None and window <= ask_after:
            raise ValueError("nobody could answer: write a duration longer than ask_after in feedback.yaml")
        return window


class ChannelsFile(BaseModel):
    """channels.yaml. ``mask`` says which kinds of personal data are masked in free text before it is published."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Name
    mask: MaskedKinds = ()
    phone_region: PhoneRegion = "CN"
    channels: Annotated[tuple[Channel, ...], Field(min_length=1), each_once("channel", by=attrgetter("name"))]

    @property
    def names(self) -> frozenset[str]:
        """The channels' names."""
        return frozenset(channel.name for channel in self.channels)

    def masking(self, channel: str | None) -> Masking:
        """What is masked of what came through ``channel``; the file's own where it names none of the channels."""
        own = next((one for one in self.channels if one.name == channel), None)
        kinds = self.mask if own is None or own.mask is None else own.mask
        return Masking(frozenset(kinds), own.phone_region if own and own.phone_region else self.phone_region)
