using System.Globalization;

namespace Remanso;

/// <summary>
/// A load asked, directly or through other loads, for the key that it is itself loading. It would have waited for
/// itself for ever.
/// </summary>
public sealed class RecursiveLoadException : InvalidOperationException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="key">The key whose load waits, through however many others, for itself.</param>
    public RecursiveLoadException(object key)
        : base(
            string.Create(
                CultureInfo.InvariantCulture,
                $"The load of key '{key}' asks, directly or through other loads, for itself: it would wait for ever."
            )
        ) => Key = key;

    /// <summary>The key whose load waits for itself.</summary>
    public object Key { get; }
}
