namespace Remanso.Stores;

/// <summary>What a backing store implements beside <see cref="IBackingStore{TKey, TValue}"/> if it can tell which
/// database is behind it. Redis and the journal note it, and give what was written for one store to no other.</summary>
/// <remarks>The stores of Entity Framework Core and those of mapped tables tell it. Of a store that does not, two
/// databases can't be told apart, and a start says so (event 53); <see cref="TierOptions.StoreIdentity"/> says it in
/// the store's place.</remarks>
public interface IStoreIdentity
{
    /// <summary>What names the database, the same in all processes of a deployment: <c>postgres://host:port/database</c>
    /// for instance. It is asked for once, when the caches are put together, and opens no connection. Never with
    /// credentials: it is noted in the tier and shown in errors. Null or empty where it is not known.</summary>
    string? Identity { get; }
}
