"""The shim against real shells."""
