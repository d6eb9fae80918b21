// @ts-check
/**
 * Where each tile stands: pure arithmetic from a list of keys and the size of the stage to rectangles. Tiles never move
 * in the document (a moved <video> stops); only their rectangles change.
 */

/** @typedef {{ x: number, y: number, width: number, height: number }} Rect */
/** @typedef {"top-left" | "top-right" | "bottom-left" | "bottom-right"} Corner */

/** Cameras are wide; a tile cuts their sides down to 4:3, and on an upright phone, to fill it, to 9:16. */
const widest = 16 / 9;
const narrow = 4 / 3;
const upright = 9 / 16;

/**
 * The number of columns that gives the largest tiles, each no wider than 16:9; of nearly equal ones the fullest rows.
 * @param {number} count
 * @param {number} width px
 * @param {number} height px
 * @param {number} gap px
 * @param {number} [least] the narrowest proportion allowed
 * @returns {{ columns: number, rows: number, width: number, height: number }}
 */
export function bestGrid(count, width, height, gap, least = width < height ? upright : narrow) {
  let best = { columns: 1, rows: count, width: 0, height: 0 };
  let most = -1;
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const cellWidth = (width - gap * (columns - 1)) / columns;
    const cellHeight = (height - gap * (rows - 1)) / rows;
    const tileWidth = Math.max(0, Math.min(cellWidth, cellHeight * widest));
    const tileHeight = Math.max(0, Math.min(cellHeight, tileWidth / least));
    const worth = tileWidth * tileHeight * (count / (columns * rows)) ** 0.25;
    if (worth <= most) continue;
    most = worth;
    best = { columns, rows, width: tileWidth, height: tileHeight };
  }
  return best;
}

/**
 * Keys laid out in the best grid, centred, the last row centred as well.
 * @param {string[]} keys
 * @param {Rect} box
 * @param {number} gap
 * @param {Map<string, Rect>} into
 * @param {number} [least]
 */
function grid(keys, box, gap, into, least) {
  const { columns, rows, width, height } = bestGrid(keys.length, box.width, box.height, gap, least);
  const top = box.y + (box.height - rows * height - (rows - 1) * gap) / 2;
  keys.forEach((key, i) => {
    const row = Math.floor(i / columns);
    const inRow = row === rows - 1 ? keys.length - row * columns : columns;
    const left = box.x + (box.width - inRow * width - (inRow - 1) * gap) / 2;
    into.set(key, round({ x: left + (i % columns) * (width + gap), y: top + row * (height + gap), width, height }));
  });
}

/** What a tile must have, px, for a face to be known again. */
const smallest = { width: 130, height: 84 };
const mostOnPage = 25;

/**
 * How many tiles are shown at once, in a grid and in the strip beside a large one.
 * @param {number} width of the stage, px
 * @param {number} height
 * @param {number} gap
 * @returns {{ grid: number, strip: number }}
 */
export function capacity(width, height, gap) {
  let grid = mostOnPage;
  for (; grid > 2; grid--) {
    const cell = bestGrid(grid, width, height, gap);
    if (cell.width >= smallest.width && cell.height >= smallest.height) break;
  }
  const side = stripSide(width, height);
  const tile = isWide(width, height) ? side / widest : side * 0.7;
  return { grid, strip: Math.max(3, Math.round(((isWide(width, height) ? height : width) + gap) / (tile + gap))) };
}

/** The strip stands beside the large tile, or lies below it. @param {number} width @param {number} height */
function isWide(width, height) {
  return width > height * 1.1;
}

/** @param {number} width @param {number} height */
function stripSide(width, height) {
  return isWide(width, height) ? clamp(width * 0.17, 130, 250) : clamp(height * 0.2, 84, 190);
}

/** One large tile takes the whole box: a screen keeps its own proportion inside. @type {typeof grid} */
function large(keys, box, gap, into) {
  if (keys.length === 1) into.set(keys[0], round(box));
  else grid(keys, box, gap, into);
}

/**
 * @param {object} scene
 * @param {number} scene.width of the stage, px
 * @param {number} scene.height
 * @param {number} scene.gap
 * @param {string[]} scene.main large tiles
 * @param {string[]} scene.strip small tiles beside them
 * @param {string | null} scene.corner the tile that floats over the others
 * @param {Corner} scene.at where it floats
 * @param {number} [scene.pager] height of the row that turns the pages; it gets the key "pager"
 * @returns {Map<string, Rect>}
 */
export function arrange({ width, height, gap, main, strip, corner, at, pager = 0 }) {
  /** @type {Map<string, Rect>} */
  const places = new Map();
  const side = stripSide(width, height);
  const row = { x: 0, y: height - pager, width, height: pager };
  const box = { x: 0, y: 0, width, height: pager ? height - pager - gap : height };
  if (strip.length === 0) {
    large(main, box, gap, places);
  } else if (isWide(width, height)) {
    const x = width - side;
    large(main, { ...box, width: x - gap, height }, gap, places);
    grid(strip, { ...box, x, width: side }, gap, places, narrow);
    Object.assign(row, { x, width: side });
  } else {
    const y = box.height - side;
    large(main, { ...box, height: y - gap }, gap, places);
    grid(strip, { ...box, y, height: side }, gap, places, upright);
  }
  if (corner) places.set(corner, cornerRect(width, height, at));
  if (pager) places.set("pager", round(row));
  return places;
}

const margin = 12;

/** @param {number} width @param {number} height @param {Corner} at @returns {Rect} */
export function cornerRect(width, height, at) {
  const tall = width < height;
  const w = tall ? clamp(width * 0.28, 84, 150) : clamp(width * 0.18, 140, 280);
  const h = tall ? w * narrow : w / widest;
  return round({
    x: at.endsWith("left") ? margin : width - w - margin,
    y: at.startsWith("top") ? margin : height - h - margin,
    width: w,
    height: h,
  });
}

/** @param {number} x the middle of the dragged tile @param {number} y @param {number} width of the stage @param {number} height @returns {Corner} */
export function nearestCorner(x, y, width, height) {
  return `${y < height / 2 ? "top" : "bottom"}-${x < width / 2 ? "left" : "right"}`;
}

/** @param {number} value @param {number} least @param {number} most */
function clamp(value, least, most) {
  return Math.min(most, Math.max(least, value));
}

/** @param {Rect} rect */
function round({ x, y, width, height }) {
  return { x: Math.round(x), y: Math.round(y), width: Math.floor(width), height: Math.floor(height) };
}
