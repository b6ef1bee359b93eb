namespace Remanso.Faces;

/// <summary>The tags of the contract: any name but one.</summary>
internal static class HybridTags
{
    /// <summary>Stands for all entries where tags are removed; no entry may carry it.</summary>
    public const string All = "*";

    /// <summary>The tags of a value.</summary>
    /// <exception cref="ArgumentException">One is blank, or stands for all entries.</exception>
    public static string[] Of(IEnumerable<string>? tags)
    {
        if (tags is null)
        {
            return [];
        }

        string[] list = [.. tags];
        foreach (var tag in list)
        {
            if (string.IsNullOrWhiteSpace(tag))
            {
                throw new ArgumentException("A tag is blank.", nameof(tags));
            }

            if (tag == All)
            {
                throw new ArgumentException("The tag '*' stands for all entries; none can carry it.", nameof(tags));
            }
        }

        return list;
    }
}
