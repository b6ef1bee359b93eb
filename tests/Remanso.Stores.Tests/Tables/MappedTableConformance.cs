using Remanso.Conformance.Servers;
using Remanso.Conformance.Tables;

namespace Remanso.Stores.Tests.Tables;

public sealed class SqliteTableGuardConformance : TableGuardConformance
{
    private protected override ValueTask<TableTestBed> CreateBedAsync() => ValueTask.FromResult<TableTestBed>(new SqliteTableBed());
}

public sealed class SqliteTableDataConformance : TableDataConformance
{
    private protected override ValueTask<TableTestBed> CreateBedAsync() => ValueTask.FromResult<TableTestBed>(new SqliteTableBed());
}

public sealed class SqliteTableRefusalConformance : TableRefusalConformance
{
    private protected override ValueTask<TableTestBed> CreateBedAsync() => ValueTask.FromResult<TableTestBed>(new SqliteTableBed());
}

public sealed class PostgresTableGuardConformance(PostgresServer server) : TableGuardConformance
{
    private protected override ValueTask<TableTestBed> CreateBedAsync() => PostgresTableBed.CreateAsync(server);
}

public sealed class PostgresTableDataConformance(PostgresServer server) : TableDataConformance
{
    private protected override ValueTask<TableTestBed> CreateBedAsync() => PostgresTableBed.CreateAsync(server);
}

public sealed class PostgresTableRefusalConformance(PostgresServer server) : TableRefusalConformance
{
    private protected override ValueTask<TableTestBed> CreateBedAsync() => PostgresTableBed.CreateAsync(server);
}

public sealed class MySqlTableGuardConformance(MariaDbServer server) : TableGuardConformance
{
    private protected override ValueTask<TableTestBed> CreateBedAsync() => MySqlTableBed.CreateAsync(server);
}

public sealed class MySqlTableDataConformance(MariaDbServer server) : TableDataConformance
{
    private protected override ValueTask<TableTestBed> CreateBedAsync() => MySqlTableBed.CreateAsync(server);
}

public sealed class MySqlTableRefusalConformance(MariaDbServer server) : TableRefusalConformance
{
    private protected override ValueTask<TableTestBed> CreateBedAsync() => MySqlTableBed.CreateAsync(server);
}

public sealed class SqliteTableValueConformance : TableValueConformance
{
    private protected override ValueTask<TableTestBed> CreateBedAsync() => ValueTask.FromResult<TableTestBed>(new SqliteTableBed());
}

public sealed class PostgresTableValueConformance(PostgresServer server) : TableValueConformance
{
    private protected override ValueTask<TableTestBed> CreateBedAsync() => PostgresTableBed.CreateAsync(server);
}

public sealed class MySqlTableValueConformance(MariaDbServer server) : TableValueConformance
{
    private protected override ValueTask<TableTestBed> CreateBedAsync() => MySqlTableBed.CreateAsync(server);
}

public sealed class SqliteTablePatchConformance : TablePatchConformance
{
    private protected override ValueTask<TableTestBed> CreateBedAsync() => ValueTask.FromResult<TableTestBed>(new SqliteTableBed());
}

public sealed class PostgresTablePatchConformance(PostgresServer server) : TablePatchConformance
{
    private protected override ValueTask<TableTestBed> CreateBedAsync() => PostgresTableBed.CreateAsync(server);
}

public sealed class MySqlTablePatchConformance(MariaDbServer server) : TablePatchConformance
{
    private protected override ValueTask<TableTestBed> CreateBedAsync() => MySqlTableBed.CreateAsync(server);
}
