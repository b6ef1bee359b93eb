namespace Remanso;

/// <summary>The outcome of one write among many: a receipt, or why it was refused.</summary>
/// <param name="Receipt">The receipt, where <paramref name="Error"/> is null.</param>
/// <param name="Error">What <see cref="ICache{TKey, TValue}.SetAsync"/> would have thrown.</param>
public readonly record struct WriteOutcome(WriteReceipt Receipt, Exception? Error);
