"""Makes docs/room.png, the picture of the README, of a photo and its maps.

    .build/release/mtan predict examples/room.jpg -o out --view color
    pip install pillow
    python docs/make_picture.py examples/room.jpg out/room models/mtan-rooms/model.json docs/room.png
"""

import json
import sys

from PIL import Image, ImageDraw, ImageFont

TILE = (480, 360)
GAP = 8
CAPTION = 30


def legend(canvas: ImageDraw.ImageDraw, task: dict, seen: list[str], font, top: int, width: int) -> None:
    """The colours of the classes that appear, in one or more rows below the tiles."""
    x, y = GAP, top
    for label, colour in zip(task["labels"], task["palette"]):
        if colour.upper() not in seen:
            continue
        needed = 22 + int(font.getlength(label)) + 16
        if x + needed > width:
            x, y = GAP, y + 24
        canvas.rectangle((x, y + 3, x + 14, y + 17), fill=colour)
        canvas.text((x + 20, y), label, fill="#333333", font=font)
        x += needed


def main() -> None:
    photo, stem, description, output = sys.argv[1:]
    segmentation = next(t for t in json.load(open(description))["tasks"] if t["kind"] == "segmentation")
    names = [photo] + [f"{stem}.{task}.color.png" for task in ("segmentation", "depth", "normals")]
    tiles = [Image.open(name).convert("RGB") for name in names]
    seen = [f"#{r:02X}{g:02X}{b:02X}" for _, (r, g, b) in tiles[1].getcolors(1 << 20)]
    width = 2 * TILE[0] + 3 * GAP
    picture = Image.new("RGB", (width, 2 * (TILE[1] + CAPTION) + GAP + 60), "white")
    canvas, font = ImageDraw.Draw(picture), ImageFont.load_default(15)
    for index, (tile, caption) in enumerate(zip(tiles, ("photo", "segmentation", "depth", "surface normals"))):
        x = GAP + index % 2 * (TILE[0] + GAP)
        y = GAP + index // 2 * (TILE[1] + CAPTION)
        picture.paste(tile.resize(TILE, Image.Resampling.LANCZOS), (x, y))
        canvas.text((x, y + TILE[1] + 4), caption, fill="#333333", font=font)
    legend(canvas, segmentation, seen, font, 2 * (TILE[1] + CAPTION) + GAP + 6, width)
    picture.save(output, optimize=True)


if __name__ == "__main__":
    main()
