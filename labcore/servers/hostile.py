"""The attacker's server: it answers as the URL says, so who chooses the URL chooses the answer.

The attacker writes both, the page that asks and the server that answers. ``?location=…&status=307``
makes it redirect; anything else brings a page of the attacker's, which every page may read.
"""

from urllib.parse import urlencode

from labcore.http import Request, Response


def hostile(request: Request) -> Response:
    """Answer as the URL of ``request`` says."""
    origin = request.headers.get("origin", "*")
    opened = {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}
    opened |= {
        "Access-Control-Allow-Methods": request.headers.get("access-control-request-method", "GET"),
        "Access-Control-Allow-Headers": request.headers.get("access-control-request-headers", ""),
    }
    opened |= {"Cross-Origin-Resource-Policy": "cross-origin"}
    asked = request.fields
    if request.method != "OPTIONS" and "location" in asked:
        status = int(asked["status"]) if asked.get("status") in ("301", "303", "307") else 302
        return Response(status, opened | {"Location": asked["location"]})
    if request.headers.get("sec-fetch-dest") == "script":
        return Response(200, opened | {"Content-Type": "text/javascript"}, "{ steal(document) }")
    return Response(200, opened | {"Content-Type": "text/html"})


def detour(url: str, host: str, status: int = 302) -> str:
    """The URL on the attacker's ``host`` that redirects to ``url``."""
    return f"{host}/to?{urlencode({'location': url, 'status': status})}"


CALLBACK = "leak"
"""A callback in the attacker's own page, which gets whatever it is called with."""

FLASH_FILE = "CWSMIKI0hCD0Up0IZUnnnnnnnnnnnnnnnnnnnUU5nnnnnn3Snn7iiudIbEAt333swW0s" + "sG03" * 150
"""Stands for a Flash file of letters and digits only, as a program makes them of any Flash file.

Only what a filter and a plug-in look at is kept: how it begins, what letters it has, its length.
"""

SCRIPT_TAG = "<script>steal(document)</script>"
"""A web page in place of a callback."""
