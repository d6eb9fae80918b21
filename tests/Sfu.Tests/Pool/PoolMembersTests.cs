using Microsoft.Extensions.Logging.Abstractions;
using RtcHub.Sfu.Control;
using RtcHub.Sfu.Pool;

namespace RtcHub.Sfu.Tests.Pool;

/// <summary>Which service is the best for another room.</summary>
public sealed class PoolMembersTests
{
    [Fact]
    public void While_none_is_reached_there_is_none()
    {
        var members = new PoolMembers(region: null);
        Assert.Null(members.Best());
        Add(members, Idle("a"), MemberState.New);
        Add(members, Idle("b"), MemberState.Lost);
        Assert.Null(members.Best());
        Assert.False(members.IsAnyThere);
    }

    [Theory]
    [InlineData(35_000, 0.0, 0, 0, 0.2, 0, "b")] // packets against processor
    [InlineData(0, 0.5, 0, 40_000, 0.1, 0, "b")]
    [InlineData(0, 0.0, 900, 0, 0.5, 0, "b")] // transports
    [InlineData(4_000, 0.02, 3, 1_000, 0.05, 9, "a")] // as busy as each other: then by who is there
    public void The_least_loaded_is_taken(double packetsA, double cpuA, int transportsA, double packetsB, double cpuB, int transportsB, string best)
    {
        var members = new PoolMembers(region: null);
        Add(members, Idle("a") with { PacketsPerSecond = packetsA, Cpu = cpuA, Transports = transportsA });
        Add(members, Idle("b") with { PacketsPerSecond = packetsB, Cpu = cpuB, Transports = transportsB });
        Assert.Equal(best, members.Best()!.Instance);
    }

    [Fact]
    public void The_own_region_comes_first_while_it_has_room_and_who_is_about_to_end_comes_last()
    {
        var members = new PoolMembers("north");
        Add(members, Idle("a") with { Region = "north", Cpu = 0.8 });
        Add(members, Idle("b") with { Region = "south" });
        Assert.Equal("a", members.Best()!.Instance);
        Add(members, Idle("a") with { Region = "north", Cpu = ServiceRecord.Full });
        Assert.Equal("b", members.Best()!.Instance);
        Add(members, Idle("b") with { Region = "south", IsDraining = true });
        Assert.Equal("a", members.Best()!.Instance);
    }

    [Fact]
    public void Rooms_that_come_at_once_are_spread_before_anybody_has_said_how_busy_they_are()
    {
        var members = new PoolMembers(region: null);
        foreach (var name in (string[])["a", "b", "c"]) Add(members, Idle(name));
        var chosen = new List<string>();
        for (var i = 0; i < 9; i++)
        {
            chosen.Add(members.Choose()!.Instance);
        }

        Assert.All(chosen.CountBy(each => each), each => Assert.Equal(3, each.Value));
        members.Unchoose(members.Find("c")!);
        Assert.Equal("c", members.Best()!.Instance);
    }

    private static ServiceRecord Idle(string name) => new(name, new Uri("http://127.0.0.1:9"), null, IsDraining: false, 0, 100_000, 0, 0, 1000);

    private static void Add(PoolMembers members, ServiceRecord record, MemberState state = MemberState.There)
    {
        members.Add(record, each => new PoolMember(each, RemoteSfuServices.Create(each.Url, null, TimeProvider.System, NullLogger<RemoteEvents>.Instance)), out var member);
        members.Set(member, state);
    }
}
