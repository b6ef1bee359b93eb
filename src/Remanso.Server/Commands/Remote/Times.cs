using Remanso.Common;

namespace Remanso.Server.Commands.Remote;

/// <summary>Times on the command line, as settings and queries write them.</summary>
internal static class Times
{
    /// <exception cref="UsageException">It is none.</exception>
    public static TimeSpan? Parse(string option, string? text) =>
        text is null ? null
        : DurationText.TryParse(text, out var time) ? time
        : throw new UsageException($"{option} must be a time such as 90, 250ms, 30s, 5m, 2h or 7d");
}
