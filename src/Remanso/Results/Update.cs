using System.Runtime.InteropServices;

namespace Remanso;

/// <summary>What the function of an
/// <see cref="ICache{TKey, TValue}.UpdateAsync(TKey, Func{ReadResult{TValue}, CancellationToken, ValueTask{Update{TValue}}}, WriteOptions, CancellationToken)"/>
/// wants.</summary>
/// <typeparam name="TValue">The value.</typeparam>
[StructLayout(LayoutKind.Auto)]
public readonly record struct Update<TValue>
{
    private Update(UpdateKind kind, TValue? value)
    {
        Kind = kind;
        Value = value;
    }

#pragma warning disable CA1000 // A function with several ends has to name the type at each of them anyway.
    /// <summary>What is there stays; nothing is written.</summary>
    public static Update<TValue> Keep => default;

    /// <summary>The key is deleted.</summary>
    public static Update<TValue> Delete => new(UpdateKind.Delete, default);

    /// <summary>The value is written.</summary>
    /// <param name="value">The new value; not null.</param>
    public static Update<TValue> Set(TValue value) => new(UpdateKind.Set, value);
#pragma warning restore CA1000

    /// <summary>Which it is.</summary>
    public UpdateKind Kind { get; }

    /// <summary>The new value, where <see cref="Kind"/> is <see cref="UpdateKind.Set"/>.</summary>
    public TValue? Value { get; }
}
