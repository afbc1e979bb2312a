"""What may be shown of a URL."""

from __future__ import annotations

from urllib.parse import urlsplit


def without_secrets(url: str) -> str:
    """Return `url` without password and query, which may hold one too.

    >>> without_secrets("redis://me:secret@host:6379/0?password=secret")
    'redis://me@host:6379/0'
    """
    scheme, separator, _ = url.partition("://")
    if not separator:
        return url
    try:
        parts = urlsplit(url)
    except ValueError:  # such as an unclosed bracket
        return f"{scheme}://…"
    user, at, host = parts.netloc.rpartition("@")
    return f"{scheme}://{user.partition(':')[0]}{at if user.partition(':')[0] else ''}{host}{parts.path}"
