using Remanso.Sql.Tables;

namespace Remanso.Stores.Tests.Tables;

/// <summary>Gives each cache a mapped table of its own, shaped like the default one, so that the suites of default
/// stores run on mapped tables.</summary>
/// <param name="tables">The engine.</param>
/// <param name="prefix">Makes the tables' names.</param>
/// <param name="createTable">Makes a table unless it exists.</param>
internal sealed class MappedTables(ITableStoreProvider tables, string prefix, Func<string, ValueTask> createTable) : IStoreProvider
{
    public string Description => tables.Description;

    public IBackingStore<string, ReadOnlyMemory<byte>> Create(string cache) =>
        new CreatingStore(
            tables.Create(
                cache,
                new TableMappingBuilder<string, ReadOnlyMemory<byte>>()
                    .Named(prefix + cache)
                    .Key("key")
                    .Column(static value => value, "value")
                    .Version("version")
                    .SoftDelete("deleted")
                    .Expiry("expires_at")
                    .UpdatedAt("updated_at")
                    .ContentType("content_type")
                    .Build()
            ),
            () => createTable(prefix + cache)
        );

    public ValueTask DisposeAsync() => tables.DisposeAsync();

    // A test may use a cache that it did not initialise: its table is there all the same, as the default one is.
    private sealed class CreatingStore(IBackingStore<string, ReadOnlyMemory<byte>> store, Func<ValueTask> createTable)
        : IBackingStore<string, ReadOnlyMemory<byte>>
    {
        private bool _isCreated;

        public bool KeepsDeletes => store.KeepsDeletes;

        public async ValueTask InitializeAsync(CancellationToken cancellationToken)
        {
            await CreateAsync(cancellationToken);
            await store.InitializeAsync(cancellationToken);
        }

        public async ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
            IReadOnlyList<string> keys,
            CancellationToken cancellationToken
        )
        {
            await CreateAsync(cancellationToken);
            return await store.LoadAsync(keys, cancellationToken);
        }

        public async ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
            IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
            CancellationToken cancellationToken
        )
        {
            await CreateAsync(cancellationToken);
            return await store.SaveAsync(batch, cancellationToken);
        }

        private async ValueTask CreateAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_isCreated)
            {
                return;
            }

            await createTable();
            _isCreated = true;
        }
    }
}
