namespace Preferences;

/// <summary>What a user likes: an entity as the application has it.</summary>
internal sealed class Preference
{
    public int UserId { get; init; }

    public required string Theme { get; init; }

    public required string Language { get; init; }

    public int EmailsPerWeek { get; init; }
}
