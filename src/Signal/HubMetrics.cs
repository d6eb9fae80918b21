using System.Diagnostics;
using System.Diagnostics.Metrics;
using RtcHub.Signal.Whip;

namespace RtcHub.Signal;

/// <summary>What the hub counts: the meter <c>RtcHub.Signal</c>, described in docs/metrics.md.</summary>
internal sealed class HubMetrics
{
    public const string MeterName = "RtcHub.Signal";

    private readonly UpDownCounter<long> _connections;
    private readonly Counter<long> _received;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _resumes;
    private readonly Counter<long> _errors;
    private readonly Counter<long> _closes;
    private readonly Counter<long> _whipOffers;
    private readonly Histogram<double> _relay;
    private readonly Meter _meter;

    public HubMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _connections = _meter.CreateUpDownCounter<long>("rtchub.signal.connections", "{connection}", "WebSockets that are open.");
        _received = _meter.CreateCounter<long>("rtchub.signal.messages.received", "{message}", "Frames from clients, by type.");
        _sent = _meter.CreateCounter<long>("rtchub.signal.messages.sent", "{message}", "Frames to clients, sequenced or control.");
        _resumes = _meter.CreateCounter<long>("rtchub.signal.resumes", "{resume}", "Sockets that opened a session, by result: new, resumed, resync.");
        _errors = _meter.CreateCounter<long>("rtchub.signal.errors", "{error}", "Errors told to clients, by code.");
        _closes = _meter.CreateCounter<long>("rtchub.signal.closes", "{close}", "Sockets that the hub closed, by reason.");
        _whipOffers = _meter.CreateCounter<long>("rtchub.signal.whip.offers", "{offer}", "Offers of WHIP and WHEP, by what came of them: created, or the code of the error.");
        _relay = _meter.CreateHistogram(
            "rtchub.signal.relay.duration", "s", "From reading a relayed message to handing it to the receiver's socket.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] });
    }

    /// <summary>Gauges that are read when somebody asks.</summary>
    public void Observe(Func<int> sessions, Func<int> rooms)
    {
        _meter.CreateObservableGauge("rtchub.signal.sessions", () => sessions(), "{session}", "Sessions, with a socket or waiting for one.");
        _meter.CreateObservableGauge("rtchub.signal.rooms", () => rooms(), "{room}", "Rooms in memory: with somebody in them, or emptied a moment ago.");
    }

    /// <summary>What a node of a cluster has to do with the others.</summary>
    public void ObserveCluster(Func<int> nodes, Func<int> homes, Func<int> bridges)
    {
        _meter.CreateObservableGauge("rtchub.cluster.nodes", () => nodes(), "{node}", "Hubs that share the Redis of this one and are alive, itself among them; 0 while Redis is away.");
        _meter.CreateObservableGauge("rtchub.cluster.homes", () => homes(), "{room}", "Rooms that live on this node.");
        _meter.CreateObservableGauge("rtchub.cluster.bridges", () => bridges(), "{socket}", "Sockets of clients here whose session lives on another node.");
    }

    /// <summary>Programs that publish and that play.</summary>
    public void ObserveWhip(Func<WhipKind, int> count) => _meter.CreateObservableGauge(
        "rtchub.signal.whip.sessions",
        () => Enum.GetValues<WhipKind>().Select(kind => new Measurement<int>(count(kind), new KeyValuePair<string, object?>("kind", kind.Name()))),
        "{session}", "Programs that publish by WHIP or play by WHEP.");

    /// <summary>Rooms that had to go to another media service: theirs is lost, or about to end.</summary>
    public void ObserveMediaMoves(Func<(long Lost, long Draining)> count) => _meter.CreateObservableCounter(
        "rtchub.signal.media.moves",
        () => (Measurement<long>[])[new(count().Lost, new KeyValuePair<string, object?>("reason", "lost")), new(count().Draining, new KeyValuePair<string, object?>("reason", "draining"))],
        "{room}", "Rooms that had to go to another media service.");

    public void WhipAnswered(WhipKind kind, string result) => _whipOffers.Add(
        1, new KeyValuePair<string, object?>("kind", kind.Name()), new KeyValuePair<string, object?>("result", result));

    public void Connected(int change) => _connections.Add(change);

    public void Received(string type) => _received.Add(1, new KeyValuePair<string, object?>("type", type));

    public void Sent() => _sent.Add(1);

    public void Resumed(string result) => _resumes.Add(1, new KeyValuePair<string, object?>("result", result));

    public void Error(ErrorCode code) => _errors.Add(1, new KeyValuePair<string, object?>("code", code.Code));

    public void Closed(string reason) => _closes.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Relayed(long startedAt, long now) => _relay.Record((now - startedAt) / (double)Stopwatch.Frequency);
}
