"""What introduces a quote, as mail programs write it, and what only looks like it."""

from __future__ import annotations

import pytest

from services.intake.mail.quotes import cut_quotes

ATTRIBUTIONS = [
    "On Wednesday, November 25, 2026 at 09:00:00 AM GMT+8, Shop <care@shop.example> wrote:",
    "On Wed, 25 Nov 2026 09:00:00 +0800\nShop <care@shop.example> wrote:",
    "On 2026-11-25 09:00, Shop wrote:",
    "在 2026年11月25日星期三，客服 <care@shop.example> 写道：",
    "于 2026/11/25 9:00, 客服 写道:",
    "<care@shop.example> 于2026年11月25日周三 09:00写道：",
    "客服\n<care@shop.example> 于2026年11月25日周三 09:00写道：",
    "客服 <care@shop.example> 于\n2026年11月25日周三 09:00写道：",
    "客服 <care@shop.example> 於 2026年11月25日 上午9:00 寫道：",
    "Am 25.11.26 um 09:00 schrieb Shop:",
    "Am Mi., 25. Nov. 2026 um 09:00 Uhr schrieb Shop <care@shop.example>:",
    "El mié, 25 nov 2026 a las 9:00, Shop (<care@shop.example>) escribió:",
    "Em qua., 25 de nov. de 2026 às 09:00, Shop <care@shop.example> escreveu:",
    "Le 25/11/2026 à 09:00, Shop a écrit :",
    "Il giorno mer 25 nov 2026 alle ore 09:00 Shop <care@shop.example> ha scritto:",
    "Op wo 25 nov 2026 om 09:00 schreef Shop <care@shop.example>:",
    "Den ons 25 nov. 2026 kl 09.00 skrev Shop <care@shop.example>:",
    "śr., 25 lis 2026 o 09:00 Shop <care@shop.example> napisał(a):",
    "ср, 25 нояб. 2026 г. в 09:00, Shop <care@shop.example>:",
    "2026년 11월 25일 (수) 오전 9:00, Shop <care@shop.example>님이 작성:",
]
BLOCKS = [
    "-------- Original Message --------\nOn 25/11/2026 9:00, Shop <a@b> wrote:\n\n> old",
    "-----原始邮件-----\n发件人:客服\n发送时间:2026",
    "________________________________\n发件人: 客服\n已发送: 2026\n收件人: 王芳\n主题: 退款\n\n旧",
    "------------------------------\n发件人：客服\n日　期：2026年11月25日\n收件人：王芳\n主　题：退款\n\n旧",
    "*From:* Shop <a@b>\n*Sent:* today\n*To:* Ann\n*Subject:* Parcel\n\nold",
    "| 发件人： | 客服 |\n| 日期： | 2026年 |\n| 主题： | 退款 |\n旧",
]
HONEST = [
    "I wrote to you on 3 May:\nno answer",
    "On 3 May 2026 you wrote:\nyes",
    "At 10:00 I called, your man said:\nno",
    "Call me at 10:30 or mail me <ann@customer.example>:\nthanks",
    "2026年5月3日客服在电话里写道：\n不退",
    "From: Shanghai\nTo: Beijing\nDate: 3 May\nlost",
    "主题：退款\n收件人：王芳\n我的包裹丢了",
    "----- my list -----\none\ntwo",
]


@pytest.mark.parametrize("quoted", ["> old\n> older", "old\nolder"])
@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_an_attribution_is_cut_with_what_it_introduces(attribution: str, quoted: str) -> None:
    assert cut_quotes(f"It is late.\nAnn\n\n{attribution}\n\n{quoted}", answers=False) == "It is late.\nAnn"


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_an_answer_below_the_quote_stays(attribution: str) -> None:
    assert cut_quotes(f"{attribution}\n> Which number?\n\n4711", answers=False) == "4711"


@pytest.mark.parametrize("block", BLOCKS)
def test_everything_below_a_quoted_header_or_a_separator_is_cut(block: str) -> None:
    assert cut_quotes(f"It is late.\n\n{block}", answers=False) == "It is late."


@pytest.mark.parametrize("text", HONEST)
def test_what_a_customer_tells_is_kept(text: str) -> None:
    assert cut_quotes(text, answers=False) == text
    assert cut_quotes(text, answers=True) == text
