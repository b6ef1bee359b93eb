namespace Remanso.Samples.Tests;

/// <summary>How a sample ended.</summary>
internal sealed record SampleResult(int ExitCode, IReadOnlyList<string> Lines, string Errors);
