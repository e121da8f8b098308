"""`ergodica` and `python -m ergodica` are the command line."""

import signal
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line of this process and leave with its exit code."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        # before a command begins and after it has ended nothing is to be saved, and Python would say a traceback
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from ergodica.scripts.main import main

    main()


if __name__ == "__main__":
    main()
