namespace Remanso.Sqlite.Journal;

/// <summary>The tags of an entry as one text: a line each, for a tag has no control characters.</summary>
internal static class JournalTags
{
    public static string? Join(IReadOnlyList<string>? tags) => tags is null or { Count: 0 } ? null : string.Join('\n', tags);

    public static string[] Split(string text) => text.Split('\n');
}
