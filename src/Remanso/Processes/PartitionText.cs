using System.Globalization;
using System.Text;

namespace Remanso.Processes;

/// <summary>Partitions as a short text: <c>0-31,40</c>.</summary>
internal static class PartitionText
{
    /// <param name="partitions">Ascending.</param>
    public static string Of(IReadOnlyList<int> partitions)
    {
        var text = new StringBuilder();
        for (var i = 0; i < partitions.Count; i++)
        {
            var first = partitions[i];
            while (i + 1 < partitions.Count && partitions[i + 1] == partitions[i] + 1)
            {
                i++;
            }

            text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 0 ? "," : string.Empty)}{first}");
            if (partitions[i] > first)
            {
                text.Append(CultureInfo.InvariantCulture, $"-{partitions[i]}");
            }
        }

        return text.ToString();
    }

    /// <summary>Reads it; what is none of so many partitions is left out.</summary>
    public static IReadOnlyList<int> Read(string text, int count)
    {
        var held = new SortedSet<int>();
        foreach (var part in text.Split(',', count + 1, StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-', 2);
            if (
                int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
                && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            )
            {
                for (var partition = first; partition <= Math.Min(last, count - 1); partition++)
                {
                    held.Add(partition);
                }
            }
        }

        return [.. held];
    }
}
