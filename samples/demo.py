"""The demo: a shop's product in three colours from warm Blender workers, one render watched live, and what warmth is worth.

`make demo` runs it. It starts dist/workers-server on a free port with a data folder of its own, leaves its pictures under demo-out/, stops
everything and exits with 0. Without Blender it draws test cards and says so. Standard library only.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import contact_sheet

ROOT = pathlib.Path(__file__).resolve().parent.parent
OUT = ROOT / "demo-out"
PRODUCT = ROOT / "samples" / "product.blend"
FABRIC = 'materials["Fabric"].node_tree.nodes["Principled BSDF"].inputs["Base Color"].default_value'
COLOURS = {"red": [0.55, 0.03, 0.03, 1], "teal": [0.02, 0.22, 0.24, 1], "sand": [0.6, 0.42, 0.2, 1]}
SIZES = {64: 1, 256: 8}  # pixels: samples, of the pictures that are timed


class Server:
    """A server of our own: started, waited for, and stopped with everything it started."""

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="workers-demo-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.base = f"http://127.0.0.1:{probe.getsockname()[1]}"
        self.log = open(OUT / "server.log", "wb")
        self.process = subprocess.Popen(
            [str(ROOT / "dist" / "workers-server"), "--urls", self.base, "--data", self.folder], stdout=self.log, stderr=subprocess.STDOUT)

    def wait_until_ready(self, seconds: float) -> None:
        """Until the server can work, and for a while longer until Blender is warm."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise SystemExit(f"The server ended with {self.process.returncode}; see {OUT / 'server.log'}")
            try:
                self.get("/readyz")
                return
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        raise SystemExit(f"The server was not ready after {seconds:.0f} s; see {OUT / 'server.log'}")

    def wait_for_engine(self, name: str, seconds: float) -> bool:
        """True as soon as that engine has a warm worker; False when it says that it never will, or in the end."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if json.loads(self.get(f"/v1/engines/{name}")[1])["available"]:
                    return True
            except urllib.error.HTTPError:
                pass
            time.sleep(0.2)
        return False

    def get(self, path: str):
        return self.send("GET", path)

    def post(self, path: str, document, **headers: str):
        return self.send("POST", path, json.dumps(document).encode(), {"Content-Type": "application/json", **headers})

    def send(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None):
        request = urllib.request.Request(self.base + path, body, headers or {}, method=method)
        with urllib.request.urlopen(request, timeout=300) as reply:
            return reply.headers, reply.read()

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
        return self.process.returncode


def render(server: Server, engine: str, call: dict, name: str) -> tuple[float, str]:
    """Renders into demo-out/; gives the seconds it took and the Server-Timing."""
    begin = time.perf_counter()
    # The same picture again would come out of the cache: here its render is timed.
    headers, picture = server.post(f"/v1/engines/{engine}/functions/render", call, **{"Accept": "image/png", "Cache-Control": "no-cache"})
    seconds = time.perf_counter() - begin
    (OUT / f"{name}.png").write_bytes(picture)
    return seconds, headers.get("Server-Timing", "")


def watch(server: Server, engine: str, call: dict) -> None:
    """Submits a job and prints its events as they come."""
    _, body = server.post("/v1/jobs", {"engine": engine, "function": "render", "name": "watched", "input": call})
    job = json.loads(body)
    print(f"\nWatching job {job['id']}:")
    snapshots = 0
    with urllib.request.urlopen(f"{server.base}/v1/jobs/{job['id']}/events", timeout=300) as stream:
        kind = ""
        for line in stream:
            text = line.decode().rstrip("\n")
            if text.startswith("event:"):
                kind = text[6:].strip()
            elif text.startswith("data:"):
                data = json.loads(text[5:])
                if kind == "progress" and data.get("fraction") is not None:
                    eta = data.get("etaSeconds")
                    print(f"  progress   {data['fraction']:5.0%}  {data.get('message') or '':24}" + (f" {eta:.1f} s left" if eta is not None else ""))
                elif kind == "snapshot":
                    snapshots += 1
                    print(f"  snapshot   {data['url']}")
                elif kind:
                    print(f"  {kind}")
                if kind in ("succeeded", "failed", "canceled"):
                    break
    _, picture = server.get(f"/v1/jobs/{job['id']}/result")
    (OUT / "watched.png").write_bytes(picture)


def timed(size: int) -> dict:
    """The input of the picture of that size that is timed."""
    return {"camera": "Hero", "width": size, "height": size, "samples": SIZES[size]}


def cold(blender: str, size: int) -> float:
    """The same picture from a process of its own: what a farm manager does for each task."""
    script = (
        "import bpy; s = bpy.context.scene; r = s.render; s.camera = bpy.data.objects['Hero']; s.cycles.samples = %(samples)d; "
        "r.resolution_x = %(width)d; r.resolution_y = %(height)d; r.resolution_percentage = 100; r.image_settings.file_format = 'PNG'; "
        "r.filepath = %(path)r; bpy.ops.render.render(write_still=True)") % {**timed(size), "path": str(OUT / f"cold-{size}.png")}
    begin = time.perf_counter()
    subprocess.run([blender, "-b", str(PRODUCT), "--python-expr", script], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begin


def product_calls(server: Server) -> tuple[dict[str, dict], dict, dict[int, dict]]:
    """The three colours, the watched call and the timed ones by size, for Blender."""
    request = {"Content-Type": "application/x-blender"}
    _, body = server.send("POST", "/v1/assets?filename=product.blend", PRODUCT.read_bytes(), request)
    file = json.loads(body)["asset"]
    still = {"file": file, "camera": "Hero", "width": 512, "height": 512, "samples": 16}
    return (
        {name: {**still, "set": {FABRIC: colour}} for name, colour in COLOURS.items()},
        {"file": file, "camera": "Detail", "width": 512, "height": 512, "samples": 64},
        {size: {"file": file, **timed(size)} for size in SIZES},
    )


def testcard_calls() -> tuple[dict[str, dict], dict, dict[int, dict]]:
    """The same for the testcard: a machine without Blender still shows every hop."""
    card = {"width": 512, "height": 512}
    return (
        {name: {**card, "seed": seed, "text": name} for seed, name in enumerate(COLOURS)},
        {**card, "text": "watched", "seconds": 2, "steps": 10, "snapshots": True},
        {size: {"width": size, "height": size, "text": "timed"} for size in SIZES},
    )


def main() -> int:
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir()
    blender = shutil.which(os.environ.get("BLENDER", "blender"))
    engine = "blender" if blender else "testcard"
    if not blender:
        print("Blender was not found (install it, or set BLENDER=/path/to/blender): drawing test cards instead.")
    server = Server()
    try:
        print(f"Starting workers-server at {server.base} ...")
        server.wait_until_ready(120)
        if not server.wait_for_engine(engine, 120):
            raise SystemExit(f"No {engine} worker became ready; see {OUT / 'server.log'}")
        colours, watched, sizes = product_calls(server) if blender else testcard_calls()

        rows = [measure(server, engine, call, size, blender) for size, call in sizes.items()]
        print("\nThree colours, one warm engine:")
        for name, call in colours.items():
            seconds, timing = render(server, engine, call, name)
            print(f"  demo-out/{name}.png   {seconds:6.2f} s   {timing}")
        watch(server, engine, watched)
        contact_sheet.write([OUT / f"{name}.png" for name in colours], OUT / "contact-sheet.png")
        print(TABLE)
        print("\n".join(rows))
    finally:
        code = server.stop()
    print(f"\nPictures are under {OUT}; contact-sheet.png shows the three colours.")
    return 0 if code == 0 else 1


TABLE = """
seconds a picture, one client     cold process   first on the worker   median of ten warm   cold / warm"""


def measure(server: Server, engine: str, call: dict, size: int, blender: str | None) -> str:
    """A row of the table: a process for the picture alone, the first one on a warm worker, ten more."""
    alone = cold(blender, size) if blender else None
    first, _ = render(server, engine, call, f"timed-{size}")
    warm = statistics.median(render(server, engine, call, f"timed-{size}")[0] for _ in range(10))
    what = f"{size} px, {SIZES[size]} samples" if blender else f"{size} px, test card"
    return f"{what:34}{f'{alone:.3f}' if alone else '-':>12}{first:>22.3f}{warm:>21.3f}{f'{alone / warm:.1f} x' if alone else '-':>14}"


if __name__ == "__main__":
    sys.exit(main())
