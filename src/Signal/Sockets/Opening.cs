using Microsoft.Extensions.Options;
using RtcHub.Signal.Cluster;
using RtcHub.Signal.IceServers;
using RtcHub.Signal.Rooms;
using RtcHub.Signal.Sessions;
using RtcHub.Signal.Tokens;

namespace RtcHub.Signal.Sockets;

/// <summary>
/// The first frame of a socket: <c>hello</c>, answered by <c>welcome</c> (a new session), <c>resumed</c> (the old one, as if
/// nothing had been) or <c>resync</c> (the old one, with a snapshot). docs/protocol.md section 3.
/// </summary>
internal sealed class Opening(
    SessionDirectory sessions, RoomDirectory rooms, JoinToken tokens, IceServerSource iceServers, IOptions<SocketOptions> options, HubMetrics metrics,
    TimeProvider time, Journal? journal = null, Homes? homes = null)
{
    public const string Version = "rtchub.v1";
    private const int MaxName = 64;
    private const int MovedMs = 100;

    /// <summary>Null when the session is open; otherwise why it is not, and the socket will be closed.</summary>
    public async ValueTask<HubError?> OpenAsync(SocketConnection socket, HelloData hello, CancellationToken cancel)
    {
        if (hello.Versions is not null && !hello.Versions.Contains(Version))
            return Errors.Unsupported.With($"This hub speaks {Version}.", "versions");

        JoinClaims? claims = null;
        if (tokens.Required && hello.Token is not null)
        {
            (claims, var error) = tokens.Validate(hello.Token);
            if (error is not null)
                return error;
        }

        if (hello.Resume is { Id: { } id, Secret: { } secret } resume)
        {
            var session = sessions.Resume(id, secret);
            if (session is null && homes is not null)
            {
                // It may have gone to another node since this one was found for it, or have come back.
                if ((await homes.FindSessionAsync(id, cancel))?.Kind is HomeKind.There or HomeKind.Unavailable)
                {
                    socket.Close(CloseCode.Moved, MovedMs);
                    return null;
                }

                session = sessions.Resume(id, secret);
            }

            if (session is not null)
            {
                var error = await ResumeAsync(socket, session, claims, resume, cancel);
                if (session.Moved)
                {
                    socket.Close(CloseCode.Moved);
                    return null;
                }

                if (!session.Ended || error?.Kind != Errors.Unavailable)
                    return error;
            }

            if (tokens.Required && claims is null)
                return Errors.Unauthorized;
            if (sessions.Reclaim(id, secret, out var kicked) is { } reclaimed)
                return await StartAsync(socket, reclaimed, secret, claims, hello, resume.Seq ?? 0, cancel);
            if (kicked)
            {
                socket.Close(CloseCode.Kicked);
                return null;
            }
        }

        if (tokens.Required && claims is null)
            return Errors.Unauthorized;
        return await StartAsync(socket, sessions.Create(out var fresh), fresh, claims, hello, null, cancel);
    }

    /// <summary>A newer token in the middle of a session; null when it is good.</summary>
    public HubError? Reauthorize(Session session, string token)
    {
        if (!tokens.Required)
            return null;
        var (claims, error) = tokens.Validate(token);
        Authorize(session, claims);
        return error;
    }

    /// <summary>A display name: no control characters, trimmed, at most 64 characters; null when nothing is left.</summary>
    public static string? CleanName(string? name)
    {
        var clean = string.Concat((name ?? "").EnumerateRunes().Where(r => !System.Text.Rune.IsControl(r)).Take(MaxName)).Trim();
        return clean.Length == 0 ? null : clean;
    }

    // A session that begins: new, or under the id of one that is over (clientSeq is set).
    private async ValueTask<HubError?> StartAsync(
        SocketConnection socket, Session session, string secret, JoinClaims? claims, HelloData hello, long? clientSeq, CancellationToken cancel)
    {
        session.Name = CleanName(hello.Name) ?? CleanName(claims?.Name) ?? "Guest";
        Authorize(session, claims);
        Place(session, socket);
        session.Attach(socket);

        using var group = JournalGroup.Begin(journal);
        // From here on the outbox collects what happens; nothing is written before the snapshot is.
        long? seq = null;
        if (clientSeq is { } last)
            seq = session.Outbox.Restart(socket, last);
        else
            session.Outbox.Open(socket);

        HubError? refused = null;
        RoomView? room = null;
        if (hello.Room is { } wanted && MediaChange.TryRead(hello.Media, MediaState.Off, out var media, out refused))
            refused = await rooms.EnterAsync(session, wanted.Id, wanted.Passcode, media, view => room = view, cancel);

        metrics.Resumed(clientSeq is null ? "new" : "resync");
        sessions.Save(session);
        var snapshot = Snapshot(session, secret, room, refused, seq);
        if (group is not null)
            await group.CommitAsync();
        socket.Open(session, Wire.Control(clientSeq is null ? "welcome" : "resync", snapshot, MessageJson.Default.EventWelcome));
        return null;
    }

    private async ValueTask<HubError?> ResumeAsync(
        SocketConnection socket, Session session, JoinClaims? claims, HelloResume resume, CancellationToken cancel)
    {
        await session.Turn.WaitAsync(cancel);
        try
        {
            if (session.Ended)
                return Errors.Unavailable; // It ended just now: its id can be claimed.
            if (claims is not null && session.Participant is { } present && claims.Grants.Room is { } only && only != present.Room.Id)
                return Errors.Unauthorized.With("That token is for another room.");
            if (claims is not null)
                Authorize(session, claims);
            else if (tokens.Required && !(session.AuthorizedUntil > time.GetUtcNow()))
                return Errors.Unauthorized.With("The token has expired; come back with a newer one.");

            using var group = JournalGroup.Begin(journal);
            var wasAway = session.DetachedAt is not null;
            Place(session, socket);
            session.Attach(socket)?.Close(CloseCode.Superseded);
            if (session.Ended)
                return Errors.Unavailable;
            byte[] opening;
            if (session.Log is not null && session.Outbox.IsBehind(resume.Seq ?? 0))
                session.LastRequest = null; // the store has lost its newest part
            if (session.LastRequest is { } received && session.Outbox.TryResume(socket, resume.Seq ?? -1))
            {
                metrics.Resumed("resumed");
                opening = Wire.Control("resumed", new Resumed(received, resume.Seq!.Value), MessageJson.Default.EventResumed);
            }
            else
            {
                metrics.Resumed("resync");
                long seq;
                RoomView? room = null;
                if (session.Participant is { } participant)
                    room = participant.Room.Resync(session, socket, resume.Seq ?? 0, out seq);
                else
                    seq = session.Outbox.Restart(socket, resume.Seq ?? 0);
                opening = Wire.Control("resync", Snapshot(session, resume.Secret!, room, null, seq), MessageJson.Default.EventWelcome);
            }

            if (wasAway)
                session.Participant?.Room.Change(session, _ => { });
            // What the client is told that the hub has, it will not say again.
            if (group is not null)
                await group.CommitAsync();
            socket.Open(session, opening);
            return null;
        }
        finally
        {
            session.Turn.Release();
        }
    }

    private void Authorize(Session session, JoinClaims? claims)
    {
        if (claims is null)
            return;
        var now = time.GetUtcNow();
        session.Grants = claims.Grants;
        session.Identity = claims.Identity;
        session.AuthorizedUntil = claims.ExpiresAt;
        session.TokenLifetime = claims.ExpiresAt - now;
        session.RenewTokenAt = now + (session.TokenLifetime / 2);
    }

    private static void Place(Session session, SocketConnection socket)
    {
        session.Address = socket.Context.Connection.RemoteIpAddress ?? System.Net.IPAddress.None;
        session.Host = socket.Context.Request.Host.Host;
    }

    private Welcome Snapshot(Session session, string secret, RoomView? room, HubError? refused, long? seq) => new(
        Version, new(session.Id, session.Name, secret, session.Grants), room, refused is null ? null : ErrorView.Of(refused),
        FreshIceServers(session), iceServers.StunUrls(session.Host), Limits.Of(options.Value), session.LastRequest, seq);

    /// <summary>New TURN credentials for a session, and a note of when they are to be replaced.</summary>
    public IceServerList FreshIceServers(Session session)
    {
        var list = iceServers.For(session.Id, session.Host);
        session.RenewIceServersAt = list.ExpiresAt is { } end ? time.GetUtcNow() + ((end - time.GetUtcNow()) / 2) : null;
        return list;
    }
}
