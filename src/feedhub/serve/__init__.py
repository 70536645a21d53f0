"""Rendered bytes to subscribers: over HTTP, or as files for another web server."""

from feedhub.serve.app import build_app
from feedhub.serve.callbacks import with_callbacks
from feedhub.serve.images import Pictures
from feedhub.serve.rendered import Rendered, render
from feedhub.serve.run import Server
from feedhub.serve.site import Queries, Site, render_site
from feedhub.serve.websub import Pinger
from feedhub.serve.write import Written, write_site

__all__ = [
    "Pictures",
    "Pinger",
    "Queries",
    "Rendered",
    "Server",
    "Site",
    "Written",
    "build_app",
    "render",
    "render_site",
    "with_callbacks",
    "write_site",
]
