using System.Globalization;

namespace RtcHub.Load;

/// <summary>Counters of the whole machine, from /proc.</summary>
internal static class Machine
{
    /// <summary>Datagrams dropped because a socket's receive buffer was full, in the network namespace of a process.</summary>
    public static long ReceiveOverflows(string process)
    {
        var lines = File.ReadAllLines($"/proc/{process}/net/snmp").Where(line => line.StartsWith("Udp:", StringComparison.Ordinal)).ToList();
        var column = Array.IndexOf(lines[0].Split(' '), "RcvbufErrors");
        return long.Parse(lines[1].Split(' ')[column], CultureInfo.InvariantCulture);
    }

    /// <summary>Ticks of all processors: idle ones, and all.</summary>
    public static (long Idle, long All) Processors()
    {
        var ticks = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(8)
            .Select(field => long.Parse(field, CultureInfo.InvariantCulture)).ToList();
        return (ticks[3] + ticks[4], ticks.Sum());
    }
}
