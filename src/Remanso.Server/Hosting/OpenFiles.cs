using System.Globalization;

namespace Remanso.Server.Hosting;

// .NET does not survive to be without descriptors: where it can't read how much memory there is, it takes it for none.
// So connections leave room for what else the process opens. The runtime raises the limit as far as it may at its
// start, so what holds is what the system says now.

/// <summary>How many files, sockets among them, the process may have open; Linux only.</summary>
internal static class OpenFiles
{
    /// <summary>What the process needs beside its clients: some 250 at rest, and connections to databases and Redis.</summary>
    public const int OfTheProcess = 400;

    private const string Limits = "/proc/self/limits";
    private const string Line = "Max open files";

    /// <summary>The limit; null where there is none, or it is not known.</summary>
    public static long? Limit { get; } = Read(Limits);

    /// <summary>How many connections of clients a limit leaves; 0 where it leaves none.</summary>
    public static long Left(long? limit) => limit is null ? long.MaxValue : Math.Max(0, limit.Value - OfTheProcess);

    /// <summary>What a file of limits says; null where there is none, or it may not be read.</summary>
    internal static long? Read(string file)
    {
        try
        {
            return Parse(File.ReadLines(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal static long? Parse(IEnumerable<string> limits) =>
        limits.FirstOrDefault(static line => line.StartsWith(Line, StringComparison.Ordinal)) is { } found
        && found[Line.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var soft, ..]
        && long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            ? limit
            : null;
}
