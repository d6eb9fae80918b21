using System.Diagnostics;

namespace RtcHub.E2E.Tests.NatLab;

/// <summary>A network namespace: a machine as far as networks are concerned. What is in it goes with it.</summary>
internal sealed class Namespace : IDisposable
{
    private const string Folder = "/var/run/netns";
    private const string Prefix = "rtclab";

    private Namespace(string name) => Name = name;

    public string Name { get; }

    /// <summary>What a command line begins with to run here.</summary>
    public string[] Within => ["ip", "netns", "exec", Name];

    /// <exception cref="InvalidOperationException">The system does not let us.</exception>
    public static Namespace Create(string role)
    {
        var created = new Namespace($"{Prefix}{Environment.ProcessId}-{role}");
        Run(null, "ip", "netns", "add", created.Name);
        // The IPv6 addresses that interfaces give themselves come a second late, and browsers take that for another network.
        created.Do("sysctl -qw net.ipv6.conf.all.disable_ipv6=1", "sysctl -qw net.ipv6.conf.default.disable_ipv6=1", "ip link set lo up");
        return created;
    }

    /// <summary>Of test runs that were killed: the process in the name is gone.</summary>
    public static void RemoveLeftovers()
    {
        if (!Directory.Exists(Folder)) return;
        foreach (var name in Directory.EnumerateFiles(Folder, Prefix + "*").Select(path => Path.GetFileName(path)!))
        {
            if (int.TryParse(name.AsSpan(Prefix.Length, name.IndexOf('-', StringComparison.Ordinal) - Prefix.Length), out var id) && !Directory.Exists($"/proc/{id}"))
                Run(null, "ip", "netns", "del", name);
        }
    }

    /// <summary>Commands without quotes, one after the other.</summary>
    public void Do(params string[] commands)
    {
        foreach (var command in commands) Run(null, [.. Within, .. command.Split(' ')]);
    }

    /// <summary>A cable: an interface here and one there.</summary>
    public void Connect(string here, Namespace other, string there)
    {
        Do($"ip link add {here} type veth peer name {there} netns {other.Name}", $"ip link set {here} up");
        other.Do($"ip link set {there} up");
    }

    /// <summary>Replaces all packet filters and translations.</summary>
    /// <param name="rules">For nftables.</param>
    public void Filter(string rules) => Run($"flush ruleset\n{rules}", [.. Within, "nft", "-f", "-"]);

    public void Dispose() => Run(null, "ip", "netns", "del", Name);

    private static void Run(string? input, params string[] command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{string.Join(' ', command)}: {error}{output.Result}\n{input}");
    }
}
