namespace Remanso.Client;

/// <summary>Whether a server can do its work.</summary>
/// <param name="IsReady">Whether it can.</param>
/// <param name="Problems">What it lacks, a line each; who may not observe is told only that something is missing.</param>
public sealed record ReadinessAnswer(bool IsReady, IReadOnlyList<string> Problems)
{
    /// <summary>What is to be looked at though it is ready, a line each; who may not observe is told only that something is.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
