"""uvicorn's HTTP protocol, with a way to close a connection without an answer: what a lost response looks like."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

SEVER = "sever"


class SeverableProtocol(HttpToolsProtocol):
    """Gives each request's state a function that closes its connection at once."""

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope["state"][SEVER] = self._sever

    def _sever(self) -> None:
        # uvicorn answers 500 when an application returns without an answer, unless it knows that the client has gone.
        if self.cycle is not None:
            self.cycle.disconnected = True
        self.transport.abort()
