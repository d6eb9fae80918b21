using System.Collections;
using System.Runtime.CompilerServices;

namespace RtcHub.Rtc.Sdp;

/// <summary>An unchangeable list that equals another with equal items, so that a description is a value: <c>[a, b]</c> makes one.</summary>
[CollectionBuilder(typeof(SdpList), nameof(SdpList.Create))]
#pragma warning disable CA1710 // A list is what it is.
public sealed class SdpList<T> : IReadOnlyList<T>, IEquatable<SdpList<T>>
#pragma warning restore CA1710
{
    internal static readonly SdpList<T> Empty = new([]);
    private readonly T[] _items;

    internal SdpList(T[] items) => _items = items;

    /// <inheritdoc/>
    public int Count => _items.Length;

    /// <inheritdoc/>
    public T this[int index] => _items[index];

    /// <summary>The items.</summary>
    public ReadOnlySpan<T> AsSpan() => _items;

    /// <inheritdoc/>
    public bool Equals(SdpList<T>? other) => other is not null && (ReferenceEquals(_items, other._items) || _items.AsSpan().SequenceEqual(other._items));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as SdpList<T>);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var item in _items) hash.Add(item);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", _items)}]";

    /// <summary>The items, for <c>foreach</c>.</summary>
    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _items.GetEnumerator();
}

/// <summary>Makes lists out of collection expressions.</summary>
public static class SdpList
{
    /// <summary>What the compiler calls for <c>[a, b]</c>.</summary>
    public static SdpList<T> Create<T>(ReadOnlySpan<T> items) => items.IsEmpty ? SdpList<T>.Empty : new SdpList<T>(items.ToArray());
}
