namespace Remanso.Entries;

/// <summary>A codec that knows beforehand whether values come back as they went in.</summary>
internal interface ICheckedCodec
{
    /// <summary>What would not come back, in one sentence, with the member; null where all does.</summary>
    string? Problem { get; }
}
