// @ts-check
/** Switches that change what ICE may do, on the running connection. */
import { h, keyed, show, text } from "./dom.js";
import { t } from "./i18n.js";
import { toast } from "./toast.js";

/** @typedef {import("./lab-panel.js").LabSource} LabSource */
/** @typedef {import("./lab-panel.js").LabView} LabView */

const types = /** @type {const} */ (["host", "srflx", "relay"]);
const fates = /** @type {const} */ ({ send: 0, "delay-2": 2000, "delay-8": 8000, drop: Infinity });

/**
 * Hooks: switch-trickle, switch-ways (all, relay, host), switch-fate-{type}, servers-form (url, username, credential),
 * servers-add, servers-replace, servers-reset, servers-list, servers-problem, restart-ice, reoffer.
 * @param {LabSource} lab
 * @returns {import("./lab-panel.js").LabPart}
 */
export function createSwitches(lab) {
  /** @type {LabView["peer"] | null} */
  let peer = null;
  const trickle = h("input", {
    type: "checkbox", "data-test": "switch-trickle",
    onchange: () => {
      lab.setTrickle(trickle.checked);
      lab.restartIce();
    },
  });
  const ways = createWays(lab);
  const fate = createFates(lab);
  const servers = createServers(lab);
  const element = h("div", { class: "lab-switches" },
    h("div", { class: "row wrap" },
      h("button", { class: "button", type: "button", "data-test": "restart-ice", onclick: () => lab.restartIce(peer?.id) }, t("lab.switch.restart")),
      h("button", { class: "button", type: "button", "data-test": "reoffer", onclick: () => lab.reoffer(peer?.id) }, t("lab.switch.reoffer"))),
    h("p", { class: "lab-note" }, t("lab.switch.restart.guide")),
    h("label", { class: "check" }, trickle, t("lab.switch.trickle")),
    h("p", { class: "lab-note" }, t("lab.switch.trickle.guide")),
    ways.element, fate.element, servers.element);
  return {
    element,
    update(view) {
      peer = view.peer;
      const { settings } = lab;
      if (trickle.checked !== settings.trickle) trickle.checked = settings.trickle;
      ways.update(settings);
      fate.update(settings);
      servers.update(settings);
    },
  };
}

/** @typedef {import("../rtchub/lab.js").LabSettings} LabSettings */

/** All, relay only, host only. @param {LabSource} lab */
function createWays(lab) {
  /** @type {RTCIceServer[]} */
  let before = [];
  let own = false;
  /** @param {"all" | "relay" | "host"} way */
  const choose = way => {
    const { iceServers } = lab.settings;
    if (way === "host") {
      // Without servers there is nothing to gather but the machine's own addresses.
      own = iceServers.length > 0;
      if (own) before = iceServers;
      lab.setIceServers([]);
      lab.setPolicy("all");
      return;
    }
    if (own && iceServers.length === 0) lab.setIceServers(before);
    own = false;
    lab.setPolicy(way);
  };
  const inputs = (/** @type {const} */ (["all", "relay", "host"])).map(way =>
    h("input", { type: "radio", name: "lab-ways", value: way, "data-test": `switch-ways-${way}`, onchange: () => choose(way) }));
  const element = h("fieldset", { class: "lab-field" }, h("legend", null, t("lab.switch.ways")),
    h("div", { class: "lab-choice" }, inputs.map(input => h("label", null, input, h("span", null, t(`lab.switch.ways.${input.value}`))))),
    h("p", { class: "lab-note" }, t("lab.switch.ways.guide")));
  return {
    element,
    /** @param {LabSettings} settings */
    update({ iceServers, iceTransportPolicy }) {
      const way = iceTransportPolicy === "relay" ? "relay" : iceServers.length === 0 ? "host" : "all";
      for (const input of inputs) input.checked = input.value === way;
    },
  };
}

/** What becomes of own candidates of each type. @param {LabSource} lab */
function createFates(lab) {
  const selects = types.map(type => h("select", { class: "select", "data-test": `switch-fate-${type}`, onchange: apply },
    Object.keys(fates).map(fate => h("option", { value: fate }, t(`lab.switch.fate.${fate}`)))));

  function apply() {
    const chosen = types.map((type, index) => ({ type, ms: fates[/** @type {keyof typeof fates} */ (selects[index].value)] }));
    lab.setFilter({
      drop: chosen.filter(({ ms }) => ms === Infinity).map(({ type }) => type),
      delayMs: Object.fromEntries(chosen.filter(({ ms }) => ms > 0 && ms !== Infinity).map(({ type, ms }) => [type, ms])),
    });
    // Not a restart: the path that stands would go on, and nothing would be seen of what is missing.
    lab.renew();
  }
  const element = h("fieldset", { class: "lab-field" }, h("legend", null, t("lab.switch.fates")),
    h("div", { class: "lab-fates" }, types.map((type, index) =>
      h("label", { class: "field" }, h("span", null, h("span", { class: "lab-type", "data-type": type }, type)), selects[index]))),
    h("p", { class: "lab-note" }, t("lab.switch.fates.guide")));
  return {
    element,
    /** @param {LabSettings} settings */
    update({ filter }) {
      types.forEach((type, index) => {
        const ms = filter.drop?.includes(type) ? Infinity : filter.delayMs?.[type] ?? 0;
        const [fate] = Object.entries(fates).find(([, value]) => value === ms) ?? ["send"];
        if (selects[index].value !== fate && document.activeElement !== selects[index]) selects[index].value = fate;
      });
    },
  };
}

/** @param {LabSource} lab */
function createServers(lab) {
  const url = field("url", { type: "text", autocomplete: "off", spellcheck: "false", placeholder: "turn:turn.example.org:3478", required: true });
  const username = field("username", { type: "text", autocomplete: "off", spellcheck: "false" });
  // Not stored anywhere, and no password manager offers to: it goes to the peer connections and is forgotten here.
  const credential = field("credential", { type: "password", autocomplete: "new-password" });
  const problem = h("p", { class: "small problem", role: "alert", "data-test": "servers-problem", hidden: true });
  const list = h("ul", { class: "lab-servers", "data-test": "servers-list" });
  const none = h("p", { class: "muted small" }, t("lab.servers.none"));
  const show1 = keyed(list, /** @param {{ url: string, username: string }} server */ server => `${server.url} ${server.username}`,
    server => ({ element: h("li", null, h("code", null, server.url), server.username && h("span", { class: "muted small" }, ` ${server.username}`)), update() {} }));

  /** @param {(server: RTCIceServer) => RTCIceServer[]} change */
  function use(change) {
    const server = {
      urls: url.input.value.trim(),
      ...(username.input.value && { username: username.input.value, credential: credential.input.value }),
    };
    try {
      const servers = change(server);
      // The browser is the judge of what it can use, before anything running is touched.
      new RTCPeerConnection({ iceServers: servers }).close();
      lab.setIceServers(servers);
      for (const { input } of [url, username, credential]) input.value = "";
      show(problem, false);
      toast(t("lab.servers.set"));
    } catch (error) {
      text(problem, t("lab.servers.problem", { message: /** @type {Error} */ (error).message }));
      show(problem, true);
    }
  }
  const form = h("form", {
    class: "stack", "data-test": "servers-form", autocomplete: "off",
    onsubmit: /** @param {SubmitEvent} event */ event => {
      event.preventDefault();
      const replaces = /** @type {HTMLElement | null} */ (event.submitter)?.dataset.test === "servers-replace";
      use(server => (replaces ? [server] : [...lab.settings.iceServers, server]));
    },
  },
    url.element, h("div", { class: "lab-pair" }, username.element, credential.element), problem,
    h("div", { class: "row wrap" },
      h("button", { class: "button", type: "submit", "data-test": "servers-add" }, t("lab.servers.add")),
      h("button", { class: "button", type: "submit", "data-test": "servers-replace" }, t("lab.servers.replace")),
      h("button", { class: "button quiet", type: "button", "data-test": "servers-reset", onclick: () => lab.setIceServers(null) }, t("lab.servers.reset"))));
  const element = h("fieldset", { class: "lab-field" }, h("legend", null, t("lab.servers.title")),
    list, none, form, h("p", { class: "lab-note" }, t("lab.servers.guide")));
  return {
    element,
    /** @param {LabSettings} settings */
    update({ iceServers }) {
      const flat = iceServers.flatMap(({ urls, username: name = "" }) => [urls].flat().map(one => ({ url: one, username: name })));
      show(none, flat.length === 0);
      show1([...new Map(flat.map(server => [`${server.url} ${server.username}`, server])).values()]);
    },
  };
}

/** @param {string} name @param {import("./dom.js").Props} props */
function field(name, props) {
  const input = h("input", { class: "input", name, "data-test": name, ...props });
  return { input, element: h("label", { class: "field" }, h("span", null, t(`lab.servers.${name}`)), input) };
}
