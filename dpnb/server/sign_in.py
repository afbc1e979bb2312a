"""What a browser sees that comes without a token: a form for it, which needs no script and loads nothing."""

from __future__ import annotations

import base64
import hashlib

from starlette.responses import HTMLResponse

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:32em;margin:12vh auto;padding:0 1em;color-scheme:light dark;"
    "background:Canvas;color:CanvasText}input,button{font:inherit;padding:.3em .6em}input{width:20em;max-width:100%}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_PAGE = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>dpnb: token</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>
<body><main><h1>dpnb</h1>
<p>This server answers to those who know its token. Open the address that <code>dpnb serve</code> printed, or give the
token here. If you came by a link of another page and have been here before, <a href="">go on</a>.</p>
<form method="get"><p><label>Token <input name="token" type="password" autocomplete="off" autofocus required></label>
<button>Sign in</button></p></form></main></body></html>
"""
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


def sign_in_page() -> HTMLResponse:
    """Return the form; the address that was asked for stays, and is led to once the token is right."""
    return HTMLResponse(_PAGE, status_code=401, headers={"Content-Security-Policy": POLICY})
