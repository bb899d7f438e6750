"""HTML pages from templates with $names, every value escaped."""

from html import escape
from pathlib import Path
from string import Template

__version__ = "1.0.0"


class Pages:
    """Renders the templates of one directory."""

    def __init__(self, directory):
        self._directory = Path(directory)

    def render(self, name, **values):
        """Return the template called name with the values filled in."""
        template = Template((self._directory / name).read_text())
        return template.substitute({k: escape(str(v)) for k, v in values.items()})
