"""What the beginning of a subject says: that the mail answers, forwards, or was written by a machine."""

from __future__ import annotations

import re
from typing import Literal

Prefix = Literal["reply", "forward", "automatic", "bounce"]

_PREFIXES: dict[Prefix, tuple[str, ...]] = {
    "reply": (
        "re", "aw", "antw", "sv", "vs", "odp", "ynt", "rif", "r", "回复", "答复", "回覆", "答覆", "回應",
        "返信", "회신", "ответ",
    ),
    "forward": (
        "fw", "fwd", "wg", "tr", "rv", "enc", "doorst", "vb", "pd", "i", "转发", "转寄", "轉寄", "轉發", "転送",
        "전달",
    ),
    # RFC 3834, section 3.1.5, proposes "Auto:"; the others are those of Outlook, Gmail, QQ and NetEase by language.
    "automatic": (
        "auto", "automatic reply", "auto reply", "auto-reply", "autoreply", "auto response", "autoresponse",
        "out of office", "out of office autoreply", "out of office reply", "自动回复", "自动答复", "自動回覆",
        "自動回復", "自動答覆", "不在办公室", "外出自动回复", "automatische antwort", "abwesenheitsnotiz",
        "réponse automatique", "respuesta automática", "resposta automática", "risposta automatica",
        "automatisch antwoord", "autosvar", "automatiskt svar", "自動応答", "自動返信", "자동 회신", "자동회신",
        "автоматический ответ", "автоответ",
    ),
    "bounce": (
        "undeliverable", "undelivered mail returned to sender", "mail delivery failed", "mail delivery failure",
        "mail delivery system", "delivery status notification", "delivery failure", "failure notice",
        "returned mail", "mail system error", "系统退信", "退信", "退信通知", "未送达", "未传递",
        "未傳遞", "无法送达", "無法傳遞", "unzustellbar", "non remis", "no se puede entregar",
        "não é possível entregar",
    ),
}  # fmt: skip
_BY_TEXT = {text: prefix for prefix, texts in _PREFIXES.items() for text in texts}
_TAG = re.compile(r"[\[【(（]([^\[\]【】()（）]{1,40})[\]】)）]\s*")
_WORDS = re.compile(r"([^:：]+?)(?:\[\d+\]|\(\d+\))?\s*([:：]|$)")
MOST_TAGS = 3


def read_prefix(subject: str) -> Prefix | None:
    """What the words before the first colon say; a machine's may also stand in brackets, or alone.

    Other words in brackets before them are passed over, such as the [EXTERNAL] of a gateway.
    """
    words = subject[:200].strip().casefold()
    for _ in range(MOST_TAGS):
        tag = _TAG.match(words)
        if tag is None:
            break
        if _BY_TEXT.get(tag[1].strip()) == "automatic":
            return "automatic"
        words = words[tag.end() :]
    beginning = _WORDS.match(words)
    found = _BY_TEXT.get(beginning[1]) if beginning else None
    if beginning and (beginning[2] or found == "automatic") and found:
        return found
    return "bounce" if words.startswith(_PREFIXES["bounce"]) else None
