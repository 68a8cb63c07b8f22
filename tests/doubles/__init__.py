"""Loopback doubles of the servers that Engram talks to: real sockets, scripted behaviour."""
