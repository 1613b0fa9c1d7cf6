"""Makes this folder the package synthlift.conf, so that a wheel carries the yaml files."""
