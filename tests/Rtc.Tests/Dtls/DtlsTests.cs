using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RtcHub.Rtc.Dtls;
using RtcHub.Rtc.Srtp;

namespace RtcHub.Rtc.Tests.Dtls;

/// <summary>What holds for every pair of DTLS libraries: each subclass is one.</summary>
public abstract class DtlsTests
{
    private const long Second = 1_000_000;

    private static readonly DateTimeOffset Today = new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);

    protected static readonly DtlsCertificate ClientCertificate = DtlsCertificate.Create(Today, TimeSpan.FromDays(30));
    protected static readonly DtlsCertificate ServerCertificate = DtlsCertificate.Create(Today, TimeSpan.FromDays(30));

    /// <summary>What older endpoints have; we never make one.</summary>
    protected static readonly DtlsCertificate RsaCertificate = CreateRsa();

    protected abstract IDtls CreateClient(DtlsCertificate certificate, Fingerprint expected, params SrtpProfile[] profiles);

    protected abstract IDtls CreateServer(DtlsCertificate certificate, Fingerprint expected, params SrtpProfile[] profiles);

    [Fact]
    public void Both_ends_agree_on_keys_in_two_round_trips()
    {
        using var pair = NewPair().Run();
        AssertConnected(pair);
        Assert.Equal(SrtpProfile.AeadAes128Gcm, pair.Server.Keys!.Profile);
        // Each flight is one datagram, and nothing was sent twice.
        Assert.Equal((4, 40_000), (pair.Sent, pair.Now));
        Assert.Equal((long.MaxValue, long.MaxValue), (pair.Client.NextTimeout, pair.Server.NextTimeout));
    }

    [Theory]
    [InlineData(SrtpProfile.AeadAes128Gcm)]
    [InlineData(SrtpProfile.Aes128CmSha1_80)]
    public void The_only_profile_in_common_is_taken(SrtpProfile profile)
    {
        using var byClient = NewPair(clientProfiles: [profile]).Run();
        using var byServer = NewPair(serverProfiles: [profile]).Run();
        foreach (var pair in new[] { byClient, byServer })
        {
            AssertConnected(pair);
            Assert.Equal(profile, pair.Server.Keys!.Profile);
        }
    }

    [Fact]
    public void Without_a_common_profile_there_are_no_keys()
    {
        using var pair = NewPair(clientProfiles: [SrtpProfile.AeadAes128Gcm], serverProfiles: [SrtpProfile.Aes128CmSha1_80]).Run();
        Assert.Equal((DtlsState.Failed, DtlsFailure.NoSrtpProfile), (pair.Server.State, pair.Server.Failure));
        Assert.Equal(DtlsState.Failed, pair.Client.State);
        Assert.Null(pair.Server.Keys);
        Assert.Null(pair.Client.Keys);
    }

    [Fact]
    public void Every_session_has_keys_of_its_own()
    {
        using var one = NewPair().Run();
        using var other = NewPair().Run();
        Assert.NotEqual(one.Server.Keys!.LocalKey, other.Server.Keys!.LocalKey);
        Assert.NotEqual(one.Server.Keys!.RemoteSalt, other.Server.Keys!.RemoteSalt);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_peer_with_another_certificate_gets_no_keys(bool clientIsWrong)
    {
        // The one that is lied to expects its own certificate on the other side.
        using var pair = new DtlsPair(
            CreateClient(ClientCertificate, clientIsWrong ? ServerCertificate.Fingerprint : ClientCertificate.Fingerprint),
            CreateServer(ServerCertificate, clientIsWrong ? ServerCertificate.Fingerprint : ClientCertificate.Fingerprint)).Run();
        var (lied, liar) = clientIsWrong ? (pair.Server, pair.Client) : (pair.Client, pair.Server);
        Assert.Equal((DtlsState.Failed, DtlsFailure.WrongFingerprint), (lied.State, lied.Failure));
        Assert.Null(lied.Keys);
        // It is told so, and does not wait for 30 s.
        Assert.Equal((DtlsState.Failed, DtlsFailure.Handshake), (liar.State, liar.Failure));
        Assert.Null(liar.Keys);
        Assert.InRange(pair.Now, 0, Second);
    }

    [Fact]
    public void Every_hash_of_the_sdp_is_compared()
    {
        foreach (var hash in Vectors.Fingerprints(ClientCertificate.Der))
        {
            Assert.True(Fingerprint.TryParse(hash, out var expected));
            using var pair = new DtlsPair(CreateClient(ClientCertificate, ServerCertificate.Fingerprint), CreateServer(ServerCertificate, expected)).Run();
            AssertConnected(pair);
        }
    }

    /// <summary>Of each hundred datagrams 25 are lost, 25 come twice, and 25 up to half a second late.</summary>
    [Fact]
    public void A_bad_link_only_takes_longer()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            using var pair = NewPair(trouble: 0.25, seed: seed).Run();
            AssertConnected(pair, $"seed {seed}");
        }
    }

    /// <summary>Every message in pieces of a few bytes, each piece in a datagram of its own, in any order, one in four twice.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Fragments_are_put_together(int seed)
    {
        var random = new Random(seed);
        var sequence = 0;
        using var pair = new DtlsPair(CreateClient(ClientCertificate, ServerCertificate.Fingerprint), CreateServer(ServerCertificate, ClientCertificate.Fingerprint))
        {
            Alters = datagram =>
            {
                var pieces = Fragments.Of(datagram, random.Next(20, 60), ref sequence);
                pieces.AddRange([.. pieces.Where(_ => random.Next(4) == 0)]);
                return pieces.OrderBy(_ => random.Next());
            },
        };
        pair.Run();
        AssertConnected(pair);
    }

    /// <summary>When somebody sent the flight of which the first three copies are lost: in ms, from the first on.</summary>
    [Theory]
    [InlineData(true, 1, "0 300 900 2100")]
    [InlineData(true, 2, "0 300 900 2100")]
    [InlineData(false, 1, "0 300 900 2100")]
    [InlineData(false, 2, "0 300 900 2100")] // Because the client repeats what came before it.
    public void A_lost_flight_is_repeated_at_growing_intervals(bool fromClient, int flight, string expected)
    {
        var (sent, times) = (0, new List<long>());
        var now = () => 0L;
        using var pair = NewPair(passes: (client, _) =>
        {
            if (client != fromClient || ++sent < flight) return true;
            times.Add(now());
            return times.Count > 3;
        });
        now = () => pair.Now;
        pair.Run();
        AssertConnected(pair);
        Assert.Equal(expected, string.Join(' ', times.Take(4).Select(time => (time - times[0]) / 1000)));
    }

    [Fact]
    public void Nobody_waits_longer_than_30_seconds()
    {
        using var pair = NewPair(passes: (_, _) => false).Run();
        Assert.Equal((DtlsState.Failed, DtlsFailure.Timeout), (pair.Client.State, pair.Client.Failure));
        Assert.Equal((DtlsState.Failed, DtlsFailure.Timeout), (pair.Server.State, pair.Server.Failure));
        Assert.Equal(30 * Second, pair.Now);
        Assert.InRange(pair.Sent, 10, 15);
    }

    [Fact]
    public void A_server_that_heard_half_a_handshake_gives_up_as_well()
    {
        var fromClient = 0;
        using var pair = NewPair(passes: (client, _) => !client || ++fromClient == 1).Run();
        Assert.Equal((DtlsState.Failed, DtlsFailure.Timeout), (pair.Server.State, pair.Server.Failure));
        Assert.Null(pair.Server.Keys);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Goodbye_is_heard_and_answered(bool fromClient)
    {
        using var pair = NewPair().Run();
        var (leaving, staying) = fromClient ? (pair.Client, pair.Server) : (pair.Server, pair.Client);
        leaving.Close(pair.Now);
        Assert.Equal(DtlsState.Closed, leaving.State);
        pair.Collect();
        pair.Run();
        Assert.Equal((DtlsState.Closed, DtlsFailure.None), (staying.State, staying.Failure));
        Assert.NotNull(staying.Keys);
        Assert.Equal(6, pair.Sent);
    }

    [Fact]
    public void A_goodbye_in_the_middle_of_the_handshake_ends_it_here()
    {
        using var pair = NewPair().Start();
        pair.Step();
        pair.Server.Close(pair.Now);
        pair.Server.Close(pair.Now);
        pair.Client.Close(pair.Now);
        pair.Run();
        Assert.Equal((DtlsState.Closed, DtlsState.Closed), (pair.Client.State, pair.Server.State));
        Assert.Null(pair.Server.Keys);
    }

    [Fact]
    public void A_forged_goodbye_is_not_believed()
    {
        using var pair = NewPair().Run();
        foreach (var forged in new[] { "15FEFD000000000000000900020100", "15FEFD0001000000000009001A" + new string('0', 52), "15FEFD00010000000000090002022A" })
        {
            pair.Server.Receive(pair.Now, Convert.FromHexString(forged));
            pair.Client.Receive(pair.Now, Convert.FromHexString(forged));
            AssertConnected(pair, forged);
        }

        pair.Client.Close(pair.Now);
        pair.Collect();
        pair.Run();
        Assert.Equal(DtlsState.Closed, pair.Server.State);
    }

    [Fact]
    public void Application_data_is_ignored()
    {
        using var pair = NewPair().Start();
        var data = Convert.FromHexString("17FEFD000100000000000100" + "10" + new string('A', 32));
        pair.Server.Receive(pair.Now, data);
        while (pair.Step())
        {
            pair.Server.Receive(pair.Now, data);
            pair.Client.Receive(pair.Now, data);
        }

        AssertConnected(pair);
    }

    [Fact]
    public void Disposing_at_any_moment_is_fine()
    {
        for (var steps = 0; steps < 6; steps++)
        {
            using var pair = NewPair().Start();
            for (var i = 0; i < steps; i++) pair.Step();
            pair.Server.Dispose();
            pair.Server.Dispose();
        }
    }

    /// <summary>A join storm as one thread of a worker sees it: nobody's second flight comes before everybody's first.</summary>
    [Fact]
    public void Five_hundred_handshakes_at_once_all_finish()
    {
        var pairs = Enumerable.Range(0, 500).Select(_ => NewPair().Start()).ToList();
        for (var progress = true; progress;)
        {
            progress = false;
            foreach (var pair in pairs) progress |= pair.Step();
        }

        foreach (var pair in pairs)
        {
            AssertConnected(pair);
            pair.Dispose();
        }

        Assert.Equal(500, pairs.Select(pair => Convert.ToHexString(pair.Server.Keys!.LocalKey)).Distinct().Count());
    }

    protected void AssertConnected(DtlsCertificate client, DtlsCertificate server)
    {
        using var pair = new DtlsPair(CreateClient(client, server.Fingerprint), CreateServer(server, client.Fingerprint)).Run();
        AssertConnected(pair);
    }

    private static DtlsCertificate CreateRsa()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=RSA", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(Today, Today.AddDays(30));
        return new DtlsCertificate(certificate.RawData, key.ExportPkcs8PrivateKey());
    }

    private protected DtlsPair NewPair(
        SrtpProfile[]? clientProfiles = null, SrtpProfile[]? serverProfiles = null, double trouble = 0, int seed = 1, Func<bool, byte[], bool>? passes = null) =>
        new(CreateClient(ClientCertificate, ServerCertificate.Fingerprint, clientProfiles ?? []), CreateServer(ServerCertificate, ClientCertificate.Fingerprint, serverProfiles ?? []))
        {
            Trouble = trouble,
            Random = new Random(seed),
            Passes = passes ?? ((_, _) => true),
        };

    private protected static void AssertConnected(DtlsPair pair, string? because = null)
    {
        if ((pair.Client.State, pair.Server.State) is not (DtlsState.Connected, DtlsState.Connected))
            Assert.Fail($"client {pair.Client.State} {pair.Client.Failure}, server {pair.Server.State} {pair.Server.Failure} after {pair.Now} µs, {pair.Sent} datagrams {because}");
        var (client, server) = (pair.Client.Keys!, pair.Server.Keys!);
        Assert.Equal(client.Profile, server.Profile);
        Assert.Equal(client.LocalKey, server.RemoteKey);
        Assert.Equal(client.LocalSalt, server.RemoteSalt);
        Assert.Equal(client.RemoteKey, server.LocalKey);
        Assert.Equal(client.RemoteSalt, server.LocalSalt);
        Assert.NotEqual(client.LocalKey, client.RemoteKey);
        Assert.Equal((16, client.Profile == SrtpProfile.AeadAes128Gcm ? 12 : 14), (client.LocalKey.Length, client.LocalSalt.Length));
    }
}
