using Remanso.Conformance.Servers;
using Remanso.Conformance.Tables;

namespace Remanso.Stores.Tests.Tables;

public sealed class SqliteTableGuardConformance : TableGuardConformance
{
    protected override ValueTask<TableTestBed> CreateBedAsync() => ValueTask.FromResult<TableTestBed>(new SqliteTableBed());
}

public sealed class SqliteTableDataConformance : TableDataConformance
{
    protected override ValueTask<TableTestBed> CreateBedAsync() => ValueTask.FromResult<TableTestBed>(new SqliteTableBed());
}

public sealed class SqliteTableRefusalConformance : TableRefusalConformance
{
    protected override ValueTask<TableTestBed> CreateBedAsync() => ValueTask.FromResult<TableTestBed>(new SqliteTableBed());
}

public sealed class PostgresTableGuardConformance(PostgresServer server) : TableGuardConformance
{
    protected override ValueTask<TableTestBed> CreateBedAsync() => PostgresTableBed.CreateAsync(server);
}

public sealed class PostgresTableDataConformance(PostgresServer server) : TableDataConformance
{
    protected override ValueTask<TableTestBed> CreateBedAsync() => PostgresTableBed.CreateAsync(server);
}

public sealed class PostgresTableRefusalConformance(PostgresServer server) : TableRefusalConformance
{
    protected override ValueTask<TableTestBed> CreateBedAsync() => PostgresTableBed.CreateAsync(server);
}

public sealed class MySqlTableGuardConformance(MariaDbServer server) : TableGuardConformance
{
    protected override ValueTask<TableTestBed> CreateBedAsync() => MySqlTableBed.CreateAsync(server);
}

public sealed class MySqlTableDataConformance(MariaDbServer server) : TableDataConformance
{
    protected override ValueTask<TableTestBed> CreateBedAsync() => MySqlTableBed.CreateAsync(server);
}

public sealed class MySqlTableRefusalConformance(MariaDbServer server) : TableRefusalConformance
{
    protected override ValueTask<TableTestBed> CreateBedAsync() => MySqlTableBed.CreateAsync(server);
}

public sealed class SqliteTableValueConformance : TableValueConformance
{
    protected override ValueTask<TableTestBed> CreateBedAsync() => ValueTask.FromResult<TableTestBed>(new SqliteTableBed());
}

public sealed class PostgresTableValueConformance(PostgresServer server) : TableValueConformance
{
    protected override ValueTask<TableTestBed> CreateBedAsync() => PostgresTableBed.CreateAsync(server);
}

public sealed class MySqlTableValueConformance(MariaDbServer server) : TableValueConformance
{
    protected override ValueTask<TableTestBed> CreateBedAsync() => MySqlTableBed.CreateAsync(server);
}
