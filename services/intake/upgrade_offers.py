"""uvicorn's HTTP/1.1 on httptools in, the same out for which an offer to upgrade is a header like any other.

httptools takes what follows a request with such an offer for another protocol, the request's own body included, and
reads on as if that were the next request. Java's HttpClient offers h2c with the first request of every connection.
An offer may be ignored (RFC 9110, section 7.8), so such a head is read once more without it.
"""

from __future__ import annotations

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class UpgradeOffersIgnored(HttpToolsProtocol):
    """Its ``feed`` is what ``data_received`` is to use. The parser calls the other methods."""

    def feed(self, data: bytes) -> None:
        """Parse. Raises HttpParserError."""
        rest = memoryview(data)
        while rest:
            try:
                self.parser.feed_data(rest)
                return
            except httptools.HttpParserUpgrade as upgrade:
                rest = rest[upgrade.args[0] :]
                self._read_head_again()

    def on_headers_complete(self) -> None:
        """The head is complete; where it has an offer, it is not yet the one that counts."""
        if not self.parser.should_upgrade():
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is complete, or only its head, where it has an offer."""
        if not self.parser.should_upgrade():
            super().on_message_complete()

    def _read_head_again(self) -> None:
        method = self.parser.get_method()
        if method == b"CONNECT":  # It always asks for another protocol, and this is no proxy.
            raise httptools.HttpParserError
        headers = [b"%b: %b\r\n" % header for header in self.headers if header[0] != b"upgrade"]
        head = b"%b %b HTTP/%b\r\n" % (method, self.url, self.parser.get_http_version().encode())
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # As uvicorn has it.
        self.parser.feed_data(head + b"".join(headers) + b"\r\n")
