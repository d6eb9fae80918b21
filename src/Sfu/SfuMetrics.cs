using System.Diagnostics.Metrics;
using RtcHub.Sfu.Routing;
using RtcHub.Sfu.Transports;
using RtcHub.Sfu.Workers;

namespace RtcHub.Sfu;

/// <summary>
/// Metrics of the media service: what the workers count, read when somebody asks. docs/metrics.md lists them; a test holds
/// the two together.
/// </summary>
public sealed class SfuMetrics : IDisposable
{
    /// <summary>The meter, for whoever exports.</summary>
    public const string MeterName = "RtcHub.Sfu";

    private readonly Meter _meter;
    private readonly WorkerPool _pool;

    internal SfuMetrics(IMeterFactory meters, WorkerPool pool)
    {
        _pool = pool;
        _meter = meters.Create(MeterName);
        _meter.CreateObservableGauge("rtchub.sfu.transports", () => _pool.Transports, "{transport}", "Clients, connected or about to be.");
        _meter.CreateObservableGauge("rtchub.sfu.rooms", () => _pool.Rooms, "{room}", "Rooms with somebody in them.");
        Directions("rtchub.sfu.rtp.packets", "{packet}", "RTP packets.", c => c.RtpPacketsIn, c => c.RtpPacketsOut);
        Directions("rtchub.sfu.rtp.size", "By", "Bytes of RTP as SRTP on the wire.", c => c.RtpBytesIn, c => c.RtpBytesOut);
        Directions("rtchub.sfu.rtcp.packets", "{packet}", "RTCP packets, compounds counted once.", c => c.RtcpIn, c => c.RtcpOut);
        Directions("rtchub.sfu.nack", "{packet}", "Packets asked for again.", c => c.NacksIn, c => c.NacksOut);
        Directions("rtchub.sfu.pli", "{request}", "Requests for a keyframe.", c => c.PlisIn, c => c.PlisOut);
        _meter.CreateObservableCounter("rtchub.sfu.retransmissions", () => Each(("result", "sent"), c => c.Retransmitted).Concat(Each(("result", "missed"), c => c.RetransmissionsMissed)),
            "{packet}", "Packets that a subscriber asked for: sent again, or no longer there.");
        _meter.CreateObservableCounter("rtchub.sfu.drops", () => ByReason<DropReason>(c => c.Drops), "{packet}", "Packets that were not forwarded, by reason.");
        _meter.CreateObservableCounter("rtchub.sfu.stalls", () => Each(("remedy", "keyframe"), c => c.Remedies[(int)FlowRemedy.Keyframe]).Concat(Each(("remedy", "reselect"), c => c.Remedies[(int)FlowRemedy.Reselect])),
            "{stall}", "Slots that should have flowed and did not for 3 s, by what was done.");
        _meter.CreateObservableCounter("rtchub.sfu.closes", () => ByReason<CloseReason>(c => c.Closes), "{transport}", "Transports that ended, by reason.");
        _meter.CreateObservableCounter("rtchub.sfu.handshakes", () => Each(c => c.Handshakes), "{handshake}", "DTLS handshakes that succeeded.");
        _meter.CreateObservableCounter("rtchub.sfu.handshake.time", () => Seconds(c => c.HandshakeMicroseconds), "s", "Time from the first flight to the keys, summed.");
        _meter.CreateObservableCounter("rtchub.sfu.forward.latency.packets", Latencies, "{packet}",
            "Forwarded packets by upper bound of the time from arrival in the process to hand-over to the kernel.");
        _meter.CreateObservableCounter("rtchub.sfu.forward.latency.time", () => Seconds(c => c.LatencyMicroseconds), "s", "That time, summed over packets.");
        _meter.CreateObservableGauge("rtchub.sfu.bandwidth.estimates", () => Each(c => c.Estimated), "{subscriber}", "Subscribers whose bandwidth is limited by an estimate.");
        _meter.CreateObservableGauge("rtchub.sfu.bandwidth.estimate", () => Each(c => c.Estimates), "bit/s", "What their paths carry, summed.");
        _meter.CreateObservableCounter("rtchub.sfu.bandwidth.probes", () => Each(c => c.Probes), "{probe}", "Bursts that were sent to see whether a path carries more.");
        _meter.CreateObservableCounter("rtchub.sfu.bandwidth.probe.size", () => Each(c => c.ProbeBytes), "By", "Bytes of them.");
        _meter.CreateObservableCounter("rtchub.sfu.layer.switches", () => Each(c => c.LayerSwitches), "{switch}", "Slots that went on with another layer of their track.");
        _meter.CreateObservableCounter("rtchub.sfu.slot.pauses", () => Each(c => c.SlotsPaused), "{pause}", "Slots that got nothing as there was no bandwidth for them.");
        _meter.CreateObservableCounter("rtchub.sfu.worker.turns", () => Each(c => c.Turns), "{turn}", "Turns of a worker's loop.");
        _meter.CreateObservableCounter("rtchub.sfu.worker.busy", () => Seconds(c => c.BusyMicroseconds), "s", "Time that a worker did not wait; its rate is the load of the thread.");
        _meter.CreateObservableCounter("rtchub.sfu.exceptions", () => Each(c => c.Exceptions), "{exception}", "Bugs met on the way of a packet or a command; above zero is always wrong.");
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private void Directions(string name, string unit, string description, Func<Counters, long> received, Func<Counters, long> sent) =>
        _meter.CreateObservableCounter(name, () => Each(("direction", "in"), received).Concat(Each(("direction", "out"), sent)), unit, description);

    private IEnumerable<Measurement<long>> Each(Func<Counters, long> read) =>
        _pool.Workers.Select(worker => new Measurement<long>(read(worker.Counters), Tag("worker", worker.Number)));

    private IEnumerable<Measurement<long>> Each((string Key, string Value) tag, Func<Counters, long> read) =>
        _pool.Workers.Select(worker => new Measurement<long>(read(worker.Counters), Tag("worker", worker.Number), Tag(tag.Key, tag.Value)));

    private IEnumerable<Measurement<double>> Seconds(Func<Counters, long> read) =>
        _pool.Workers.Select(worker => new Measurement<double>(read(worker.Counters) / 1e6, Tag("worker", worker.Number)));

    private IEnumerable<Measurement<long>> ByReason<T>(Func<Counters, long[]> read)
        where T : struct, Enum =>
        from worker in _pool.Workers
        from reason in Enum.GetValues<T>()
        select new Measurement<long>(read(worker.Counters)[Convert.ToInt32(reason)], Tag("worker", worker.Number), Tag("reason", reason.ToString()));

    private IEnumerable<Measurement<long>> Latencies() =>
        from worker in _pool.Workers
        from bucket in Enumerable.Range(0, worker.Counters.Latency.Length)
        let bound = bucket < Counters.LatencyBounds.Length ? (Counters.LatencyBounds[bucket] / 1e6).ToString() : "+Inf"
        select new Measurement<long>(worker.Counters.Latency[bucket], Tag("worker", worker.Number), Tag("bound", bound));

    private static KeyValuePair<string, object?> Tag(string key, object value) => new(key, value);
}
