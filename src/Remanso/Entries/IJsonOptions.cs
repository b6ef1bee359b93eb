using System.Text.Json;

namespace Remanso.Entries;

/// <summary>What writes JSON tells by which options, so that what is merged into it is written alike.</summary>
internal interface IJsonOptions
{
    /// <summary>The options.</summary>
    JsonSerializerOptions Json { get; }
}
