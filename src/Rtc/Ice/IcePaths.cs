namespace RtcHub.Rtc.Ice;

/// <summary>One way to the peer on which an authentic check came.</summary>
internal struct IcePath
{
    public NetworkPath Path;

    /// <summary>PRIORITY of its last check.</summary>
    public uint Priority;

    public long LastCheck;

    /// <summary>It was nominated in the present ICE session.</summary>
    public bool IsNominated;
}

/// <summary>
/// The paths of one session: few, and no more however often the peer changes its address. The one that was silent for the longest
/// time makes room.
/// </summary>
internal sealed class IcePaths
{
    public const int Max = 16;

    private readonly IcePath[] _paths = new IcePath[Max];

    public int Count { get; private set; }

    /// <summary>Index of the path to send on, or -1.</summary>
    public int Selected { get; set; } = -1;

    public ref IcePath this[int index] => ref _paths[index];

    public int IndexOf(in NetworkPath path)
    {
        for (var i = 0; i < Count; i++)
            if (_paths[i].Path == path) return i;
        return -1;
    }

    /// <param name="path">One that is not in here.</param>
    /// <param name="forgotten">The one that made room.</param>
    public int Add(in NetworkPath path, out NetworkPath? forgotten)
    {
        forgotten = null;
        var index = Count;
        if (Count < Max)
        {
            Count++;
        }
        else
        {
            index = Silent();
            forgotten = _paths[index].Path;
        }

        _paths[index] = new IcePath { Path = path };
        return index;
    }

    /// <summary>The last one takes its index.</summary>
    public void RemoveAt(int index)
    {
        var last = --Count;
        if (Selected == index) Selected = -1;
        if (Selected == last) Selected = index;
        _paths[index] = _paths[last];
        _paths[last] = default;
    }

    /// <summary>Index of the path with the latest check, or -1.</summary>
    public int Freshest()
    {
        var freshest = -1;
        for (var i = 0; i < Count; i++)
            if (freshest < 0 || _paths[i].LastCheck > _paths[freshest].LastCheck) freshest = i;
        return freshest;
    }

    public void ClearNominations()
    {
        for (var i = 0; i < Count; i++) _paths[i].IsNominated = false;
    }

    private int Silent()
    {
        var silent = Selected == 0 ? 1 : 0;
        for (var i = silent + 1; i < Count; i++)
            if (i != Selected && _paths[i].LastCheck < _paths[silent].LastCheck) silent = i;
        return silent;
    }
}
