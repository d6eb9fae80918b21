using RtcHub.Rtc;

namespace RtcHub.Sfu.Io;

/// <summary>
/// Datagrams that came, with where they came from. UDP is read into <see cref="Slab"/>, one slot each; frames of a TCP
/// connection stay in its own buffer.
/// </summary>
internal sealed class ReceiveBatch(int capacity)
{
    /// <summary>One byte more than a datagram may have: what fills a slot is too long.</summary>
    public const int SlotLength = Port.MaxDatagram + 1;

    /// <summary>Slots start at multiples of this: cache lines are not shared.</summary>
    public const int SlotStride = Port.MaxDatagram + 64;

    private readonly Item[] _items = new Item[capacity];

    /// <summary>Pinned.</summary>
    public byte[] Slab { get; } = GC.AllocateUninitializedArray<byte>(capacity * SlotStride, pinned: true);

    public int Capacity => _items.Length;

    public int Count { get; private set; }

    /// <summary>Of all datagrams together.</summary>
    public int Bytes { get; private set; }

    /// <summary>The first slot that is free; all behind it are, too.</summary>
    public int FreeSlot { get; private set; }

    public int Room => Capacity - Math.Max(Count, FreeSlot);

    public Span<byte> Slot(int slot) => Slab.AsSpan(slot * SlotStride, SlotLength);

    public Span<byte> Datagram(int index, out NetworkPath source)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
        ref var item = ref _items[index];
        source = item.Source;
        return item.Bytes.Span;
    }

    /// <summary>Takes the free slot, whatever it holds.</summary>
    public void Skip() => FreeSlot++;

    /// <summary>Takes the free slot, which holds a datagram.</summary>
    public void Add(int length, in NetworkPath source) => Add(Slab.AsMemory(FreeSlot++ * SlotStride, length), source);

    /// <summary>Adds what another buffer holds.</summary>
    public void Add(Memory<byte> datagram, in NetworkPath source)
    {
        _items[Count++] = new Item(datagram, source);
        Bytes += datagram.Length;
    }

    public void Clear() => (Count, Bytes, FreeSlot) = (0, 0, 0);

    private readonly record struct Item(Memory<byte> Bytes, NetworkPath Source);
}
