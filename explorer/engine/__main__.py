"""``python -m explorer.engine``: the process that has torch, spoken to over stdin and stdout."""

from __future__ import annotations

import argparse
import os
import signal
import sys

from explorer.core.streams import take_standard_streams


def main() -> int:
    """Serve until stdin ends; 2 if the device that was asked for is not here."""
    options = argparse.ArgumentParser(prog="python -m explorer.engine", description=__doc__)
    options.add_argument("--device", help="cuda, cuda:1, mps or cpu; the best there is by default")
    wanted = options.parse_args().device

    reader, writer = take_standard_streams()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the parent, which then hangs up
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # waiting threads must not spin

    from explorer.core.messages import AnyRequest
    from explorer.core.problem import Problem
    from explorer.core.wire import Wire
    from explorer.engine.device import (  # loads torch
        choose_device,
        keep_freed_memory,
        leave_a_core,
    )
    from explorer.engine.inbox import Inbox
    from explorer.engine.loop import Loop, failed, ready

    wire: Wire[AnyRequest] = Wire(AnyRequest, reader, writer)
    keep_freed_memory()
    threads = leave_a_core()
    try:
        device = choose_device(wanted)
    except Problem as problem:
        wire.send(failed(problem))
        return 2
    try:
        wire.send(ready(device, threads, os.getpid()))
        Loop(Inbox(wire.receive), wire.send, device).run()
    except BrokenPipeError:  # the desktop is gone, and nobody is left to tell
        os._exit(0)
    return 0


if __name__ == "__main__":
    sys.exit(main())
