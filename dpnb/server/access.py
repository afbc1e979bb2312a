"""Who may talk to a server: its token, what is derived from it, and the hosts under whose names it answers."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass, field
from ipaddress import ip_address

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
BODY_LIMIT_BYTES = 1 << 20
_PORT = re.compile(r":\d{1,5}$")


def new_token() -> str:
    """Return a token that nobody guesses: 256 random bits, as text for an address."""
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a request must show.

    Parameters
    ----------
    token
        The secret of those who may use the server. Made up where it is not given; None asks for none, for an
        application that guards the one it is mounted in.
    hosts
        The names under which the server may be addressed, without ports; ``"*"`` is any. A page whose name was made to
        point at this machine is kept out by it.
    any_address
        Whether it may also be addressed by any number, as a server that listens on all of its machine's addresses.
        Names are what can be made to point elsewhere; numbers cannot.
    origins
        Pages from elsewhere that may use the server from a browser: ``"https://dash.example"``. None by default.
    body_limit_bytes
        How long the body of a request may be.

    Examples
    --------
    >>> access = Access(token="s3cret", hosts=("localhost",))
    >>> access.admits_host("localhost:8000"), access.admits_host("evil.example"), access.admits_token("guess")
    (True, False, False)
    """

    token: str | None = field(default_factory=new_token, repr=False)
    hosts: tuple[str, ...] = LOOPBACK
    any_address: bool = False
    origins: tuple[str, ...] = ()
    body_limit_bytes: int = BODY_LIMIT_BYTES

    def __post_init__(self) -> None:
        if self.token is not None and not (self.token.isascii() and self.token.isprintable() and self.token.strip()):
            raise ValueError("a token is made of visible ASCII characters, for it travels in headers")
        object.__setattr__(self, "hosts", tuple(host.lower() for host in self.hosts))

    def admits_host(self, host: str) -> bool:
        """Tell whether a request may address the server so; a port is not looked at."""
        name = _PORT.sub("", host).lower()
        return "*" in self.hosts or name in self.hosts or (self.any_address and _is_address(name))

    def admits_origin(self, origin: str, host: str) -> bool:
        """Tell whether a page may use the server: its own, or one of those that are named."""
        _, separator, place = origin.partition("://")
        return origin in self.origins or bool(separator and place.lower() == host.lower())

    def admits_token(self, token: str) -> bool:
        """Compare a token with the server's, in a time that tells nothing of it."""
        return self.token is None or _are_same(token, self.token)

    def admits_session(self, value: str) -> bool:
        """Compare what a browser's cookie holds."""
        return self.token is None or _are_same(value, self.session)

    def admits_write(self, value: str) -> bool:
        """Compare what a page repeats of its cookie to show that it can read it."""
        return self.token is None or _are_same(value, self.xsrf)

    @property
    def session(self) -> str:
        """What the cookie of a browser that has shown the token holds."""
        return self._derived("session")

    @property
    def xsrf(self) -> str:
        """What a page must repeat in a header to change anything; one from elsewhere cannot read it."""
        return self._derived("xsrf")

    def _derived(self, purpose: str) -> str:
        return hmac.new((self.token or "").encode(), f"dpnb {purpose}".encode(), "sha256").hexdigest()


def _are_same(given: str, right: str) -> bool:
    return secrets.compare_digest(given.encode("utf-8", "surrogatepass"), right.encode())


def _is_address(name: str) -> bool:
    try:
        ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
