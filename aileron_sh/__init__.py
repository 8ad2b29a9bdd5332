"""The shim: C sources, and the Python script that stands in for them."""
