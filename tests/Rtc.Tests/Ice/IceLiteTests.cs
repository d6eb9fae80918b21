using RtcHub.Rtc.Ice;
using RtcHub.Rtc.Stun;

namespace RtcHub.Rtc.Tests.Ice;

public sealed class IceLiteTests
{
    private const long Second = 1_000_000;

    private static readonly IceCredentials Client = Check.Client;
    private static readonly NetworkPath Home = Check.Path("192.0.2.7:40000");
    private static readonly NetworkPath Cellular = Check.Path("198.51.100.9:50000");

    private readonly IceLite _server;

    public IceLiteTests()
    {
        _server = new IceLite(Check.Server, now: 0);
        _server.SetRemote(Client);
    }

    [Fact]
    public void A_check_is_answered_with_its_source_and_our_integrity()
    {
        Assert.Equal(IceOutcome.PathSelected, _server.Receive(1, Check.From(Client, Check.Server), Home, out var answer));
        Assert.True(StunMessage.TryParse(answer, out var message));
        Assert.Equal(StunClass.Success, message.Class);
        Assert.True(message.TransactionId.SequenceEqual(Check.TransactionId));
        Assert.True(message.TryGetXorAddress(StunAttributeType.XorMappedAddress, out var mapped));
        Assert.Equal(Home.Remote, mapped);
        Assert.True(StunIntegrity.Verify(message, Check.Server.Key));
        Assert.True(StunIntegrity.VerifyFingerprint(message));
        Assert.Equal((IceState.Checking, Home), (_server.State, _server.Path));
    }

    [Fact]
    public void The_path_checked_last_is_used_until_one_is_nominated()
    {
        Assert.Equal(IceOutcome.PathSelected, _server.Receive(1, Check.From(Client, Check.Server), Home));
        Assert.Equal(IceOutcome.PathSelected, _server.Receive(2, Check.From(Client, Check.Server), Cellular));
        Assert.Equal(Cellular, _server.Path);
        Assert.Equal(IceOutcome.PathSelected, _server.Receive(3, Check.From(Client, Check.Server, nominate: true), Home));
        Assert.Equal((IceState.Connected, Home), (_server.State, _server.Path));
        Assert.Equal(IceOutcome.Accepted, _server.Receive(4, Check.From(Client, Check.Server), Cellular));
        Assert.Equal(Home, _server.Path);
    }

    [Fact]
    public void Another_socket_of_ours_is_another_path()
    {
        _server.Receive(1, Check.From(Client, Check.Server, nominate: true), Home);
        Assert.Equal(IceOutcome.PathSelected, _server.Receive(2, Check.From(Client, Check.Server, nominate: true), Home with { Local = 1 }));
        Assert.Equal(2, _server.PathCount);
    }

    [Fact]
    public void A_client_that_changes_its_network_is_followed_at_once()
    {
        _server.Receive(1, Check.From(Client, Check.Server, nominate: true, priority: 100), Home);
        Assert.Equal(IceOutcome.PathAdded, _server.Receive(2, Check.From(Client, Check.Server, priority: 50), Cellular));
        Assert.Equal(Home, _server.Path);
        Assert.Equal(IceOutcome.PathSelected, _server.Receive(3, Check.From(Client, Check.Server, nominate: true, priority: 50), Cellular));
        Assert.Equal(Cellular, _server.Path);
        Assert.Equal(IceOutcome.PathSelected, _server.Receive(4, Check.From(Client, Check.Server, nominate: true, priority: 100), Home));
        Assert.Equal(Home, _server.Path);
    }

    [Fact]
    public void A_client_that_nominates_everything_settles_on_its_best_path()
    {
        var moves = 0;
        for (var now = 0L; now < 20 * Second; now += Second / 2)
        {
            if (_server.Receive(now, Check.From(Client, Check.Server, nominate: true, priority: 100), Home) == IceOutcome.PathSelected) moves++;
            if (_server.Receive(now, Check.From(Client, Check.Server, nominate: true, priority: 50), Cellular) == IceOutcome.PathSelected) moves++;
        }

        Assert.Equal(Home, _server.Path);
        Assert.Equal(3, moves); // There, the other, and back.
    }

    [Fact]
    public void A_worse_path_that_was_left_is_taken_again_when_the_better_one_falls_silent()
    {
        _server.Receive(1, Check.From(Client, Check.Server, nominate: true, priority: 50), Cellular);
        _server.Receive(2, Check.From(Client, Check.Server, nominate: true, priority: 100), Home);
        Assert.Equal(IceOutcome.Accepted, _server.Receive(3, Check.From(Client, Check.Server, nominate: true, priority: 50), Cellular));
        Assert.Equal(IceOutcome.PathSelected, _server.Receive(6 * Second, Check.From(Client, Check.Server, nominate: true, priority: 50), Cellular));
    }

    [Fact]
    public void Any_client_may_come_before_the_answer_does()
    {
        var server = new IceLite(Check.Server, now: 0);
        Assert.Equal(IceOutcome.PathSelected, server.Receive(1, Check.From(Client, Check.Server), Home));
        server.SetRemote(Check.Credentials("other", Client.Password));
        Assert.Equal(IceOutcome.WrongUsername, server.Receive(2, Check.From(Client, Check.Server), Home));
    }

    public static TheoryData<string, string?, string?, IceOutcome, int> Intruders => new()
    {
        { "no name", null, Check.Server.Password, IceOutcome.Unauthenticated, 400 },
        { "no integrity", "sErVeR+/:cLiE", null, IceOutcome.Unauthenticated, 400 },
        { "another session", "sErVeR+-:cLiE", Check.Server.Password, IceOutcome.WrongUsername, 401 },
        { "no colon", "sErVeR+/", Check.Server.Password, IceOutcome.WrongUsername, 401 },
        { "another client", "sErVeR+/:cLiF", Check.Server.Password, IceOutcome.WrongUsername, 401 },
        { "a longer name", "sErVeR+/:cLiEx", Check.Server.Password, IceOutcome.WrongUsername, 401 },
        { "a wrong password", "sErVeR+/:cLiE", "clientclientclientclient", IceOutcome.WrongIntegrity, 401 },
    };

    [Theory]
    [MemberData(nameof(Intruders))]
    public void Who_does_not_know_the_password_changes_nothing(string what, string? username, string? password, IceOutcome expected, int error)
    {
        _server.Receive(1, Check.From(Client, Check.Server, nominate: true), Home);
        var before = (_server.State, _server.Path, _server.PathCount, _server.NextTimeout);
        var intruder = Check.Write(username, password, (ref StunWriter writer) => writer.Add(StunAttributeType.UseCandidate));

        Assert.Equal(expected, _server.Receive(Second, intruder, Cellular, out var answer));
        Assert.Equal(error, Check.ErrorOf(answer));
        Assert.True(answer.Length <= intruder.Length, what);
        Assert.Equal(IceOutcome.WrongFingerprint, _server.Receive(Second, Spoil(intruder), Cellular, out answer));
        Assert.Empty(answer);
        Assert.Equal(before, (_server.State, _server.Path, _server.PathCount, _server.NextTimeout));
    }

    [Fact]
    public void A_check_that_somebody_recorded_and_changed_is_refused()
    {
        var check = Check.From(Client, Check.Server, nominate: true);
        for (var at = 20; at < check.Length - 8; at++)
        {
            var changed = (byte[])check.Clone();
            changed[at] ^= 1;
            if (!StunMessage.TryParse(changed, out var message)) continue;
            Assert.False(_server.Receive(1, message, Home, new byte[128], out _).IsAccepted());
        }

        Assert.Equal(IceState.New, _server.State);
    }

    [Theory]
    [InlineData(StunClass.Indication)]
    [InlineData(StunClass.Success)]
    [InlineData(StunClass.Error)]
    public void What_is_no_request_is_not_answered(StunClass @class)
    {
        var buffer = new byte[20];
        _ = new StunWriter(buffer, @class, StunMethod.Binding, Check.TransactionId);
        Assert.Equal(IceOutcome.Unexpected, _server.Receive(1, buffer, Home, out var answer));
        Assert.Empty(answer);
    }

    [Fact]
    public void A_peer_that_claims_our_role_has_to_give_way()
    {
        var check = Check.From(Client, Check.Server, more: (ref StunWriter writer) => writer.AddUInt64(StunAttributeType.IceControlled, 0));
        Assert.Equal(IceOutcome.RoleConflict, _server.Receive(1, check, Home, out var answer));
        Assert.Equal(487, Check.ErrorOf(answer));
        Assert.True(StunMessage.TryParse(answer, out var message));
        Assert.True(StunIntegrity.Verify(message, Check.Server.Key));
        Assert.Equal(IceState.New, _server.State);

        check = Check.From(Client, Check.Server, more: (ref StunWriter writer) => writer.AddUInt64(StunAttributeType.IceControlling, 0));
        Assert.Equal(IceOutcome.PathSelected, _server.Receive(1, check, Home));
    }

    [Fact]
    public void An_attribute_that_must_be_understood_and_is_not_is_named()
    {
        var check = Check.From(Client, Check.Server, nominate: true, more: (ref StunWriter writer) => writer.Add((StunAttributeType)0x7001, [1, 2, 3, 4]));
        Assert.Equal(IceOutcome.UnknownAttribute, _server.Receive(1, check, Home, out var answer));
        Assert.Equal(420, Check.ErrorOf(answer));
        Assert.True(StunMessage.TryParse(answer, out var message));
        Assert.True(message.TryGet(StunAttributeType.UnknownAttributes, out var unknown));
        Assert.Equal([0x70, 0x01], unknown.ToArray());
        Assert.Equal(IceState.New, _server.State);
    }

    [Fact]
    public void A_client_without_fingerprint_is_served()
    {
        var check = Check.Write("sErVeR+/:cLiE", Check.Server.Password, fingerprint: false);
        Assert.Equal(IceOutcome.PathSelected, _server.Receive(1, check, Home));
    }

    [Fact]
    public void Who_never_comes_fails_in_time()
    {
        Assert.Equal(30 * Second, _server.NextTimeout);
        _server.Timeout((30 * Second) - 1);
        Assert.Equal(IceState.New, _server.State);
        _server.Timeout(30 * Second);
        Assert.Equal((IceState.Failed, long.MaxValue), (_server.State, _server.NextTimeout));
        Assert.Equal(IceOutcome.Closed, _server.Receive(30 * Second, Check.From(Client, Check.Server), Home, out var answer));
        Assert.Empty(answer);
    }

    [Fact]
    public void Who_never_nominates_fails_in_time()
    {
        var server = new IceLite(Check.Server, now: 5 * Second, connectTimeout: 10 * Second);
        server.Receive(14 * Second, Check.From(Client, Check.Server), Home);
        server.Timeout(15 * Second);
        Assert.Equal(IceState.Failed, server.State);
    }

    [Fact]
    public void Consent_lasts_30_s_from_the_last_authentic_check()
    {
        _server.Receive(1 * Second, Check.From(Client, Check.Server, nominate: true), Home);
        _server.Receive(9 * Second, Check.From(Client, Check.Server), Home);
        _server.Receive(12 * Second, Check.Write("sErVeR+/:cLiE", "wrongwrongwrongwrongwrong"), Home);
        Assert.Equal(39 * Second, _server.NextTimeout);
        _server.Timeout((39 * Second) - 1);
        Assert.Equal(IceState.Connected, _server.State);
        _server.Timeout(39 * Second);
        Assert.Equal(IceState.Expired, _server.State);
    }

    [Fact]
    public void When_the_nominated_path_dies_silently_a_living_one_takes_over()
    {
        _server.Receive(1 * Second, Check.From(Client, Check.Server, nominate: true), Home);
        _server.Receive(20 * Second, Check.From(Client, Check.Server), Cellular);
        _server.Timeout(31 * Second);
        Assert.Equal((IceState.Connected, Cellular, 50 * Second), (_server.State, _server.Path, _server.NextTimeout));
    }

    [Fact]
    public void A_path_that_is_gone_gives_way_to_the_one_checked_last()
    {
        _server.Receive(1, Check.From(Client, Check.Server), Cellular with { Local = 3 });
        _server.Receive(2, Check.From(Client, Check.Server), Cellular);
        _server.Receive(3, Check.From(Client, Check.Server, nominate: true), Home);
        _server.Remove(Home);
        Assert.Equal((IceState.Connected, Cellular, 2), (_server.State, _server.Path, _server.PathCount));
        _server.Remove(Cellular with { Local = 3 });
        Assert.Equal((Cellular, 1), (_server.Path, _server.PathCount));
        _server.Remove(Cellular);
        Assert.False(_server.HasPath);
        Assert.Equal((30 * Second) + 3, _server.NextTimeout);
        Assert.Equal(IceOutcome.PathSelected, _server.Receive(4, Check.From(Client, Check.Server), Home));
    }

    [Fact]
    public void A_restart_keeps_the_old_path_until_the_new_session_nominates_one()
    {
        _server.Receive(1, Check.From(Client, Check.Server, nominate: true), Home);
        var (client, server) = (IceCredentials.Create(), IceCredentials.Create());
        _server.Restart(server, client);
        Assert.Same(server, _server.Local);
        Assert.False(_server.TryTakeRetired(out _));

        Assert.Equal(IceOutcome.Accepted, _server.Receive(2, Check.From(Client, Check.Server, nominate: true), Home));
        Assert.Equal(IceOutcome.WrongUsername, _server.Receive(3, Check.From(Client, server), Home));
        Assert.Equal(IceOutcome.PathAdded, _server.Receive(4, Check.From(client, server), Cellular));
        Assert.Equal(Home, _server.Path);
        Assert.Equal(IceOutcome.PathSelected, _server.Receive(5, Check.From(client, server, nominate: true), Cellular));
        Assert.True(_server.TryTakeRetired(out var retired));
        Assert.Same(Check.Server, retired);
        Assert.False(_server.TryTakeRetired(out _));
        Assert.Equal(IceOutcome.WrongUsername, _server.Receive(6, Check.From(Client, Check.Server), Home));
        Assert.Equal(IceState.Connected, _server.State);
    }

    [Fact]
    public void A_restart_that_nominates_the_same_path_changes_no_path_but_retires_the_old_session()
    {
        _server.Receive(1, Check.From(Client, Check.Server, nominate: true), Home);
        var server = IceCredentials.Create();
        _server.Restart(server, Client);
        Assert.Equal(IceOutcome.Accepted, _server.Receive(2, Check.From(Client, server, nominate: true), Home));
        Assert.True(_server.TryTakeRetired(out var retired));
        Assert.Same(Check.Server, retired);
    }

    [Fact]
    public void A_second_restart_abandons_the_first_and_keeps_the_working_session()
    {
        _server.Receive(1, Check.From(Client, Check.Server, nominate: true), Home);
        var (first, second) = (IceCredentials.Create(), IceCredentials.Create());
        _server.Restart(first, Client);
        _server.Restart(second, null);
        Assert.True(_server.TryTakeRetired(out var retired));
        Assert.Same(first, retired);
        Assert.Equal(IceOutcome.WrongUsername, _server.Receive(2, Check.From(Client, first), Home));
        Assert.Equal(IceOutcome.Accepted, _server.Receive(3, Check.From(Client, Check.Server), Home));
        var newClient = IceCredentials.Create();
        _server.SetRemote(newClient);
        Assert.Equal(IceOutcome.WrongUsername, _server.Receive(4, Check.From(Client, second), Home));
        Assert.Equal(IceOutcome.Accepted, _server.Receive(5, Check.From(newClient, second), Home));
    }

    [Fact]
    public void Paths_are_bounded_and_the_selected_one_is_never_forgotten()
    {
        _server.Receive(0, Check.From(Client, Check.Server, nominate: true), Home);
        var known = new HashSet<NetworkPath> { Home };
        for (var port = 1; port <= 1000; port++)
        {
            var path = Check.Path($"203.0.113.1:{port}");
            Assert.Equal(IceOutcome.PathAdded, _server.Receive(port, Check.From(Client, Check.Server), path));
            known.Add(path);
            if (_server.TryTakeForgotten(out var forgotten)) Assert.True(known.Remove(forgotten));
            Assert.False(_server.TryTakeForgotten(out _));
        }

        Assert.Equal(16, _server.PathCount);
        Assert.Equal(known, Enumerable.Range(0, 16).Select(_server.GetPath).ToHashSet());
        Assert.Equal(Home, _server.Path);
        Assert.Contains(Check.Path("203.0.113.1:1000"), known);
    }

    [Fact]
    public void A_check_allocates_nothing()
    {
        var accepted = Check.From(Client, Check.Server, nominate: true);
        var refused = Check.Write("sErVeR+/:cLiE", "clientclientclientclient");
        var response = new byte[128];
        Round(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Round(2000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Round(int times)
        {
            for (var i = 0; i < times; i++)
            {
                if (!StunMessage.TryParse(accepted, out var check) || !_server.Receive(i, check, (i & 1) == 0 ? Home : Cellular, response, out _).IsAccepted()
                    || !StunMessage.TryParse(refused, out check) || _server.Receive(i, check, Home, response, out _) != IceOutcome.WrongIntegrity)
                    throw new InvalidOperationException("not accepted, or not refused");
            }
        }
    }

    private static byte[] Spoil(byte[] message)
    {
        var spoiled = (byte[])message.Clone();
        spoiled[^1] ^= 1;
        return spoiled;
    }
}
