"""How the hub and its parser process tell where a message ends: a four-byte length."""

from __future__ import annotations

import struct

HEADER = struct.Struct("!I")
