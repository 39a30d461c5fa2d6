"""A three-node Swarm in containers, usable by a person with no pytest at all: `python -m lab up`."""

import signal
import sys

# `python -m lab`: the modules take a moment to load, and a Ctrl-C in it ends the program without a traceback;
# main() takes over from there. What ignores SIGINT, as in a shell's background, goes on to.
if sys.argv[:1] == ["-m"] and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
