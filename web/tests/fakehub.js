// @ts-check
/**
 * A hub in a few lines, faithful to docs/protocol.md where sockets, sequence numbers and resume are concerned. What was
 * written to a socket is on its way until `deliver` is called, and is lost if the socket breaks before that.
 */
export class FakeHub {
  /** @type {FakeSocket[]} */ sockets = [];
  /** @type {any} The one session. */ session = null;
  /** What the requests asked for, in order, as the hub carried it out. @type {any[]} */ handled = [];
  replayMost = 1000;
  #ids = 0;

  get WebSocket() {
    const hub = this;
    return /** @type {any} */ (class extends FakeSocket {
      /** @param {string} url @param {string} protocol */
      constructor(url, protocol) {
        super(hub, url, protocol);
      }
    });
  }

  /** The socket that the client uses now. */
  get socket() {
    return this.sockets.at(-1);
  }

  /** @param {FakeSocket} socket @param {any} frame */
  receive(socket, frame) {
    if (frame.t === "hello") return this.#hello(socket, frame.d);
    if (this.session?.socket !== socket) return;
    if (frame.t === "ping") return socket.push({ t: "pong", d: frame.d });
    if (frame.t === "pong") return;
    if (frame.t === "ack") return this.#acked(frame.seq);
    if (frame.ack !== undefined) this.#acked(frame.ack);
    const { session } = this;
    if (session.received !== null && frame.id !== session.received + 1) {
      if (frame.id > session.received) socket.end(4002); // a gap
      return;
    }
    session.received = frame.id;
    this.handled.push(frame.d);
    this.send(frame.d.refuse
      ? { re: frame.id, ok: false, error: { code: frame.d.refuse, message: "No." } }
      : { re: frame.id, ok: true, d: { echo: frame.d.value } });
  }

  /** A sequenced message to the client. @param {any} body */
  send(body) {
    const { session } = this;
    const frame = { seq: ++session.seq, ...body };
    session.outbox.push(frame);
    if (session.outbox.length > this.replayMost) session.outbox.shift();
    session.socket?.push(frame);
  }

  /** The hub is killed and comes back knowing who was there, but neither counters nor messages. */
  restart() {
    if (!this.session) return;
    Object.assign(this.session, { received: null, outbox: [], forgot: true });
  }

  /** @param {FakeSocket} socket @param {any} d */
  #hello(socket, d) {
    socket.hello = d;
    const { session } = this;
    const resume = d.resume;
    const limits = { pingMs: 10_000, deadMs: 25_000, frameBytes: 65536, sdpFrameBytes: 262144 };
    const iceServers = { servers: [], expiresAt: null };
    if (session && resume?.id === session.id && resume.secret === session.secret) {
      if (session.socket && session.socket !== socket) session.socket.end(4003);
      session.socket = socket;
      const first = session.outbox[0]?.seq ?? session.seq + 1;
      if (!session.forgot && resume.seq >= first - 1 && resume.seq <= session.seq) {
        socket.push({ t: "resumed", d: { received: session.received, seq: resume.seq } });
        for (const frame of session.outbox) if (frame.seq > resume.seq) socket.push(frame);
      } else {
        session.seq = Math.max(session.seq, resume.seq ?? 0);
        session.outbox = [];
        session.forgot = false;
        socket.push({ t: "resync", d: { self: { id: session.id, secret: session.secret }, room: null, refused: null, iceServers, limits, received: session.received, seq: session.seq } });
      }
      return;
    }
    const id = `p${++this.#ids}`;
    this.session = { id, secret: `s${id}`, seq: 0, received: 0, outbox: [], socket, forgot: false };
    socket.push({ t: "welcome", d: { self: { id, secret: `s${id}` }, room: null, refused: null, iceServers, limits, received: 0 } });
  }

  /** @param {number} seq */
  #acked(seq) {
    this.session.acked = seq;
    this.session.outbox = this.session.outbox.filter((/** @type {any} */ frame) => frame.seq > seq);
  }
}

export class FakeSocket {
  readyState = 0;
  /** @type {any} */ hello = null;
  /** @type {any} */ onopen = null;
  /** @type {any} */ onmessage = null;
  /** @type {any} */ onclose = null;
  /** @type {string[]} */ up = [];
  /** @type {string[]} */ down = [];
  /** @type {any[]} Every frame that the client has written. */ written = [];
  /** @type {number | null} The code that the client closed it with. */ closedWith = null;

  /** @param {FakeHub} hub @param {string} url @param {string} protocol */
  constructor(hub, url, protocol) {
    this.hub = hub;
    this.url = url;
    this.protocol = protocol;
    hub.sockets.push(this);
  }

  open() {
    if (this.readyState !== 0) return;
    this.readyState = 1;
    this.onopen?.();
  }

  /** From the client. @param {string} text */
  send(text) {
    this.up.push(text);
    this.written.push(JSON.parse(text));
  }

  /** From the hub. @param {any} frame */
  push(frame) {
    this.down.push(JSON.stringify(frame));
  }

  /** One frame arrives at the hub. */
  deliverUp() {
    const text = this.up.shift();
    if (text !== undefined && this.readyState === 1) this.hub.receive(this, JSON.parse(text));
  }

  /** One frame arrives at the client. */
  deliverDown() {
    const text = this.down.shift();
    if (text !== undefined && this.readyState === 1) this.onmessage?.({ data: text });
  }

  /** Everything arrives, and what it causes. */
  deliver() {
    while (this.readyState === 1 && (this.up.length > 0 || this.down.length > 0)) {
      this.deliverUp();
      this.deliverDown();
    }
  }

  /** The connection breaks; what was on the way is gone. @param {number} [code] */
  end(code = 1006) {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.up = this.down = [];
    if (this.hub.session?.socket === this) this.hub.session.socket = null;
    this.onclose?.({ code });
  }

  /** By the client. @param {number} [code] */
  close(code = 1005) {
    this.closedWith = code;
    this.readyState = 3;
    this.up = this.down = [];
    if (this.hub.session?.socket === this) this.hub.session.socket = null;
  }
}
