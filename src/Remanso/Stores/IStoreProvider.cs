using Remanso.Common;

namespace Remanso.Stores;

/// <summary>Makes the default stores of named caches: the table <c>cache_data</c>, which holds any key and value as bytes.</summary>
internal interface IStoreProvider : IAsyncDisposable, IDisposable
{
    /// <summary>Where the store is, for people: the engine and the address or path, without a password.</summary>
    string Description { get; }

    /// <summary>What names the database, as <see cref="IStoreIdentity.Identity"/>; null where the description does not.</summary>
    string? Identity => Description;

    /// <summary>Says which rows were changed by others; null where that can't be had or was not asked for.</summary>
    IStoreChangeFeed? Changes => null;

    /// <summary>Makes the store of a cache.</summary>
    IBackingStore<string, ReadOnlyMemory<byte>> Create(string cache);

    /// <summary>The synchronous half of the disposal, for containers that are disposed of without <c>await</c>: waits
    /// for the asynchronous one.</summary>
    void IDisposable.Dispose()
    {
        Disposal.Run(this);
        GC.SuppressFinalize(this);
    }
}
