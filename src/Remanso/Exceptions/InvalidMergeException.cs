namespace Remanso;

/// <summary>What a <see cref="Merge"/> was to be made of is not the JSON that it needs.</summary>
public sealed class InvalidMergeException(string reason, Exception? inner = null)
    : ArgumentException($"This can't be merged: {reason}", inner);
