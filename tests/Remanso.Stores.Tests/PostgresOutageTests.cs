using Remanso.Conformance.Servers;
using Remanso.Conformance.Stores.Servers;
using Remanso.Postgres;

namespace Remanso.Stores.Tests;

public sealed class PostgresOutageTests : ServerOutageConformance
{
    private readonly PostgresServer _server;

    public PostgresOutageTests()
        : this(new PostgresServer()) { }

    private PostgresOutageTests(PostgresServer server)
        : base(server) => _server = server;

    private protected override IStoreProvider CreateProvider() => new PostgresStoreProvider(PostgresAddress.Parse(_server.RoleUrl));
}
