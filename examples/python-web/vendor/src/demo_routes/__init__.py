"""A WSGI router in a few lines: exact paths to functions."""

__version__ = "1.0.0"


class Router:
    """Maps a path to a view: a function from the request environ to text."""

    def __init__(self):
        self._views = {}

    def route(self, path):
        """Register the decorated function for path."""

        def register(view):
            self._views[path] = view
            return view

        return register

    def __call__(self, environ, start_response):
        view = self._views.get(environ.get("PATH_INFO", "/"))
        if view is None:
            return _respond(start_response, "404 Not Found", "not found\n")
        return _respond(start_response, "200 OK", view(environ))


def _respond(start_response, status, text):
    body = text.encode()
    start_response(status, [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(body))),
    ])
    return [body]
