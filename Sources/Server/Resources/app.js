"use strict";

const $ = (id) => document.getElementById(id);
const longestSide = 1400; // of the canvases; values are read from the whole maps
let key = sessionStorage.getItem("key");
let urls = [];
let shown = null; // what is on the page: { photo, maps }

// ---- the server

async function call(path, options = {}) {
  const headers = { ...options.headers, ...(key ? { Authorization: `Bearer ${key}` } : {}) };
  const response = await fetch(path, { ...options, headers });
  if (response.ok) return response;
  $("unlock").hidden = response.status !== 401;
  const problem = await response.json().catch(() => ({}));
  throw new Error(problem.detail ?? `the server answered ${response.status}`);
}

async function listModels() {
  const { models } = await (await call("/v1/models")).json();
  $("model").replaceChildren(...models.map(({ name, description }) => new Option(name, name)));
  models.forEach(({ description }, index) => { $("model").options[index].title = description ?? ""; });
  if (!models.length) throw new Error("no model is in service yet; reload in a moment");
}

async function predict(file) {
  const name = $("model").value;
  const model = await (await call(`/v1/models/${name}`)).json();
  const response = await call(`/v1/models/${name}/predict`, {
    method: "POST", body: file, headers: { "Content-Type": file.type, Accept: "application/zip" },
  });
  const timing = response.headers.get("Server-Timing") ?? "";
  return { model, timing, archive: await response.blob() };
}

// ---- files

/** The files of a zip archive whose files are stored without compression. */
async function unzip(archive) {
  const bytes = new DataView(await archive.arrayBuffer());
  const files = new Map();
  for (let at = 0; bytes.getUint32(at, true) === 0x04034b50;) {
    const size = bytes.getUint32(at + 18, true);
    const nameLength = bytes.getUint16(at + 26, true);
    const start = at + 30 + nameLength + bytes.getUint16(at + 28, true);
    const name = new TextDecoder().decode(new Uint8Array(bytes.buffer, at + 30, nameLength));
    files.set(name, new Uint8Array(bytes.buffer, start, size));
    at = start + size;
  }
  return files;
}

/** The samples of a PNG: browsers cut 16 bits to 8, and the depth needs them all. */
async function decodePNG(file) {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const data = [];
  for (let at = 8; at < file.byteLength;) {
    const length = view.getUint32(at);
    const type = view.getUint32(at + 4);
    if (type === 0x49444154) data.push(file.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const [width, height, depth, color] = [view.getUint32(16), view.getUint32(20), view.getUint8(24), view.getUint8(25)];
  const channels = color === 2 ? 3 : 1;
  const stream = new Blob(data).stream().pipeThrough(new DecompressionStream("deflate"));
  const rows = new Uint8Array(await new Response(stream).arrayBuffer());
  return { width, height, channels, samples: unfilter(rows, width, height, channels, depth / 8) };
}

function unfilter(rows, width, height, channels, bytesPerSample) {
  const step = channels * bytesPerSample;
  const length = width * step;
  const out = new Uint8Array(length * height);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (length + 1)];
    const from = y * (length + 1) + 1;
    const to = y * length;
    for (let i = 0; i < length; i++) {
      const a = i >= step ? out[to + i - step] : 0;
      const b = y > 0 ? out[to + i - length] : 0;
      const c = i >= step && y > 0 ? out[to + i - length - step] : 0;
      let guess = 0;
      if (filter === 1) guess = a;
      else if (filter === 2) guess = b;
      else if (filter === 3) guess = (a + b) >> 1;
      else if (filter === 4) {
        const p = a + b - c;
        const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
        guess = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
      }
      out[to + i] = rows[from + i] + guess;
    }
  }
  if (bytesPerSample === 1) return out;
  const wide = new Uint16Array(width * height);
  for (let i = 0; i < wide.length; i++) wide[i] = (out[2 * i] << 8) | out[2 * i + 1];
  return wide;
}

// ---- maps: each has `color(index)`, `read(index)` and `legend()`

function segmentation(task, { samples }) {
  const palette = task.palette.map((text) => [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)));
  const counts = new Array(palette.length).fill(0);
  for (const label of samples) counts[label]++;
  const map = { only: null };
  map.color = (i) => map.only === null || samples[i] === map.only ? palette[samples[i]] : [28, 30, 33];
  map.read = (i) => task.labels[samples[i]];
  map.legend = (redraw) => {
    const list = element("ul", "legend");
    const order = counts.map((count, label) => [count, label]).filter(([count]) => count).sort((a, b) => b[0] - a[0]);
    for (const [count, label] of order) {
      const item = element("li");
      const swatch = element("i");
      swatch.style.background = task.palette[label];
      const share = (100 * count) / samples.length;
      item.append(swatch, task.labels[label], element("small", "", share < 1 ? "<1 %" : `${Math.round(share)} %`));
      item.onpointerenter = () => { map.only = label; redraw(); };
      item.onpointerleave = () => { map.only = null; redraw(); };
      list.append(item);
    }
    return list;
  };
  return map;
}

/** Ten equidistant colours of viridis (CC0), from far to near. */
const viridis = [
  [68, 1, 84], [72, 40, 120], [62, 73, 137], [49, 104, 142], [38, 130, 142], [31, 158, 137], [53, 183, 121],
  [110, 206, 88], [181, 222, 43], [253, 231, 37],
];

function shade(position) {
  const place = Math.min(Math.max(position, 0), 1) * (viridis.length - 1);
  const index = Math.min(Math.floor(place), viridis.length - 2);
  return viridis[index].map((low, c) => low + (viridis[index + 1][c] - low) * (place - index));
}

function depth(task, { samples }) {
  const isMetric = task.unit === "metric";
  const sorted = samples.filter((value, i) => value > 0 && i % 7 === 0).sort();
  const [low, high] = [0.02, 0.98].map((part) => sorted[Math.floor(part * (sorted.length - 1))] ?? 0);
  const place = (value) => (high > low ? (value - low) / (high - low) : 0);
  const text = (value) => (isMetric ? `${(value / task.png_scale).toFixed(2)} m` : (value / task.png_scale).toFixed(4));
  const marker = element("b");
  return {
    color: (i) => samples[i] === 0 ? [40, 40, 44] : shade(isMetric ? 1 - place(samples[i]) : place(samples[i])),
    read: (i) => {
      marker.hidden = samples[i] === 0;
      marker.style.left = `${100 * Math.min(Math.max(place(samples[i]), 0), 1)}%`;
      return samples[i] === 0 ? "no value" : text(samples[i]);
    },
    legend: () => {
      const key = element("div");
      const scale = element("div", "scale");
      const colors = viridis.map((color) => `rgb(${color})`);
      scale.style.background = `linear-gradient(90deg, ${(isMetric ? colors.reverse() : colors).join()})`;
      marker.hidden = true;
      scale.append(marker);
      const ticks = element("div", "ticks");
      for (let i = 0; i <= 4; i++) ticks.append(element("span", "", text(low + ((high - low) * i) / 4)));
      key.append(scale, ticks);
      return key;
    },
  };
}

function normals(task, { samples }) {
  const vector = (i) => [0, 1, 2].map((c) => samples[3 * i + c] / 127.5 - 1);
  return {
    // Red is right, green is up, blue faces the camera.
    color: (i) => [samples[3 * i], samples[3 * i + 2], 255 - samples[3 * i + 1]],
    read: (i) => vector(i).map((part, c) => `${task.axes[c]} ${(Math.round(part * 100) / 100).toFixed(2)}`).join(", "),
    legend: () => {
      const key = element("div", "ball");
      const ball = element("canvas");
      paint(ball, 80, 80, 80, 80, (i) => {
        const [x, y] = [(i % 80) / 39.5 - 1, 1 - Math.floor(i / 80) / 39.5];
        const z = 1 - x * x - y * y;
        return z < 0 ? null : [x, y, Math.sqrt(z)].map((part) => 127.5 * (part + 1));
      });
      key.append(ball, "Red faces right, green up, blue the camera.");
      return key;
    },
  };
}

const kinds = { segmentation, depth, normals };

// ---- drawing

function element(name, className = "", text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

/** Fills a canvas from a map of any size; a color of null is left transparent. */
function paint(canvas, width, height, mapWidth, mapHeight, color) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * mapHeight) / height) * mapWidth;
    for (let x = 0; x < width; x++, at += 4) {
      const rgb = color(row + Math.floor(((x + 0.5) * mapWidth) / width));
      if (rgb) [image.data[at], image.data[at + 1], image.data[at + 2], image.data[at + 3]] = [...rgb, 255];
    }
  }
  context.putImageData(image, 0, 0);
}

function card(title, file) {
  const figure = element("figure");
  const view = element("div", "view");
  const cross = element("div", "cross");
  cross.hidden = true;
  const caption = element("figcaption");
  const output = element("output");
  caption.append(element("strong", "", title), output);
  if (file) {
    const link = element("a", "", "download");
    link.download = file.name;
    link.href = linkTo(file);
    caption.append(link);
  }
  const key = element("div", "key");
  figure.append(view, caption, key);
  view.onpointermove = view.onpointerdown = (event) => point(event, view);
  view.onpointerleave = () => point(null);
  return { figure, view, cross, output, key };
}

function linkTo(blob) {
  const url = URL.createObjectURL(blob);
  urls.push(url);
  return url;
}

/** Marks one place on all pictures, and reads all maps there. */
function point(event, view) {
  const box = view?.getBoundingClientRect();
  const [u, v] = box ? [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height] : [0, 0];
  const isInside = box && u >= 0 && v >= 0 && u < 1 && v < 1;
  for (const { cross, output, map, png } of shown?.cards ?? []) {
    cross.hidden = !isInside;
    cross.style.left = `${100 * u}%`;
    cross.style.top = `${100 * v}%`;
    if (!map) continue;
    const index = isInside ? Math.floor(v * png.height) * png.width + Math.floor(u * png.width) : -1;
    output.textContent = isInside ? map.read(index) : "";
  }
}

async function show(file, { model, timing, archive }) {
  urls.splice(0).forEach(URL.revokeObjectURL);
  const photo = await createImageBitmap(file);
  const scale = Math.min(1, longestSide / Math.max(photo.width, photo.height));
  const [width, height] = [photo.width, photo.height].map((side) => Math.max(1, Math.round(side * scale)));
  const files = await unzip(archive);
  const base = file.name?.replace(/\.[^.]*$/, "") || "photo";

  const drawPhoto = (canvas) => {
    [canvas.width, canvas.height] = [width, height];
    canvas.getContext("2d").drawImage(photo, 0, 0, width, height);
  };
  const first = card("photo");
  const canvas = element("canvas");
  drawPhoto(canvas);
  first.view.append(canvas, first.cross);
  first.key.textContent = `${photo.width} × ${photo.height} pixels. Point at a picture to read the maps there.`;
  const cards = [first];

  for (const task of model.tasks) {
    const bytes = files.get(`${task.name}.png`);
    const png = await decodePNG(bytes);
    const map = kinds[task.kind](task, png);
    const made = card(task.name, new File([bytes], `${base}.${task.name}.png`, { type: "image/png" }));
    const [below, above] = [element("canvas"), element("canvas", "map")];
    drawPhoto(below);
    const redraw = () => paint(above, width, height, png.width, png.height, map.color);
    redraw();
    made.view.append(below, above, made.cross);
    made.key.append(map.legend(redraw));
    cards.push({ ...made, map, png });
  }
  shown = { cards };
  $("maps").replaceChildren(...cards.map(({ figure }) => figure));
  $("all").href = linkTo(archive);
  $("all").download = `${base}.${model.name}.zip`;
  showTiming(timing);
  blend();
  $("result").hidden = false;
  $("drop").classList.add("small");
}

function showTiming(header) {
  const steps = [...header.matchAll(/(\w+);dur=([\d.]+)/g)].map(([, name, time]) => [name, Number(time)]);
  $("timing").replaceChildren(...steps.map(([name, time]) => {
    const step = element("span", "", `${name} `);
    step.append(element("b", "", time < 10 ? time.toFixed(1) : String(Math.round(time))), " ms");
    return step;
  }));
}

function blend() {
  for (const map of document.querySelectorAll("canvas.map")) map.style.opacity = 1 - $("blend").value / 100;
}

// ---- what people do

function say(text, state = "") {
  $("status").textContent = text;
  $("status").className = state;
}

/** Photos of kinds that the server does not read, or that few browsers show (TIFF), are converted, where the
 *  browser can. */
async function accepted(file) {
  if (["image/png", "image/jpeg", "image/webp"].includes(file.type)) return file;
  const image = await createImageBitmap(file).catch(() => {
    throw new Error(`this browser cannot read ${file.name || "that"}; save it as PNG, JPEG or WebP`);
  });
  const canvas = element("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").drawImage(image, 0, 0);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.95));
  return new File([blob], file.name, { type: "image/jpeg" });
}

let last = null;

async function take(file) {
  if (!file) return;
  last = file;
  say("Predicting …", "busy");
  try {
    const photo = await accepted(file);
    await show(photo, await predict(photo));
    say("");
  } catch (error) {
    say(error.message, "error");
  }
}

$("file").onchange = (event) => take(event.target.files[0]).then(() => { event.target.value = ""; });
$("model").onchange = () => take(last);
$("blend").oninput = blend;
$("unlock").onsubmit = (event) => {
  event.preventDefault();
  key = $("key").value.trim();
  sessionStorage.setItem("key", key);
  $("unlock").hidden = true;
  start().then(() => take(last));
};
document.onpaste = (event) => take([...event.clipboardData.files].find((file) => file.type.startsWith("image/")));
document.ondragover = (event) => { event.preventDefault(); $("drop").classList.add("over"); };
document.ondragleave = (event) => { if (!event.relatedTarget) $("drop").classList.remove("over"); };
document.ondrop = (event) => {
  event.preventDefault();
  $("drop").classList.remove("over");
  take(event.dataTransfer.files[0]);
};

const start = () => listModels().then(() => say(""), (error) => say(error.message, "error"));
start();
