using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using RtcHub.Rtc.Stun;

namespace RtcHub.Sfu.Hosting;

/// <summary>What came of asking an address.</summary>
public enum ProbeOutcome
{
    /// <summary>It answered as it should.</summary>
    Ok,

    /// <summary>Nothing came in time: a firewall, or a wrong address.</summary>
    NoAnswer,

    /// <summary>The machine is there; nothing listens on the port.</summary>
    Refused,

    /// <summary>There is no way to it.</summary>
    Unreachable,

    /// <summary>The name has no address.</summary>
    Unresolved,

    /// <summary>The certificate is not one that clients trust.</summary>
    NotTrusted,

    /// <summary>Something else listens there.</summary>
    NotUnderstood,

    /// <summary>TURN: our credentials are refused.</summary>
    Unauthorized,

    /// <summary>TURN: it knows us, and relays nothing.</summary>
    NotAllocated,
}

/// <summary>The result of asking one address.</summary>
/// <param name="Target">What was asked: a candidate (<c>udp 192.0.2.1:7882</c>) or a URL.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Milliseconds">Until then.</param>
public sealed record Probe(string Target, ProbeOutcome Outcome, double Milliseconds)
{
    /// <summary>A server that is there has answered long before.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1.5);

    /// <summary>Sends a plain STUN Binding request to a candidate, as the ports of a media service answer it.</summary>
    /// <param name="candidate">As in <c>SfuStatus.Candidates</c>.</param>
    /// <param name="cancel">Ends it early.</param>
    public static Task<Probe> CandidateAsync(string candidate, CancellationToken cancel = default)
    {
        var way = candidate.StartsWith("tcp ", StringComparison.Ordinal) ? StunWay.IceTcp : StunWay.Udp;
        var address = IPEndPoint.Parse(candidate[4..]);
        return BindingAsync(candidate, way, address.Address.ToString(), address.Port, cancel);
    }

    /// <summary>Sends a plain STUN Binding request.</summary>
    public static Task<Probe> BindingAsync(string target, StunWay way, string host, int port, CancellationToken cancel = default) => RunAsync(target, async patience =>
    {
        await using var server = await StunExchange.OpenAsync(way, host, port, patience);
        var answer = await server.AskAsync(Binding(), patience);
        return StunMessage.TryParse(answer, out var message) && message is { Class: StunClass.Success, Method: StunMethod.Binding } ? ProbeOutcome.Ok : ProbeOutcome.NotUnderstood;
    }, cancel);

    /// <summary>Runs a probe with an end, and tells from its exception what went wrong.</summary>
    public static async Task<Probe> RunAsync(string target, Func<CancellationToken, Task<ProbeOutcome>> probe, CancellationToken cancel = default)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        var started = TimeProvider.System.GetTimestamp();
        ProbeOutcome outcome;
        try
        {
            outcome = await probe(patience.Token);
        }
        catch (Exception exception) when (!cancel.IsCancellationRequested && Explain(exception) is { } why)
        {
            outcome = why;
        }

        return new Probe(target, outcome, TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
    }

    private static ProbeOutcome? Explain(Exception exception) => exception switch
    {
        OperationCanceledException or SocketException { SocketErrorCode: SocketError.TimedOut } => ProbeOutcome.NoAnswer,
        SocketException { SocketErrorCode: SocketError.ConnectionRefused or SocketError.ConnectionReset } => ProbeOutcome.Refused,
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => ProbeOutcome.Unresolved,
        SocketException => ProbeOutcome.Unreachable,
        AuthenticationException => ProbeOutcome.NotTrusted,
        IOException => ProbeOutcome.NotUnderstood,
        _ => null,
    };

    private static byte[] Binding()
    {
        var request = new byte[StunMessage.HeaderLength];
        new StunWriter(request, StunClass.Request, StunMethod.Binding, RandomNumberGenerator.GetBytes(StunMessage.TransactionIdLength)).TryFinish(out _);
        return request;
    }
}
