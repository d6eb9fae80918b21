using System.Net;
using System.Net.Security;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using RtcHub.Signal.Hosting;

namespace RtcHub.Signal.Tests.Hosting;

public sealed class SelfSignedCertificateTests : IDisposable
{
    private static readonly IPAddress Lan = IPAddress.Parse("192.168.1.20");
    private static readonly IPAddress LanV6 = IPAddress.Parse("2001:db8::20");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rtchub-tls-");
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

    private string CertificateFile => Path.Combine(_folder.FullName, "data", "https.pfx");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void It_names_this_machine_in_every_way_that_a_browser_may_use()
    {
        using var made = Make(_now, Lan, LanV6);
        var names = made.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(["box", "box.local", "localhost"], names.EnumerateDnsNames().Order());
        Assert.Equal(["127.0.0.1", "192.168.1.20", "2001:db8::20", "::1"], names.EnumerateIPAddresses().Select(ip => ip.ToString()).Order(StringComparer.Ordinal));
        Assert.True(made.MatchesHostname("box.local"));
        Assert.True(made.HasPrivateKey);
        Assert.Equal("1.2.840.10045.3.1.7", made.GetECDsaPublicKey()!.ExportParameters(false).Curve.Oid.Value);
        Assert.InRange(made.NotAfter.ToUniversalTime() - made.NotBefore.ToUniversalTime(), TimeSpan.FromDays(390), TimeSpan.FromDays(398));
        Assert.False(made.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
    }

    [Fact]
    public void It_is_kept_across_restarts_in_a_file_for_its_owner_only()
    {
        using var first = Make(_now, Lan);
        using var second = Make(_now.AddDays(300), Lan);
        Assert.Equal(first.Thumbprint, second.Thumbprint);
        Assert.Equal([CertificateFile], Directory.GetFiles(Path.GetDirectoryName(CertificateFile)!));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(CertificateFile));
    }

    [Fact]
    public void It_is_made_anew_before_it_ends()
    {
        using var first = Make(_now, Lan);
        using var second = Make(_now.AddDays(390), Lan);
        Assert.NotEqual(first.Thumbprint, second.Thumbprint);
        Assert.InRange(second.NotAfter.ToUniversalTime(), _now.AddDays(700).UtcDateTime, _now.AddDays(800).UtcDateTime);
    }

    [Fact]
    public void It_is_made_anew_for_an_IPv4_address_that_it_lacks_but_not_for_an_IPv6_address_of_the_day()
    {
        using var first = Make(_now, Lan);
        using var second = Make(_now, Lan, LanV6);
        Assert.Equal(first.Thumbprint, second.Thumbprint);
        using var third = Make(_now, IPAddress.Parse("10.0.0.7"));
        Assert.NotEqual(first.Thumbprint, third.Thumbprint);
    }

    [Fact]
    public void A_file_that_cannot_be_read_is_replaced()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(CertificateFile)!);
        File.WriteAllText(CertificateFile, "no certificate");
        using var made = Make(_now, Lan);
        using var kept = Make(_now, Lan);
        Assert.Equal(made.Thumbprint, kept.Thumbprint);
    }

    [Theory]
    [InlineData("my_box with spaces")]
    [InlineData("")]
    [InlineData("localhost")]
    public void A_host_name_that_is_none_is_left_out(string hostName)
    {
        using var made = SelfSignedCertificate.LoadOrCreate(CertificateFile, hostName, [Lan], _now);
        Assert.Equal(["localhost"], made.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateDnsNames());
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task The_signalling_socket_opens_over_it_by_either_version_of_http(string version)
    {
        await using var hub = await TestHub.StartAsync("Https:SelfSigned=true", "Https:Port=0", $"Https:CertificateFile={CertificateFile}");
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("rtchub.v1");
        socket.Options.HttpVersion = Version.Parse(version);
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using var kept = X509CertificateLoader.LoadPkcs12FromFile(CertificateFile, null);
        using var trusting = new HttpMessageInvoker(new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate!.GetCertHashString() == kept.Thumbprint },
        });
        await socket.ConnectAsync(new Uri($"wss://127.0.0.1:{HttpsPort(hub)}/ws"), trusting, TestContext.Current.CancellationToken);
        Assert.Equal(WebSocketState.Open, socket.State);
        Assert.Equal("rtchub.v1", socket.SubProtocol);
        socket.Abort();
    }

    [Fact]
    public async Task The_hub_answers_with_it_over_https_beside_plain_http()
    {
        await using var hub = await TestHub.StartAsync("Https:SelfSigned=true", "Https:Port=0", $"Https:CertificateFile={CertificateFile}");
        using var kept = X509CertificateLoader.LoadPkcs12FromFile(CertificateFile, null);

        var presented = "";
        var errors = SslPolicyErrors.None;
        using var handler = new HttpClientHandler
        {
            ServerCertificateCustomValidationCallback = (_, certificate, _, policyErrors) =>
            {
                (presented, errors) = (certificate!.Thumbprint, policyErrors);
                return true;
            },
        };
        using var https = new HttpClient(handler);
        Assert.Contains("<title>", await https.GetStringAsync(new Uri($"https://127.0.0.1:{HttpsPort(hub)}/"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(kept.Thumbprint, presented);

        // Nobody vouches for it, and that is all that is wrong: the name fits.
        Assert.Equal(SslPolicyErrors.RemoteCertificateChainErrors, errors);

        using var http = hub.Http();
        Assert.Contains("<title>", await http.GetStringAsync("/", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static int HttpsPort(TestHub hub) =>
        hub.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .Where(address => address.StartsWith("https://", StringComparison.Ordinal))
            .Select(address => new Uri(address.Replace("[::]", "localhost", StringComparison.Ordinal)).Port).Single();

    private X509Certificate2 Make(DateTimeOffset now, params IPAddress[] addresses) => SelfSignedCertificate.LoadOrCreate(CertificateFile, "box", addresses, now);
}
