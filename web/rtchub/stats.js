// @ts-check
/**
 * @typedef {{ score: 0 | 1 | 2 | 3 | 4, rttMs: number, lossPercent: number, jitterMs: number, freezePercent: number, inKbps: number, outKbps: number, relayed: boolean }} Quality
 *
 * @typedef {object} Stats  one getStats(), sorted
 * @property {number} at  epoch ms
 * @property {any} pair  the selected candidate pair, or null
 * @property {any} local  its local candidate, or null
 * @property {any} remote
 * @property {any} transport
 * @property {any[]} inbound  one for each RTP stream that comes in; each with `codecName`
 * @property {any[]} outbound
 * @property {any[]} remoteInbound  what the other side reports of our streams
 * @property {any[]} channels  data channels
 *
 * @typedef {{ quality: Quality | null, level: number, pairId: string | null }} Measure
 */

/**
 * @param {Iterable<any> | { values(): Iterable<any> }} report
 * @returns {Stats}
 */
export function parse(report) {
  const all = "values" in report ? [...report.values()] : [...report];
  const byId = new Map(all.map((stat) => [stat.id, stat]));
  /** @param {string} type */
  const of = (type) => all.filter((stat) => stat.type === type);
  /** @param {any} stat */
  const named = (stat) => ({ ...stat, codecName: byId.get(stat.codecId)?.mimeType?.split("/")[1] ?? null });

  const transport = of("transport")[0] ?? null;
  // Firefox has no transport statistics; there the pair itself says that it is selected.
  const pair = byId.get(transport?.selectedCandidatePairId)
    ?? of("candidate-pair").find((p) => p.selected || (p.nominated && p.state === "succeeded")) ?? null;
  return {
    at: pair?.timestamp ?? all[0]?.timestamp ?? 0,
    pair,
    local: byId.get(pair?.localCandidateId) ?? null,
    remote: byId.get(pair?.remoteCandidateId) ?? null,
    transport,
    inbound: of("inbound-rtp").map(named),
    outbound: of("outbound-rtp").map(named),
    remoteInbound: of("remote-inbound-rtp"),
    channels: of("data-channel"),
  };
}

/**
 * What a person can read, from two looks at the same connection.
 * @param {Stats} now
 * @param {Stats | null} before
 * @returns {Measure}
 */
export function measure(now, before) {
  const seconds = before ? (now.at - before.at) / 1000 : 0;
  /** @param {any[]} list @param {any[] | undefined} earlier @param {string} field */
  const grown = (list, earlier, field) => total(list, field) - total(earlier ?? [], field);
  /** @param {number} bytes */
  const kbps = (bytes) => (seconds > 0 ? Math.max(0, Math.round((bytes * 8) / seconds / 1000)) : 0);

  const received = grown(now.inbound, before?.inbound, "packetsReceived");
  const lost = Math.max(0, grown(now.inbound, before?.inbound, "packetsLost"));
  const lossPercent = received + lost > 0 ? round((100 * lost) / (received + lost)) : 0;
  const sentLoss = Math.max(0, ...now.remoteInbound.map((stat) => (stat.fractionLost ?? 0) * 100));
  const jitterMs = round(1000 * Math.max(0, ...now.inbound.map((stat) => stat.jitter ?? 0)));
  const frozenMs = 1000 * Math.max(0, grown(now.inbound, before?.inbound, "totalFreezesDuration"));
  const freezePercent = seconds > 0 ? Math.min(100, round(frozenMs / 10 / seconds)) : 0;
  const rtt = now.pair?.currentRoundTripTime ?? now.remoteInbound.find((stat) => stat.roundTripTime)?.roundTripTime;
  const rttMs = Math.round((rtt ?? 0) * 1000);
  return {
    // Without a round trip nothing has gone both ways yet: there is no quality to speak of.
    quality: rtt === undefined ? null : {
      score: score({ rttMs, jitterMs, freezePercent, lossPercent: Math.max(lossPercent, sentLoss) }),
      rttMs,
      lossPercent,
      jitterMs,
      freezePercent,
      inKbps: before ? kbps(grown(now.inbound, before.inbound, "bytesReceived")) : 0,
      outKbps: before ? kbps(grown(now.outbound, before.outbound, "bytesSent")) : 0,
      relayed: now.local?.candidateType === "relay" || now.remote?.candidateType === "relay",
    },
    level: level(now.inbound, before?.inbound),
    pairId: now.pair?.id ?? null,
  };
}

/**
 * 4 good, 3 fair, 2 poor, 1 very poor, 0 hardly usable: by the worst of loss, delay, jitter and standing pictures. The steps
 * follow what conversation bears: 150 ms one way (ITU-T G.114), and the loss that audio concealment still hides.
 * @param {{ rttMs: number, jitterMs: number, lossPercent: number, freezePercent?: number }} measured
 * @returns {0 | 1 | 2 | 3 | 4}
 */
export function score({ rttMs, jitterMs, lossPercent, freezePercent = 0 }) {
  const steps = [
    [lossPercent, 2, 5, 10, 20],
    [rttMs, 300, 500, 800, 1500],
    [jitterMs, 40, 80, 150, 300],
    [freezePercent, 2, 10, 25, 50],
  ];
  const worst = Math.max(...steps.map(([value, ...limits]) => limits.filter((limit) => value > limit).length));
  return /** @type {0 | 1 | 2 | 3 | 4} */ (4 - worst);
}

/**
 * Loudness over the last second, 0 to 1: the energy received since `before` (webrtc-stats: totalAudioEnergy), or the
 * momentary level where a browser does not count energy.
 * @param {any[]} inbound
 * @param {any[] | undefined} before
 */
function level(inbound, before) {
  const audio = inbound.find((stat) => stat.kind === "audio");
  const earlier = before?.find((stat) => stat.id === audio?.id);
  const seconds = (audio?.totalSamplesDuration ?? 0) - (earlier?.totalSamplesDuration ?? 0);
  if (!earlier || !(seconds > 0)) return earlier ? 0 : audio?.audioLevel ?? 0;
  return Math.min(1, Math.sqrt(Math.max(0, audio.totalAudioEnergy - earlier.totalAudioEnergy) / seconds));
}

/**
 * @param {any[]} list
 * @param {string} field
 */
function total(list, field) {
  return list.reduce((sum, stat) => sum + (stat[field] ?? 0), 0);
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
