#!/usr/bin/env python3
"""Makes the images and the expected pixels that ImagesTests compares with.

Needs Pillow, numpy, tifffile with imagecodecs and, for arithmetic coding, jpegtran (Debian: libjpeg-turbo-progs).
Run it in any folder; it writes beside itself and gives the same files every time with the same versions.

    png/, jpeg/, webp/, tiff/, exif/   the encoded files
    expected.json        for each of them [width, height, base64 of RGB]
    resize.json          Pillow's bilinear resize of noise, 8-bit RGB
    planes.json          the same for planes of floats

The expected pixels of PNG files follow from the samples that this script writes, by the rules of the PNG
specification in exact integers (16 bits to 8 and alpha over white rounded to nearest), not from a decoder;
those that Pillow decodes exactly are checked against it. TIFF's follow from the samples in the same way. JPEG's
and WebP's are Pillow's, and so are orientations from XMP and text chunks.
"""
import base64
import io
import json
import pathlib
import struct
import subprocess
import tempfile
import zlib

import numpy as np
import tifffile
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).parent
ADAM7 = [(0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2)]
expected = {}


def splitmix64(seed, count):
    """The generator of Tests/TestSupport/SplitMix64.swift."""
    mask, state, values = (1 << 64) - 1, seed, []
    for _ in range(count):
        state = (state + 0x9E3779B97F4A7C15) & mask
        mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & mask
        values.append(mixed ^ (mixed >> 31))
    return values


def noise(seed, *shape):
    values = splitmix64(seed, int(np.prod(shape)))
    return np.array([value & 0xFF for value in values], np.uint8).reshape(shape)


def save(name, data, pixels):
    path = HERE / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    height, width, _ = pixels.shape
    rgb = base64.b64encode(pixels.astype(np.uint8).tobytes()).decode()
    expected[name] = [width, height, rgb]


# ---- PNG -------------------------------------------------------------------------------------------------


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack(rows, depth):
    """Rows of samples (height, samples) as PNG scan lines with filter 0."""
    lines = b""
    for row in rows:
        if depth == 16:
            line = row.astype(">u2").tobytes()
        else:
            bits = "".join(format(int(sample), f"0{depth}b") for sample in row)
            bits += "0" * (-len(bits) % 8)
            line = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
        lines += b"\0" + line
    return lines


def png(samples, color, depth, interlaced=False, before=b"", after=b""):
    """A PNG file of samples (height, width, channels)."""
    height, width, channels = samples.shape
    lines = b""
    for x, dx, y, dy in ADAM7 if interlaced else [(0, 1, 0, 1)]:
        part = samples[y::dy, x::dx]
        if part.shape[0] and part.shape[1]:
            lines += pack(part.reshape(part.shape[0], -1), depth)
    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before
        + chunk(b"IDAT", zlib.compress(lines, 9)) + after + chunk(b"IEND", b"")
    )


def rounded(numerator, denominator):
    return (2 * numerator + denominator) // (2 * denominator)


def over_white(rgb, alpha, maximum):
    """Alpha over white, from samples of 0...maximum to 0...255, rounded once."""
    rgb, alpha = rgb.astype(object), alpha.astype(object)
    blend = rgb * alpha + maximum * (maximum - alpha)
    return rounded(blend * 255, maximum * maximum)


def png_case(color, depth, transparent, interlaced, size=(13, 9)):
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    width, height = size
    seed = color * 1000 + depth * 10 + transparent
    values = splitmix64(seed, width * height * channels)
    maximum = (1 << depth) - 1
    samples = np.array([value & maximum for value in values]).reshape(height, width, channels)
    before = b""
    if color == 3:
        palette = noise(7, maximum + 1, 3)
        alphas = np.full(maximum + 1, 255)
        before = chunk(b"PLTE", palette.tobytes())
        if transparent:
            # Shorter than the palette: the rest is opaque.
            short = noise(8, max(1, maximum // 2), 1)[:, 0]
            alphas[: len(short)] = short
            before += chunk(b"tRNS", short.tobytes())
        rgb, alpha, maximum = palette[samples[..., 0]], alphas[samples], 255
    else:
        colors = channels - (color & 4 != 0)
        rgb = np.broadcast_to(samples[..., :colors], (height, width, 3))
        alpha = samples[..., -1:] if color & 4 else np.full((height, width, 1), maximum)
        if transparent:
            key = samples[4 % height, 6 % width, :colors]
            samples[0, 0, :colors] = key
            alpha = np.where((samples == key).all(-1, keepdims=True), 0, maximum)
            before = chunk(b"tRNS", b"".join(struct.pack(">H", int(value)) for value in key))
    pixels = over_white(rgb, alpha, maximum).astype(np.uint8)
    kind = {0: "grey", 2: "rgb", 3: "palette", 4: "grey-alpha", 6: "rgba"}[color]
    name = f"png/{kind}-{depth}" + ("-trns" if transparent else "") + ("-adam7" if interlaced else "")
    if size != (13, 9):
        name += f"-{width}x{height}"
    data = png(samples, color, depth, interlaced, before)
    if depth <= 8 and not transparent and not color & 4:
        assert (np.asarray(Image.open(io.BytesIO(data)).convert("RGB")) == pixels).all(), name
    save(name + ".png", data, pixels)


def png_cases():
    depths = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
    for color, list_of_depths in depths.items():
        for depth in list_of_depths:
            for transparent in (False, True) if color in (0, 2, 3) else (False,):
                for interlaced in (False, True):
                    png_case(color, depth, transparent, interlaced)
    for size in ((1, 1), (2, 1), (1, 6), (3, 5), (5, 2), (33, 34)):
        png_case(2, 8, False, True, size)
    png_case(0, 1, False, True, (3, 5))
    ancillary_case()


def ancillary_case():
    """Chunks that speak of colour, and a text bomb: none may change a pixel or be unpacked."""
    samples = noise(11, 6, 7, 3)
    bomb = zlib.compress(b"a" * 4_000_000, 9)
    before = (
        chunk(b"gAMA", struct.pack(">I", 100000)) + chunk(b"sRGB", b"\0")
        + chunk(b"cHRM", struct.pack(">8I", *range(20000, 28000, 1000)))
        + chunk(b"bKGD", struct.pack(">HHH", 255, 0, 0)) + chunk(b"zTXt", b"Comment\0\0" + bomb)
        + chunk(b"iTXt", b"Comment\0\1\0\0\0" + bomb) + chunk(b"prVt", b"private")
    )
    save("png/ancillary.png", png(samples, 2, 8, before=before), samples)


# ---- JPEG ------------------------------------------------------------------------------------------------


def picture(width, height):
    """Soft colours with a few edges, so that every coefficient is used and chroma differs from grey."""
    y, x = np.mgrid[0:height, 0:width]
    red = 128 + 100 * np.sin(x / 5) * np.cos(y / 7)
    green = 255 * x / max(width - 1, 1)
    blue = np.where((x // 8 + y // 6) % 2, 220, 30)
    return np.stack([red, green, blue], -1).astype(np.uint8)


def encode(image, **options):
    stream = io.BytesIO()
    image.save(stream, "JPEG", **options)
    return stream.getvalue()


def decode(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def jpegtran(data, *options):
    return subprocess.run(["jpegtran", *options], input=data, capture_output=True, check=True).stdout


def jpeg_cases():
    image = Image.fromarray(picture(45, 31))
    files = {
        "grey": encode(image.convert("L"), quality=90),
        "ycc-444": encode(image, quality=90, subsampling="4:4:4"),
        "ycc-422": encode(image, quality=90, subsampling="4:2:2"),
        "ycc-420": encode(image, quality=90, subsampling="4:2:0"),
        "progressive": encode(image, quality=90, progressive=True),
        "rgb": encode(image, quality=90, keep_rgb=True),
        "cmyk": encode(image.convert("CMYK"), quality=90),
        "one-pixel": encode(image.crop((3, 3, 4, 4)), quality=90),
        "one-column": encode(image.crop((3, 0, 4, 31)), quality=90),
    }
    files["ycck"] = ycck(image)
    files["restarts"] = jpegtran(files["ycc-420"], "-restart", "1B")
    for name, data in files.items():
        save(f"jpeg/{name}.jpg", data, decode(data))
    # Coded anew without loss: the pixels are those of the source.
    for name, source, options in (
        ("arithmetic", "ycc-420", ()),
        ("arithmetic-progressive", "ycc-444", ("-progressive",)),
    ):
        save(f"jpeg/{name}.jpg", jpegtran(files[source], "-arithmetic", *options), decode(files[source]))
    # One scan for each component, not progressive.
    with tempfile.NamedTemporaryFile("w") as script:
        script.write("0;\n1;\n2;\n")
        script.flush()
        data = jpegtran(files["ycc-420"], "-scans", script.name)
    save("jpeg/scans.jpg", data, decode(files["ycc-420"]))
    # Padding before the end-of-image marker, and bytes behind it, as cameras write them.
    data = files["ycc-420"]
    save("jpeg/padded.jpg", data[:-2] + b"\0" * 5 + data[-2:] + b"trailer", decode(data))


def ycck(image):
    """YCbCr of the inverted colours and black, marked so in the Adobe segment (its last byte, 2)."""
    rgb = np.asarray(image.convert("RGB"))
    ycc = np.asarray(Image.fromarray(rgb).convert("YCbCr"))
    black = np.full(rgb.shape[:2] + (1,), 40, np.uint8)
    black[:, ::3] = 90
    # Pillow inverts what it writes as CMYK.
    planes = np.concatenate([255 - ycc, black], -1)
    data = bytearray(encode(Image.fromarray(planes, "CMYK"), quality=95))
    at = data.index(b"Adobe")
    assert data[at + 11] == 0
    data[at + 11] = 2
    return bytes(data)


# ---- EXIF ------------------------------------------------------------------------------------------------


def tiff(orientation, order):
    mark = b"II*\0" if order == "<" else b"MM\0*"
    entries = [(0x0100, 4, 99), (0x0112, 3, orientation)]
    block = mark + struct.pack(order + "I", 8) + struct.pack(order + "H", len(entries))
    for tag, kind, value in entries:
        block += struct.pack(order + "HHI", tag, kind, 1)
        block += struct.pack(order + ("HH" if kind == 3 else "I"), *((value, 0) if kind == 3 else (value,)))
    return block + struct.pack(order + "I", 0)


def turned(pixels, orientation):
    """By the names that the EXIF standard gives the values: where the stored row 0 and column 0 are seen."""
    return {
        1: pixels,
        2: pixels[:, ::-1],
        3: pixels[::-1, ::-1],
        4: pixels[::-1],
        5: pixels.transpose(1, 0, 2),
        6: np.rot90(pixels, -1),
        7: np.rot90(pixels, 2).transpose(1, 0, 2),
        8: np.rot90(pixels, 1),
    }[orientation]


def exif_cases():
    pixels = picture(21, 14)
    for orientation in range(1, 9):
        order = "<>"[orientation % 2]
        block = tiff(orientation, order)
        data = encode(Image.fromarray(pixels), quality=90, exif=b"Exif\0\0" + block)
        stored = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
        save(f"exif/jpeg-{orientation}.jpg", data, turned(stored, orientation))
        place = "after" if orientation > 4 else "before"
        data = png(pixels, 2, 8, **{place: chunk(b"eXIf", block)})
        save(f"exif/png-{orientation}.png", data, turned(pixels, orientation))
    data = png(pixels, 2, 8, interlaced=True, before=chunk(b"eXIf", tiff(6, ">")))
    save("exif/png-6-adam7.png", data, turned(pixels, 6))
    text_cases(pixels)
    xmp_cases(pixels)


def profile(name, block):
    """As ImageMagick writes profiles to text chunks: the name, the length, and lines of 72 digits."""
    digits = block.hex()
    lines = [digits[start : start + 72] for start in range(0, len(digits), 72)]
    return f"\n{name}\n{len(block):8}\n".encode() + "".join(line + "\n" for line in lines).encode()


def packet(orientation, form="attribute"):
    value = {
        "attribute": f' tiff:Orientation="{orientation}"/>',
        "element": f"><tiff:Orientation>{orientation}</tiff:Orientation></rdf:Description>",
    }[form]
    return f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description{value}</rdf:RDF></x:xmpmeta>'.encode()


def itxt(content, packed=False):
    content = zlib.compress(content) if packed else content
    return chunk(b"iTXt", b"XML:com.adobe.xmp\0" + bytes([packed, 0]) + b"\0\0" + content)


def as_pillow_turns(name, data):
    """The pixels by the orientation that Pillow finds."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    save(name, data, np.asarray(image.convert("RGB")))


def text_cases(pixels):
    raw = b"Raw profile type exif\0"
    block = b"Exif\0\0" + tiff(8, ">")
    bare = tiff(1, "<").replace(struct.pack("<H", 0x0112), struct.pack("<H", 0x0113))
    chunks = {
        "text": chunk(b"tEXt", raw + profile("exif", block)),
        "packed-text": chunk(b"zTXt", raw + b"\0" + zlib.compress(profile("exif", tiff(6, "<")))),
        "xmp": itxt(packet(3)),
        "packed-xmp": itxt(packet(5, "element"), packed=True),
        "exif-before-xmp": itxt(packet(3)) + chunk(b"eXIf", tiff(6, ">")),
        "text-before-xmp": itxt(packet(3)) + chunk(b"tEXt", raw + profile("exif", block)),
        "exif-without": chunk(b"eXIf", bare) + chunk(b"tEXt", raw + profile("exif", block)) + itxt(packet(7)),
        "damaged-text": chunk(b"zTXt", raw + b"\0junk") + itxt(packet(2)),
        "last-xmp": itxt(packet(3)) + itxt(packet(8)),
        "no-orientation": itxt(packet(9)),
    }
    for name, content in chunks.items():
        place = "after" if name.startswith("packed") else "before"
        as_pillow_turns(f"exif/png-{name}.png", png(pixels, 2, 8, **{place: content}))
    # Pillow does not read the name that older versions of ImageMagick give the profile.
    app1 = chunk(b"zTXt", b"Raw profile type APP1\0\0" + zlib.compress(profile("generic profile", block)))
    save("exif/png-app1.png", png(pixels, 2, 8, before=app1), turned(pixels, 8))


def xmp_cases(pixels):
    data = encode(Image.fromarray(pixels), quality=90)

    def segment(content):
        return b"\xff\xe1" + struct.pack(">H", len(content) + 2) + content

    xmp = segment(b"http://ns.adobe.com/xap/1.0/\0" + packet(6))
    exif = segment(b"Exif\0\0" + tiff(3, "<"))
    as_pillow_turns("exif/jpeg-xmp.jpg", data[:2] + xmp + data[2:])
    as_pillow_turns("exif/jpeg-xmp-before-exif.jpg", data[:2] + xmp + exif + data[2:])
    options = {"exif-6": {"exif": tiff(6, "<")}, "xmp-8": {"xmp": packet(8)}}
    options["exif-before-xmp"] = {"exif": b"Exif\0\0" + tiff(3, ">"), "xmp": packet(8)}
    for name, metadata in options.items():
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "WEBP", lossless=True, **metadata)
        as_pillow_turns(f"exif/webp-{name}.webp", stream.getvalue())
    for orientation in range(2, 9):
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "TIFF", tiffinfo={0x0112: orientation})
        as_pillow_turns(f"exif/tiff-{orientation}.tif", stream.getvalue())
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "TIFF", tiffinfo={700: packet(6)})
    as_pillow_turns("exif/tiff-xmp.tif", stream.getvalue())


# ---- WebP ------------------------------------------------------------------------------------------------


def webp_cases():
    rgb = picture(45, 31)
    alpha = noise(21, 31, 45, 1)
    alpha[:8] = 255
    files = {
        "lossy": (rgb, {"quality": 80}),
        "lossless": (rgb, {"lossless": True}),
        "lossy-alpha": (np.concatenate([rgb, alpha], -1), {"quality": 80}),
        "lossless-alpha": (np.concatenate([rgb, alpha], -1), {"lossless": True, "exact": True}),
        "palette": (rgb // 128 * 255, {"lossless": True}),
        "one-pixel": (rgb[:1, :1], {"lossless": True}),
        "one-row": (rgb[:1], {"quality": 90}),
    }
    for name, (pixels, options) in files.items():
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "WEBP", method=6, **options)
        decoded = np.asarray(Image.open(io.BytesIO(stream.getvalue())).convert("RGBA"))
        save(f"webp/{name}.webp", stream.getvalue(), over_white(decoded[..., :3], decoded[..., 3:], 255))
    stream = io.BytesIO()
    frames = [Image.fromarray(np.roll(rgb, shift, 1)) for shift in (0, 5)]
    frames[0].save(stream, "WEBP", save_all=True, append_images=frames[1:])
    (HERE / "webp/animation.webp").write_bytes(stream.getvalue())


# ---- TIFF ------------------------------------------------------------------------------------------------


def tiff_file(samples, **options):
    stream = io.BytesIO()
    tifffile.imwrite(stream, samples, metadata=None, software=False, **options)
    return stream.getvalue()


def tiff_case(name, samples, pixels, **options):
    """Pixels follow from the samples; where Pillow reads the kind of file, it must agree."""
    save(f"tiff/{name}.tif", tiff_file(samples, **options), pixels)


def eight(samples):
    return rounded(samples.astype(object), 257) if samples.dtype == np.uint16 else samples


def grey(samples):
    return np.repeat(eight(samples)[..., None], 3, -1)


def tiff_cases():
    rgb = picture(45, 31)
    deep = rgb.astype(np.uint16) * 257 + noise(31, 31, 45, 3).astype(np.uint16) % 200
    one = rgb[..., 0]
    for compression in ("none", "packbits", "lzw", "deflate", "zstd"):
        options = {} if compression == "none" else {"compression": compression}
        tiff_case(f"rgb-8-{compression}", rgb, rgb, rowsperstrip=7, photometric="rgb", **options)
    predicted = {"compression": "lzw", "predictor": True}
    tiff_case("rgb-16-predictor", deep, eight(deep), photometric="rgb", **predicted)
    tiff_case("rgb-16-big-endian", deep, eight(deep), photometric="rgb", byteorder=">")
    tiff_case("grey-16-tiles", deep[..., 0], grey(deep[..., 0]), photometric="minisblack", tile=(16, 16))
    tiff_case("grey-8-inverted", one, grey(255 - one), photometric="miniswhite", rowsperstrip=5)
    tiff_case("rgb-8-tiles", rgb, rgb, photometric="rgb", tile=(16, 32), compression="deflate")
    planes = np.ascontiguousarray(rgb.transpose(2, 0, 1))
    tiff_case("rgb-8-planes", planes, rgb, photometric="rgb", planarconfig="separate", rowsperstrip=9)
    tiff_case(
        "rgb-8-planes-tiles", planes, rgb, photometric="rgb", planarconfig="separate", tile=(16, 16),
        compression="lzw")
    tiff_case("bigtiff", rgb, rgb, photometric="rgb", bigtiff=True)
    alpha_cases(rgb, deep)
    inks = np.concatenate([rgb, noise(33, 31, 45, 1)], -1)
    light = rounded((255 - inks[..., :3].astype(object)) * (255 - inks[..., 3:].astype(object)), 255)
    tiff_case("cmyk", inks, light, photometric="separated", compression="deflate")
    palette = noise(34, 256, 3)
    tiff_case("palette", one, palette[one], photometric="palette", colormap=palette.T.astype(np.uint16) * 257)
    tiff_case("pages", np.stack([rgb, 255 - rgb]), rgb, photometric="rgb")
    packed_cases(one)
    small = tiff_file(rgb[::4, ::4], photometric="rgb", subfiletype=1)
    (HERE / "tiff/preview.tif").write_bytes(small)
    stream = io.BytesIO()
    Image.fromarray(rgb).save(stream, "TIFF", compression="jpeg", quality=90)
    # Pillow's own libtiff turns YCbCr into RGB as ours does.
    save("tiff/jpeg.tif", stream.getvalue(), np.asarray(Image.open(stream).convert("RGB")))


def alpha_cases(rgb, deep):
    alpha = noise(32, 31, 45, 1)
    pixels = over_white(rgb, alpha, 255)
    rgba = np.concatenate([rgb, alpha], -1)
    tiff_case("rgba-8", rgba, pixels, photometric="rgb", extrasamples=["unassalpha"])
    alpha16 = alpha.astype(np.uint16) * 257
    rgba16 = np.concatenate([deep, alpha16], -1)
    tiff_case("rgba-16", rgba16, over_white(deep, alpha16, 65535), photometric="rgb", extrasamples=["unassalpha"])
    premultiplied = rounded(rgb.astype(object) * alpha, 255)
    stored = np.concatenate([premultiplied, alpha], -1).astype(np.uint8)
    tiff_case(
        "rgba-8-premultiplied", stored, premultiplied + 255 - alpha, photometric="rgb", extrasamples=["assocalpha"])
    tiff_case("rgb-8-extra", rgba, rgb, photometric="rgb", extrasamples=["unspecified"])
    pair = np.concatenate([rgb[..., :1], alpha], -1)
    tiff_case(
        "grey-alpha", pair, over_white(np.repeat(rgb[..., :1], 3, -1), alpha, 255), photometric="minisblack",
        extrasamples=["unassalpha"], planarconfig="contig")


def packed_cases(one):
    """Fewer than 8 bits, which Pillow and libtiff's tools write."""
    bits = one > 128
    for name, compression in (("raw", None), ("group3", "group3"), ("group4", "group4"), ("packbits", "packbits")):
        stream = io.BytesIO()
        Image.fromarray(bits).save(stream, "TIFF", compression=compression)
        save(f"tiff/bilevel-{name}.tif", stream.getvalue(), grey(bits.astype(np.uint8) * 255))
    for depth in (2, 4):
        values = one >> (8 - depth)
        bits = values[..., None] >> np.arange(depth)[::-1] & 1
        stored = np.packbits(bits.reshape(len(values), -1), axis=1).tobytes()
        file = bytearray(tiff_file(one, photometric="minisblack", rowsperstrip=31))
        page = tifffile.TiffFile(io.BytesIO(file)).pages[0]
        at = page.dataoffsets[0]
        file[at : at + len(stored)] = stored
        for tag, kind, value in ((258, "<H", depth), (279, "<I", len(stored))):
            struct.pack_into(kind, file, page.tags[tag].valueoffset, value)
        pixels = rounded(values.astype(object) * 255, (1 << depth) - 1)
        save(f"tiff/grey-{depth}.tif", bytes(file[: at + len(stored)]), np.repeat(pixels[..., None], 3, -1))


# ---- Resize ----------------------------------------------------------------------------------------------

SIZES = [
    ((1, 1), (1, 1)), ((1, 1), (7, 5)), ((9, 7), (1, 1)), ((2, 2), (3, 3)), ((3, 2), (2, 3)), ((5, 1), (1, 5)),
    ((1, 40), (40, 1)), ((40, 1), (3, 17)), ((16, 12), (16, 12)), ((16, 12), (32, 24)), ((32, 24), (16, 12)),
    ((17, 13), (31, 29)), ((31, 29), (17, 13)), ((48, 5), (7, 41)), ((5, 48), (41, 7)), ((64, 48), (63, 47)),
    ((33, 20), (34, 21)), ((100, 3), (4, 30)), ((500, 2), (2, 5)), ((2, 500), (5, 2)), ((61, 53), (10, 9)),
    ((3, 3), (50, 40)), ((128, 96), (12, 16)), ((199, 151), (13, 11)), ((1000, 1), (1, 1)), ((2, 1), (60, 1)),
]  # fmt: skip


def resize_cases():
    images, planes = [], []
    for seed, (source, target) in enumerate(SIZES):
        pixels = noise(seed, source[1], source[0], 3)
        result = Image.fromarray(pixels).resize(target, Image.Resampling.BILINEAR)
        images.append([*source, *target, base64.b64encode(result.tobytes()).decode()])
    for seed, (source, target) in enumerate(SIZES[::2]):
        plane = noise(seed, source[1], source[0]).astype(np.float32) / 16 - 8
        result = Image.fromarray(plane).resize(target, Image.Resampling.BILINEAR)
        planes.append([*source, *target, base64.b64encode(np.asarray(result, "<f4").tobytes()).decode()])
    return images, planes


def write(name, value):
    text = json.dumps(value, indent=0, separators=(",", ":"))
    (HERE / name).write_text(text + "\n")


png_cases()
jpeg_cases()
exif_cases()
webp_cases()
tiff_cases()
images, planes = resize_cases()
write("expected.json", expected)
write("resize.json", images)
write("planes.json", planes)
