"""A small web application: two pages, one router, one template."""

import os
import platform
from wsgiref.simple_server import make_server

from demo_pages import Pages
from demo_routes import Router

GREETING = "Hello from python-web"

app = Router()
pages = Pages(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pages"))


@app.route("/")
def home(environ):
    return pages.render(
        "home.html",
        title="python-web",
        greeting=GREETING,
        python=platform.python_version(),
    )


@app.route("/healthz")
def health(environ):
    return "ok\n"


def main():
    address = os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8000"))
    with make_server(*address, app) as server:
        print(f"listening on {address[0]}:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
