using MySql.Data.MySqlClient;
using Remanso.MySql;
using Remanso.MySql.Tables;
using Xunit;

namespace Remanso.Stores.Tests.Tables;

/// <summary>How rows are parted into statements.</summary>
public sealed class RowsCommandTests
{
    [Fact]
    public async Task A_row_that_goes_into_the_next_statement_does_not_count_for_the_one_before()
    {
        // Never opened: whoever asks the server for its largest packet fails.
        await using var connection = new MySqlConnection();
        byte[][] rows = [Long(), Long(), [1], [2]];
        var runs = new List<(int Count, int Parameters)>();

        await RowsCommand.RunAsync(
            connection,
            transaction: null,
            new MySqlPacket("it"),
            new RowsStatement("INSERT INTO t VALUES ", ", ", ""),
            rows,
            static (command, row) => command.Sql.Append('(').Append(command.Add(row)).Append(')'),
            (command, count) =>
            {
                runs.Add((count, command.Parameters.Count));
                return Task.CompletedTask;
            },
            TestContext.Current.CancellationToken
        );

        Assert.Equal([(1, 1), (3, 3)], runs);

        static byte[] Long() => [.. Enumerable.Repeat((byte)'x', 600_000)];
    }
}
