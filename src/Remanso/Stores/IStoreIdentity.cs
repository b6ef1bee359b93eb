namespace Remanso.Stores;

/// <summary>What a backing store of the user's implements beside its contract if it can tell which database is behind it.</summary>
internal interface IStoreIdentity
{
    /// <summary>What names the database, the same in all processes of a deployment; never with credentials, for it is
    /// noted in the tier and shown in errors. Null for unknown.</summary>
    string? Identity { get; }
}
