// @ts-check
/**
 * The stage: one tile for each picture, placed by `seats` (in which order), `cast` (who) and `arrange` (where). A person's
 * tile is made when it is first shown, and is theirs until they leave: through pages, views and ways of the media.
 */
import { arrange, capacity } from "./arrange.js";
import { cast, createSpeakerFollower, parts, viewOf } from "./cast.js";
import { dragToCorner } from "./corner.js";
import { h, keyed } from "./dom.js";
import { createPager, turnBySwipe } from "./pager.js";
import { createSeats } from "./seats.js";
import { createSound } from "./sound.js";
import { createTile } from "./tile.js";
import { createWatch } from "./watch.js";

/** @typedef {import("./cast.js").Part} Part */
/** @typedef {import("./arrange.js").Rect} Rect */

const pagerHeight = 36;

/** @param {import("./call.js").CallPage} page */
export function createStage(page) {
  const tiles = h("div", { class: "tiles" });
  const pager = createPager(page.turn);
  const sound = createSound(() => page.change({ blocked: true }));
  const element = h("div", { class: "stage" }, tiles, pager.element, sound.element);
  const watch = createWatch(page);
  const follow = createSpeakerFollower();
  const seat = createSeats();
  const update = keyed(tiles, /** @param {Part} part */ part => part.key, part => {
    const tile = createTile(page, part);
    if (!part.peer) dragToCorner(tile.element, tiles, corner => page.change({ corner }));
    return tile;
  });
  let width = 0;
  let height = 0;
  const resized = new ResizeObserver(([entry]) => {
    ({ width, height } = entry.contentRect);
    draw();
  });
  resized.observe(tiles);
  turnBySwipe(tiles, page.turn);

  function draw() {
    if (width === 0 || height === 0) return;
    const { state } = page.app.call;
    const { ui } = page;
    const now = performance.now();
    const gap = width < 600 ? 6 : 10;
    const paged = capacity(width, height - pagerHeight - gap, gap);
    const fits = capacity(width, height, gap);
    const people = state.peers.length + 1;
    const all = parts(state, seat(state.peers, paged.grid - 1, now));
    const spotlight = state.room?.spotlight === state.self?.id ? "self" : state.room?.spotlight;
    const scene = {
      parts: all, view: viewOf(ui.view, people, fits.grid), pinned: ui.pinned, spotlight, speaker: follow(state.peers, now), selfView: ui.selfView, page: ui.page,
    };
    let roles = cast({ ...scene, most: fits });
    if (roles.pages > 1) roles = cast({ ...scene, most: paged });
    ui.page = roles.page;
    ui.shown = scene.view;
    const places = arrange({ width, height, gap, ...roles, at: ui.corner, pager: roles.pages > 1 ? pagerHeight : 0 });
    place(all, places, roles, [ui.pinned, spotlight].find(key => roles.main.length === 1 && roles.main[0] === key) ?? null);
    pager.update(places.get("pager"), roles.page, roles.pages);
  }

  /**
   * @param {Part[]} all
   * @param {Map<string, Rect>} places
   * @param {{ corner: string | null, main: string[] }} roles
   * @param {string | null} chosen
   */
  function place(all, places, { corner, main }, chosen) {
    // In a mesh everybody's tile plays their voice, shown or not.
    const list = all.filter(({ key, peer }) => places.has(key) || update.views.has(key) || peer?.camera?.getAudioTracks().length);
    update(list);
    const shown = list.map(part => ({ part, tile: /** @type {ReturnType<typeof createTile>} */ (update.views.get(part.key)) }));
    for (const { part, tile } of shown) {
      tile.place(places.get(part.key));
      tile.element.classList.toggle("floating", part.key === corner);
    }
    watch.update(shown.map(({ part, tile }) => ({ part, element: tile.element })), { places, main, chosen });
  }

  return {
    element,
    /** @param {import("./app.js").CallState} state */
    update(state) {
      sound.update(state);
      draw();
    },
    /** Tries again to play everything: called from a touch, so sound is allowed now. */
    listen() {
      sound.listen();
      for (const tile of update.views.values()) tile.listen();
    },
    remove() {
      resized.disconnect();
      watch.remove();
      update([]);
      sound.remove();
    },
  };
}
