using RtcHub.Rtc.Ice;
using RtcHub.Rtc.Stun;
using static RtcHub.Rtc.Tests.Ice.IceCall;

namespace RtcHub.Rtc.Tests.Ice;

public sealed class IceCallTests
{
    [Fact]
    public void Two_ends_connect_in_two_round_trips()
    {
        var call = Connect();
        Assert.Equal((IceState.Connected, IceState.Connected), (call.Client.State, call.Server.State));
        Assert.Equal((ToServer(0), FromClient(0)), (call.Client.Path, call.Server.Path));
        Assert.Equal(2, call.SentByClient);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.2)]
    public void On_a_lossy_network_two_ends_agree_on_a_path(double loss)
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var call = new IceCall(seed, loss);
            for (var socket = 0; socket < 3; socket++) Assert.True(call.Client.Add(ToServer(socket), (uint)(100 - socket)));
            call.Run(29 * Second);
            Assert.Equal((IceState.Connected, IceState.Connected), (call.Client.State, call.Server.State));
            Assert.Equal(FromClient(call.Client.Path.Local), call.Server.Path);
        }
    }

    [Fact]
    public void The_best_candidate_that_works_is_taken()
    {
        var call = new IceCall(seed: 7);
        call.Cut.Add(2);
        call.Client.Add(ToServer(0), 10);
        call.Client.Add(ToServer(1), 20);
        call.Client.Add(ToServer(2), 30);
        call.Run(5 * Second);
        Assert.Equal((ToServer(1), FromClient(1)), (call.Client.Path, call.Server.Path));
    }

    [Fact]
    public void Consent_is_renewed_about_every_5_s_for_as_long_as_it_takes()
    {
        var call = Connect();
        call.Run(3600 * Second);
        Assert.Equal((IceState.Connected, IceState.Connected), (call.Client.State, call.Server.State));
        Assert.InRange(call.SentByClient, 3600 / 6, 3600 / 4);
    }

    [Fact]
    public void When_the_network_is_gone_both_ends_notice_after_30_s()
    {
        var call = Connect();
        call.Run(10 * Second);
        call.Cut.Add(0);
        call.Run(30 * Second);
        Assert.Equal((IceState.Connected, IceState.Connected), (call.Client.State, call.Server.State));
        call.Run(41 * Second);
        Assert.Equal((IceState.Expired, IceState.Expired), (call.Client.State, call.Server.State));
        Assert.Equal(long.MaxValue, call.Client.NextTimeout);
    }

    [Fact]
    public void A_client_that_moves_to_another_network_takes_the_server_along()
    {
        var call = Connect();
        call.Run(10 * Second);
        call.Cut.Add(0);
        call.Client.Nominate(ToServer(1));
        call.Run(11 * Second);
        Assert.Equal((ToServer(1), FromClient(1)), (call.Client.Path, call.Server.Path));
        call.Run(120 * Second);
        Assert.Equal((IceState.Connected, IceState.Connected), (call.Client.State, call.Server.State));
    }

    [Fact]
    public void A_move_that_fails_leaves_both_where_they_were()
    {
        var call = Connect();
        call.Cut.Add(1);
        call.Client.Nominate(ToServer(1));
        call.Run(120 * Second);
        Assert.Equal((IceState.Connected, IceState.Connected), (call.Client.State, call.Server.State));
        Assert.Equal((ToServer(0), FromClient(0)), (call.Client.Path, call.Server.Path));
    }

    [Fact]
    public void A_restart_moves_to_the_new_session_without_losing_the_path()
    {
        var call = Connect();
        var (client, server) = (IceCredentials.Create(), IceCredentials.Create());
        call.Server.Restart(server, client);
        call.Client.Restart(client);
        Assert.Equal((true, ToServer(0)), (call.Client.HasPath, call.Client.Path));
        call.Client.SetRemote(server);
        call.Client.Add(ToServer(1), 10);
        call.Run(120 * Second);
        Assert.Equal((IceState.Connected, IceState.Connected), (call.Client.State, call.Server.State));
        Assert.Equal((ToServer(1), FromClient(1)), (call.Client.Path, call.Server.Path));
        Assert.True(call.Server.TryTakeRetired(out var retired));
        Assert.Same(Check.Server, retired);
    }

    [Fact]
    public void A_client_whose_password_is_wrong_never_connects()
    {
        var call = new IceCall(seed: 1);
        call.Client.SetRemote(Check.Credentials(Check.Server.Ufrag, "another1another1another1"));
        call.Client.Add(ToServer(0), 10);
        call.Run(31 * Second);
        Assert.Equal((IceState.Failed, IceState.Failed), (call.Client.State, call.Server.State));
    }

    [Fact]
    public void A_forged_answer_does_not_connect_a_client()
    {
        var client = new IceControlling(Check.Client, 0);
        client.SetRemote(Check.Server);
        client.Add(ToServer(0), 10);
        client.Timeout(0);
        var datagram = new byte[256];
        Assert.True(client.TryPoll(datagram, out var length, out _));
        Assert.True(StunMessage.TryParse(datagram.AsSpan(0, length), out var check));

        var forged = new byte[128];
        var writer = new StunWriter(forged, StunClass.Success, StunMethod.Binding, check.TransactionId);
        writer.AddXorAddress(StunAttributeType.XorMappedAddress, FromClient(0).Remote);
        writer.AddIntegrity(Check.Client.Key);
        writer.AddFingerprint();
        Assert.True(writer.TryFinish(out length));
        Assert.True(StunMessage.TryParse(forged.AsSpan(0, length), out var answer));
        Assert.Equal(IceOutcome.WrongIntegrity, client.Receive(1, answer, ToServer(0), new byte[128], out _));
        Assert.Equal(IceOutcome.Unexpected, client.Receive(1, answer, ToServer(1), new byte[128], out _));
        Assert.Equal(IceState.New, client.State);
    }

    [Fact]
    public void A_peer_that_is_not_lite_gets_its_checks_answered_and_its_source_checked()
    {
        var client = new IceControlling(Check.Client, 0);
        client.SetRemote(Check.Server);
        Assert.True(StunMessage.TryParse(Check.From(Check.Server, Check.Client), out var check));
        Assert.Equal(IceOutcome.PathAdded, client.Receive(1, check, ToServer(0), new byte[128], out var length));
        Assert.True(length > 0);
        Assert.True(client.TryPoll(new byte[256], out _, out var path));
        Assert.Equal(ToServer(0), path);

        var conflict = Check.From(Check.Server, Check.Client, more: (ref StunWriter writer) => writer.AddUInt64(StunAttributeType.IceControlling, 5));
        Assert.True(StunMessage.TryParse(conflict, out check));
        Assert.Equal(IceOutcome.RoleConflict, client.Receive(1, check, ToServer(0), new byte[128], out length));
        Assert.True(length > 0);
    }

    [Fact]
    public void First_checks_are_50_ms_apart()
    {
        var client = new IceControlling(Check.Client, 0);
        client.SetRemote(Check.Server);
        for (var socket = 0; socket < 3; socket++) client.Add(ToServer(socket), 10);
        var sent = new List<long>();
        while (sent.Count < 3)
        {
            var now = client.NextTimeout;
            client.Timeout(now);
            while (client.TryPoll(new byte[256], out _, out _)) sent.Add(now);
        }

        Assert.Equal([0, 50_000, 100_000], sent);
    }

    private static IceCall Connect()
    {
        var call = new IceCall(seed: 1);
        call.Client.Add(ToServer(0), 10);
        call.Run(Second);
        return call;
    }
}
