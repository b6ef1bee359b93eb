using System.Text.Json;

namespace Remanso.Entries;

/// <summary>A codec of JSON that knows the members which its values have there.</summary>
internal interface IPatchCodec : IPatchWriter
{
    /// <summary>What of a patch no value could hold afterwards, whatever was there: its first member, and why; null
    /// where none can be told.</summary>
    /// <param name="key">The key, encoded.</param>
    /// <param name="patch">The patch, an object.</param>
    string? PatchProblem(string key, JsonElement patch);
}
