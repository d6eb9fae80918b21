using System.Globalization;

namespace RtcHub.Load;

/// <summary>What a process has used, read from /proc: the server's own account, not the load tool's guess.</summary>
/// <param name="CpuSeconds">User and system time of all its threads.</param>
/// <param name="ResidentKiB">Memory in RAM.</param>
internal readonly record struct ProcessUsage(double CpuSeconds, long ResidentKiB)
{
    // sysconf(_SC_CLK_TCK) is 100 on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    public static ProcessUsage Of(int process)
    {
        // Behind the command in brackets, which may hold spaces: state is field 3, utime 14, stime 15 (proc(5)).
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        var ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        var resident = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return new ProcessUsage(ticks / TicksPerSecond, long.Parse(resident["VmRSS:".Length..^"kB".Length], CultureInfo.InvariantCulture));
    }
}
