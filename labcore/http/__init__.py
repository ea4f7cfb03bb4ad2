"""What browsers and servers say to each other: headers, requests, responses, cookies."""

from labcore.http.cookies import Cookie, Jar
from labcore.http.headers import BadHeader, Headers
from labcore.http.request import BadRequest, Request, Response

__all__ = ["BadHeader", "BadRequest", "Cookie", "Headers", "Jar", "Request", "Response"]
