using Remanso.Postgres.Tables;
using Remanso.Sql.Tables;
using Xunit;

namespace Remanso.Stores.Tests.Tables;

public sealed class PostgresPartsTests
{
    [Fact]
    public void No_statement_of_many_large_rows_exceeds_its_bound()
    {
        byte[] value = new byte[6 << 20];
        var writes = Enumerable.Range(0, 7).Select(i => new TableWrite(i, [$"{i}"], [value], 1, null, null)).ToArray();

        var parts = PostgresTableStatements.Parts(writes).ToArray();

        Assert.Equal([2, 2, 2, 1], parts.Select(static part => part.Count));
        Assert.Equal(writes, parts.SelectMany(static part => part));
    }

    [Fact]
    public void A_row_that_is_larger_is_a_statement_of_its_own()
    {
        var sizes = new[] { 1, 17 << 20, 1, 1 };
        var writes = sizes.Select(static (size, i) => new TableWrite(i, [$"{i}"], [new byte[size]], 1, null, null)).ToArray();

        Assert.Equal([1, 1, 2], PostgresTableStatements.Parts(writes).Select(static part => part.Count));
    }
}
