// @ts-check
/** Sees which tiles are in sight and how large, and lets the call know what of each video is worth sending here. */
import { Wants, wantsOf } from "../rtchub/wants.js";

/** @typedef {import("./cast.js").Part} Part */
/** @typedef {import("../rtchub/wants.js").Shown} Shown */
/** @typedef {{ places: Map<string, import("./arrange.js").Rect>, main: string[], chosen: string | null }} Scene */

/** As in the style sheets: below it a panel covers the stage. */
const narrow = matchMedia("(max-width: 820px)");

/** @param {import("./call.js").CallPage} page */
export function createWatch(page) {
  const { call } = page.app;
  const clock = { now: () => performance.now(), setTimeout: setTimeout.bind(window), clearTimeout: clearTimeout.bind(window) };
  const wants = new Wants(list => call.want(list), clock);
  const listening = new AbortController();
  /** Tiles that are not in the window, whatever their place says. @type {WeakSet<Element>} */
  const away = new WeakSet();
  const sight = new IntersectionObserver(entries => {
    for (const { target, isIntersecting } of entries) isIntersecting ? away.delete(target) : away.add(target);
    look();
  });
  /** @type {Set<Element>} */
  const watched = new Set();
  /** @type {{ part: Part, element: HTMLElement }[]} */
  let tiles = [];
  /** @type {Scene} */
  let scene = { places: new Map(), main: [], chosen: null };

  document.addEventListener("visibilitychange", look, { signal: listening.signal });
  document.addEventListener("fullscreenchange", look, { signal: listening.signal });
  narrow.addEventListener("change", look, { signal: listening.signal });
  addEventListener("resize", look, { signal: listening.signal }); // the pixel ratio may have changed with the zoom

  function look() {
    const hidden = document.hidden || (narrow.matches && page.ui.panel !== null);
    wants.set(hidden ? [] : wantsOf(tiles.flatMap(measure), devicePixelRatio));
  }

  /** @param {{ part: Part, element: HTMLElement }} tile @returns {Shown[]} */
  function measure({ part: { key, kind, peer }, element }) {
    const rect = scene.places.get(key);
    if (!rect || !peer || !(kind === "screen" ? peer.media.screen : peer.media.video)) return [];
    const full = document.fullscreenElement;
    const { width, height } = full === element ? { width: innerWidth, height: innerHeight } : rect;
    const large = full === element || scene.main.length === 1 && scene.main[0] === key;
    const inMain = scene.main.includes(key);
    return [{
      participant: peer.id, source: kind, width, height,
      visible: full ? full === element : !away.has(element),
      part: scene.chosen === key ? "chosen" : large ? "large" : inMain ? "grid" : "strip",
    }];
  }

  return {
    /** @param {{ part: Part, element: HTMLElement }[]} list @param {Scene} now */
    update(list, now) {
      tiles = list;
      scene = now;
      for (const { element } of list) {
        if (watched.has(element)) continue;
        watched.add(element);
        sight.observe(element);
      }
      for (const element of watched) if (!element.isConnected && watched.delete(element)) sight.unobserve(element);
      look();
    },
    remove() {
      listening.abort();
      sight.disconnect();
      wants.close();
    },
  };
}
