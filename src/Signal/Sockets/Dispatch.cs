using Microsoft.Extensions.Options;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.Hosting;
using RtcHub.Signal.IceServers;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sessions;

namespace RtcHub.Signal.Sockets;

/// <summary>
/// Takes a request to its handler and its reply to the outbox: each request once, in order, whichever socket of the
/// session it came by.
/// </summary>
internal sealed partial class Dispatch(
    Admission admission, Opening opening, RoomDirectory rooms, DirectCalls calls, SessionDirectory sessions, IRoomStore store, IceServerSource iceServers,
    IOptions<SocketOptions> options, IOptions<RoomOptions> roomOptions, HubMetrics metrics, TimeProvider time, ILogger<Dispatch> logger,
    Moving? moving = null, Journal? journal = null)
{
    public RoomDirectory Rooms => rooms;

    public DirectCalls Calls => calls;

    public SessionDirectory Sessions => sessions;

    public IRoomStore Store => store;

    public IceServerSource IceServers => iceServers;

    public SocketOptions Options => options.Value;

    public RoomOptions RoomOptions => roomOptions.Value;

    public TimeProvider Time => time;

    public Opening Opening => opening;

    public async ValueTask<HubError?> HelloAsync(SocketConnection socket, ReadOnlyMemory<byte> data, CancellationToken cancel)
    {
        if (!Payload.TryRead(data, MessageJson.Default.HelloData, out var hello, out var error))
            return error;
        await SocketThreads.LeaveAsync();
        return admission.Refuse() ?? await opening.OpenAsync(socket, hello, cancel);
    }

    /// <param name="error">What is wrong with the envelope already; the request still counts and gets its reply.</param>
    public async ValueTask RequestAsync(SocketConnection socket, Request request, Handler? handler, HubError? error, CancellationToken cancel)
    {
        var session = request.Session;
        await session.Turn.WaitAsync(cancel);
        try
        {
            // Superseded or ended: whoever has the session now will be told where it stands.
            if (session.Socket != socket || session.Ended)
                return;
            if (moving is not null && error is null && IsNext(session, request.Id) && await moving.TryAsync(request, handler, cancel))
                return;
            if (!Claim(session, request.Id))
            {
                if (request.Id > session.LastRequest)
                    socket.Close(CloseCode.Protocol); // a gap: something was lost that must not be
                return;
            }

            if (handler is not { IsPassedOn: true })
                await SocketThreads.LeaveAsync();
            using var group = JournalGroup.Begin(journal);
            var outcome = error is null ? await HandleAsync(request, handler!, cancel) : error;
            if (outcome.Error is { } refused)
            {
                metrics.Error(refused.Kind);
                session.Send(Wire.Error(request.Id, refused), isReply: true);
            }
            else if (!outcome.Sent)
            {
                session.Send(Wire.Ok(request.Id, outcome.Reply.Span), isReply: true, mayWait: handler!.IsPassedOn);
            }

            session.Log?.Done(request.Id);
        }
        catch (OperationCanceledException) when (session.LastRequest == request.Id)
        {
            session.LastRequest = request.Id - 1; // The socket ended in the middle of it: the client will say it again.
            throw;
        }
        finally
        {
            session.Turn.Release();
        }
    }

    // Ids have no gaps. One that is not the next was handled before (its reply is in the outbox) or is out of order.
    private static bool Claim(Session session, long id)
    {
        if (!IsNext(session, id))
            return false;
        session.LastRequest = id;
        return true;
    }

    private static bool IsNext(Session session, long id) => session.LastRequest is not { } last || id == last + 1;

    private async ValueTask<Outcome> HandleAsync(Request request, Handler handler, CancellationToken cancel)
    {
        try
        {
            return await handler.Run!(this, request, cancel);
        }
        catch (Exception e) when (RedisRoomStore.IsOutOfReach(e))
        {
            return Home.Away;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.Failed(logger, handler.Name, request.Session.Id, e);
            return Errors.Internal;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Handling '{Message}' of {Session} failed")]
        public static partial void Failed(ILogger logger, string message, string session, Exception exception);
    }
}
