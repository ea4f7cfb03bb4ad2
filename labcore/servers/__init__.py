"""Servers: functions from a request to a response, honest ones and the attacker's."""

from labcore.servers.hostile import CALLBACK, FLASH_FILE, SCRIPT_TAG, detour, hostile
from labcore.servers.site import Site, User

__all__ = ["CALLBACK", "FLASH_FILE", "SCRIPT_TAG", "Site", "User", "detour", "hostile"]
