using System.Runtime.CompilerServices;
using RtcHub.Sfu.Control;

namespace RtcHub.Sfu.Pool;

/// <summary>
/// Keeps the list of services as Redis has it, hears what happens at each, and says what it means for rooms: those of a service that
/// dies are lost and found on another, those of one that is about to end are told to leave.
/// </summary>
internal sealed partial class PoolWatch(
    PoolStore store, PoolMembers members, PoolRooms rooms, Func<ServiceRecord, RemoteSfu> connect, TimeProvider time, ILogger<PoolWatch> log) : BackgroundService
{
    private static readonly TimeSpan Renewal = PoolStore.Stay / 6;

    private readonly EventFeed _events = new();
    private readonly SemaphoreSlim _looking = new(1);
    private bool _isRedisThere = true;

    /// <summary>What happens from this call on; the first event says whether any service is there.</summary>
    public IAsyncEnumerable<SfuEvent> ListenAsync(CancellationToken cancel) => ReadAsync(_events.ListenAsync(cancel), cancel);

    /// <summary>Reads Redis once.</summary>
    public async Task LookAsync()
    {
        await _looking.WaitAsync();
        try
        {
            var there = await store.ReadAsync();
            if (!_isRedisThere) Log.RedisFound(log);
            _isRedisThere = true;
            foreach (var record in there)
            {
                if (members.Add(record, each => new PoolMember(each, connect(each)), out var member)) _ = Task.Run(() => HearAsync(member));
                // As long as no other is there, nobody can go anywhere.
                if (record.IsDraining && members.Best() is { Record.IsDraining: false }) rooms.ToLeave(member).ToList().ForEach(room => Tell(SfuEvent.Leave, room));
            }

            var instances = there.Select(record => record.Instance).ToHashSet();
            await Task.WhenAll(members.All.Where(member => !instances.Contains(member.Instance)).Select(LookForAsync));
        }
        catch (Exception away) when (PoolStore.IsAway(away))
        {
            // Services are known, and that they are alive is seen by their events.
            if (_isRedisThere) Log.RedisLost(log, away.Message);
            _isRedisThere = false;
        }
        finally
        {
            _looking.Release();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        rooms.Look = LookAsync;
        using var timer = new PeriodicTimer(PoolStore.Beat, time);
        var renewedAt = time.GetTimestamp();
        try
        {
            do
            {
                await LookAsync();
                if (time.GetElapsedTime(renewedAt) < Renewal) continue;
                renewedAt = time.GetTimestamp();
                await RenewAsync();
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The hub ends.
        }

        foreach (var member in members.All) members.Remove(member);
    }

    private async IAsyncEnumerable<SfuEvent> ReadAsync(IAsyncEnumerable<SfuEvent> events, [EnumeratorCancellation] CancellationToken cancel)
    {
        yield return new SfuEvent(members.IsAnyThere ? SfuEvent.Found : SfuEvent.Lost, Room: null);
        await foreach (var happened in events.WithCancellation(cancel)) yield return happened;
    }

    // Not in Redis any more: it has ended, or been killed, or it is Redis that has forgotten it.
    private async Task LookForAsync(PoolMember member)
    {
        if (member.State != MemberState.Lost && await member.AnswersAsync()) return;
        Lose(member);
        members.Remove(member);
        Log.Gone(log, member.Record.Url, member.Instance);
    }

    private async Task RenewAsync()
    {
        try
        {
            foreach (var room in await rooms.RenewAsync()) Move(room);
        }
        catch (Exception away) when (PoolStore.IsAway(away))
        {
            // Later.
        }
    }

    private async Task HearAsync(PoolMember member)
    {
        try
        {
            await foreach (var happened in member.Sfu.EventsAsync(member.Ended)) await TakeAsync(member, happened);
        }
        catch (OperationCanceledException) when (member.Ended.IsCancellationRequested)
        {
            return;
        }
        catch (SfuException tooSlow)
        {
            Log.Deaf(log, member.Record.Url, tooSlow.Message);
        }

        if (member.Ended.IsCancellationRequested) return;
        // What was missed cannot be told apart from what was not: its rooms begin anew, and so does it.
        Lose(member);
        members.Remove(member);
    }

    private async Task TakeAsync(PoolMember member, SfuEvent happened)
    {
        switch (happened.Kind)
        {
            case SfuEvent.Found when !await member.AnswersAsync():
                break; // Another service at its address, which is in Redis under a name of its own.
            case SfuEvent.Found:
                var isFirst = !members.IsAnyThere;
                members.Set(member, MemberState.There);
                Log.Joined(log, member.Record.Url, member.Instance, member.Record.Region ?? "-");
                if (isFirst) Tell(SfuEvent.Found, room: null);
                break;
            case SfuEvent.Lost:
                Lose(member);
                break;
            default:
                if (happened is { Kind: SfuEvent.Closed, Room: { } room, Transport: { } transport }) rooms.Closed(room, transport);
                _events.Publish(happened);
                break;
        }
    }

    private void Lose(PoolMember member)
    {
        if (members.Set(member, MemberState.Lost) != MemberState.There) return;
        var homeless = rooms.Lose(member);
        Log.Lost(log, member.Record.Url, member.Instance, homeless.Count);
        if (!members.IsAnyThere) Tell(SfuEvent.Lost, room: null);
        else homeless.ToList().ForEach(Move);
    }

    // Whoever asks for it next puts it where it belongs.
    private void Move(string room)
    {
        Tell(SfuEvent.Lost, room);
        Tell(SfuEvent.Found, room);
    }

    private void Tell(string kind, string? room) => _events.Publish(new SfuEvent(kind, room));

    private static partial class Log
    {
        [LoggerMessage(4201, LogLevel.Information, "Media service {Address} ({Instance}, region {Region}) is in the pool")]
        public static partial void Joined(ILogger logger, Uri address, string instance, string region);

        [LoggerMessage(4202, LogLevel.Warning, "Media service {Address} ({Instance}) is lost: {Rooms} rooms move")]
        public static partial void Lost(ILogger logger, Uri address, string instance, int rooms);

        [LoggerMessage(4203, LogLevel.Information, "Media service {Address} ({Instance}) has left the pool")]
        public static partial void Gone(ILogger logger, Uri address, string instance);

        [LoggerMessage(4204, LogLevel.Warning, "Media service {Address} tells nothing: {Why}")]
        public static partial void Deaf(ILogger logger, Uri address, string why);

        [LoggerMessage(4205, LogLevel.Warning, "Redis is away; the media services stay as they are: {Why}")]
        public static partial void RedisLost(ILogger logger, string why);

        [LoggerMessage(4206, LogLevel.Information, "Redis is there again")]
        public static partial void RedisFound(ILogger logger);
    }
}
