"""Run the command line with ``python -m reviewlib``."""

from .cli import main

main(prog_name="reviewlib")
