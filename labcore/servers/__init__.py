"""Servers: functions from a request to a response, honest ones and the attacker's."""
