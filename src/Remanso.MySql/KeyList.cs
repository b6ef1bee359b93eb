using System.Text;

namespace Remanso.MySql;

/// <summary>Cuts many keys into lists for <c>IN (…)</c>.</summary>
internal static class KeyList
{
    /// <summary>MariaDB turns a list of 1,000 or more into a table to join with, and forgets the index.</summary>
    private const int MostKeys = 999;

    /// <summary>The lists, as hexadecimal literals with commas between them.</summary>
    public static IEnumerable<string> Cut(IReadOnlyList<string> keys, long statementBytes)
    {
        var list = new StringBuilder();
        var count = 0;
        foreach (var key in keys)
        {
            if (count == MostKeys || (count > 0 && list.Length + HexText.Length(key) > statementBytes))
            {
                yield return list.ToString();
                list.Clear();
                count = 0;
            }

            if (count++ > 0)
            {
                list.Append(',');
            }

            list.AppendHex(key);
        }

        yield return list.ToString();
    }
}
