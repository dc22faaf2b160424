"""The words with which mail programs introduce what they quote, by language, as those programs write them."""

from __future__ import annotations

from typing import Literal

Label = Literal["from", "date", "to", "subject"]

_LABELS: dict[Label, tuple[str, ...]] = {
    "from": (
        "from", "发件人", "寄件者", "寄件人", "發件人", "von", "de", "da", "van", "från", "fra", "od", "差出人",
        "送信者", "보낸사람", "от", "lähettäjä", "kimden",
    ),
    "date": (
        "sent", "date", "发送时间", "发送日期", "发件时间", "日期", "时间", "時間", "寄件日期", "傳送日期",
        "發送時間", "已傳送", "已发送", "gesendet", "datum", "envoyé", "enviado", "enviada", "fecha", "inviato",
        "data", "verzonden", "skickat", "sendt", "wysłano", "odesláno", "送信日時", "日付", "보낸날짜", "날짜",
        "отправлено", "дата", "lähetetty", "tarih",
    ),
    "to": (
        "to", "收件人", "收件者", "an", "à", "para", "a", "aan", "till", "til", "do", "komu", "宛先",
        "받는사람", "кому", "vastaanottaja", "kime",
    ),
    "subject": (
        "subject", "主题", "主題", "主旨", "标题", "標題", "betreff", "objet", "asunto", "assunto", "oggetto",
        "onderwerp", "ämne", "emne", "temat", "předmět", "件名", "제목", "тема", "aihe", "konu",
    ),
}  # fmt: skip

LABELS: dict[str, Label] = {word: label for label, words in _LABELS.items() for word in words}
"""What stands before the colon of a quoted header line, in lower case and without spaces."""

ORIGINALS = frozenset({
    "original", "original message", "original email", "original mail", "original appointment",
    "replied message", "reply message", "原始邮件", "原始郵件", "原邮件", "原始信息", "原始讯息", "原始信件",
    "邮件原件", "邮件原文", "回复的原邮件", "回复的邮件", "原始訊息", "ursprüngliche nachricht",
    "originalnachricht", "message d'origine", "message original", "mensaje original", "mensagem original",
    "messaggio originale", "oorspronkelijk bericht", "ursprungligt meddelande", "opprinnelig melding",
    "oprindelig meddelelse", "wiadomość oryginalna", "původní zpráva", "исходное сообщение", "元のメッセージ",
    "원본 메시지", "원본 이메일", "alkuperäinen viesti", "orijinal ileti",
})  # fmt: skip
"""What stands between two rules above a quoted mail, in lower case."""

FORWARDS = frozenset({
    "forwarded message", "forwarded mail", "begin forwarded message", "forwarded by", "转发的邮件",
    "转发邮件信息", "转发邮件", "轉寄的郵件", "轉寄郵件", "开始转发的邮件", "開始轉寄郵件",
    "weitergeleitete nachricht", "anfang der weitergeleiteten nachricht", "message transféré",
    "début du message réexpédié", "mensaje reenviado", "mensagem encaminhada", "messaggio inoltrato",
    "inizio messaggio inoltrato", "doorgestuurd bericht", "転送されたメッセージ", "пересылаемое сообщение",
    "전달된 메시지",
})  # fmt: skip
"""What stands above a mail that is forwarded, in lower case: that is what the sender wants to be read."""

VERBS = (
    "wrote", "writes", "写道", "寫道", "写入", "寫入", "schrieb", "a écrit", "écrit", "escribió", "escreveu",
    "ha scritto", "schreef", "skrev", "napisał(a)", "napisał", "napisała", "nadesłał", "napsal(a)",
    "написал(а)", "написал", "написала", "пишет", "님이 작성", "작성", "kirjoitti", "şunu yazdı", "yazdı",
    "書きました", "のメール",
)  # fmt: skip
"""What "X wrote:" ends with."""

VERBS_BEFORE_NAME = ("schrieb", "schreef", "skrev")
"""Verbs behind which the writer's name may follow."""

ATTRIBUTION_STARTS = (
    "on ", "at ", "am ", "le ", "el ", "il ", "op ", "den ", "em ", "no dia ", "dnia ", "dne ", "в ", "on:",
    "在",
)  # fmt: skip
"""What "On Monday X wrote:" begins with, in lower case."""

NAME_STANDS_ABOVE = ("于", "於", "<")
"""Where "X <address> 于2026年…写道：" is broken into two lines: before or behind one of these."""
