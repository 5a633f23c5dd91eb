"""Uses the page of a running server as people do, in Debian's Chromium, and takes pictures of it.

    python benchmarks/server/page.py http://127.0.0.1:8000 FOLDER

Needs playwright and pillow from PyPI and Debian's chromium. Writes FOLDER/{desktop,dark,phone}.png. Exits with 1 if
the page asks for anything from elsewhere, complains, or shows another depth than the server's file has.
"""

import argparse
import io
import pathlib
import re
import sys

from PIL import Image
from playwright.sync_api import sync_playwright

LOOKS = {
    "desktop": dict(viewport={"width": 1280, "height": 1000}, color_scheme="light"),
    "dark": dict(viewport={"width": 1280, "height": 1000}, color_scheme="dark"),
    "phone": dict(viewport={"width": 390, "height": 844}, color_scheme="light", has_touch=True, is_mobile=True,
                  device_scale_factor=2),
}
PLACE = (0.3, 0.6)          # of a picture's width and height, where the maps are read


def expected_depth(context, options) -> str:
    """What the page must say at PLACE, from the file that the server gives."""
    answer = context.request.post(f"{options.url}/v1/predict?tasks=depth", data=pathlib.Path(options.photo).read_bytes(),
                                  headers={"Content-Type": "image/jpeg"})
    depth = Image.open(io.BytesIO(answer.body()))
    return f"{depth.getpixel((int(PLACE[0] * depth.width), int(PLACE[1] * depth.height))) / 1000:.2f} m"


def use(browser, look: str, options) -> list[str]:
    """Chooses a photo, reads the maps, takes a picture; what was wrong."""
    context = browser.new_context(**LOOKS[look])
    page, wrong = context.new_page(), []
    page.on("request", lambda r: None if r.url.startswith((options.url, "data:", "blob:")) else wrong.append(f"asks for {r.url}"))
    page.on("console", lambda m: wrong.append(f"says {m.text}") if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: wrong.append(f"fails with {error}"))
    page.goto(options.url)
    page.set_input_files("#file", options.photo)
    page.wait_for_selector("figure:nth-of-type(4) canvas", timeout=60_000)
    view = page.locator("figure", has_text="depth").locator(".view")
    view.scroll_into_view_if_needed()
    box = view.bounding_box()
    # The middle of the pixel of the file.
    page.mouse.move(box["x"] + PLACE[0] * box["width"] + 0.2, box["y"] + PLACE[1] * box["height"] + 0.2)
    read = page.locator("figure", has_text="depth").locator("output").inner_text()
    metres = lambda text: float(text.removesuffix(" m"))
    if not re.fullmatch(r"\d+\.\d\d m", read) or abs(metres(read) - metres(expected_depth(context, options))) > 0.05:
        wrong.append(f"reads {read!r} where the file has {expected_depth(context, options)}")
    for output in page.locator("figure output").all()[1:]:
        if not output.inner_text():
            wrong.append("does not read all maps at once")
    page.screenshot(path=options.folder / f"{look}.png")
    context.close()
    return [f"{look}: {what}" for what in wrong]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--photo", default="examples/room.jpg")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        wrong = [what for look in LOOKS for what in use(browser, look, options)]
        browser.close()
    print("\n".join(wrong) or f"the page works; pictures in {options.folder}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
