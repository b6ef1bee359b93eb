using Microsoft.EntityFrameworkCore;
using Npgsql;
using Remanso.Conformance.Servers;

namespace Remanso.EntityFrameworkCore.Tests;

public sealed class PostgresEntityTests(PostgresServer server) : EntityCacheSuite
{
    protected override Task<EntityBed> CreateBedAsync()
    {
        var address = new NpgsqlConnectionStringBuilder(server.ConnectionString)
        {
            Database = $"shop_{Guid.NewGuid():N}",
            MaxPoolSize = 8,
        }.ConnectionString;
        return EntityBed.CreateAsync(options => options.UseNpgsql(address), static remanso => remanso.UsePostgresTables());
    }
}
