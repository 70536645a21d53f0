"""Telling systemd that the hub is ready, alive and stopping (sd_notify(3)); nothing elsewhere."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import timedelta


class Notifier:
    """Speaks to the socket that systemd names, if it names one."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        if self._address.startswith("@"):  # of the abstract kind
            self._address = "\0" + self._address[1:]
        own = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        usec = environ.get("WATCHDOG_USEC", "") if own else ""
        # as sd_watchdog_enabled(3) advises: at half the time
        self.watchdog = timedelta(microseconds=int(usec) / 2) if usec.isdecimal() else None

    def tell(self, *lines: str) -> bool:
        """Send states such as ``READY=1``; whether somebody was there to take them."""
        if not self._address:
            return False
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.connect(self._address)
                sender.sendall("\n".join(lines).encode())
        except OSError:
            return False  # told in vain: systemd's own time limit says so
        return True
