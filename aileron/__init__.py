"""Aileron: coding agents, with every command judged."""

__version__ = "0.1.0"
