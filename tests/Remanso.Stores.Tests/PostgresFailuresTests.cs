using System.Net.Sockets;
using Npgsql;
using Remanso.Postgres;
using Remanso.Sql;
using Remanso.Stores;
using Xunit;

namespace Remanso.Stores.Tests;

public sealed class PostgresFailuresTests
{
    [Theory]
    [InlineData("08006", SqlFailureKind.Passing)] // connection failure
    [InlineData("25006", SqlFailureKind.Passing)] // read-only transaction: a standby
    [InlineData("40001", SqlFailureKind.Passing)] // serialization failure
    [InlineData("40P01", SqlFailureKind.Passing)] // deadlock
    [InlineData("53100", SqlFailureKind.Passing)] // disk full
    [InlineData("53300", SqlFailureKind.Passing)] // too many connections
    [InlineData("55P03", SqlFailureKind.Passing)] // lock not available
    [InlineData("57014", SqlFailureKind.Passing)] // statement time-out
    [InlineData("57P01", SqlFailureKind.Passing)] // shutdown
    [InlineData("57P03", SqlFailureKind.Passing)] // cannot connect now
    [InlineData("58030", SqlFailureKind.Passing)] // i/o error
    [InlineData("XX001", SqlFailureKind.Passing)] // data corrupted
    [InlineData("28P01", SqlFailureKind.Operator)] // wrong password
    [InlineData("3D000", SqlFailureKind.Operator)] // no such database
    [InlineData("42501", SqlFailureKind.Operator)] // no permission
    [InlineData("42P01", SqlFailureKind.Operator)] // no such table
    [InlineData("42703", SqlFailureKind.Operator)] // no such column
    [InlineData("42804", SqlFailureKind.Operator)] // a column's type
    [InlineData("42P10", SqlFailureKind.Operator)] // no unique index
    [InlineData("42883", SqlFailureKind.Operator)] // no such function
    [InlineData("21000", SqlFailureKind.Refused)] // a key twice in a batch
    [InlineData("22001", SqlFailureKind.Refused)] // too long
    [InlineData("22021", SqlFailureKind.Refused)] // not in the encoding
    [InlineData("23505", SqlFailureKind.Refused)] // unique violation
    [InlineData("23514", SqlFailureKind.Refused)] // check violation
    [InlineData("54000", SqlFailureKind.Refused)] // limit exceeded
    public void Each_sqlstate_has_its_class(string sqlState, object kind) =>
        Assert.Equal((SqlFailureKind)kind, PostgresFailures.KindOf(sqlState));

    [Theory]
    [InlineData("FATAL", "08P01", "server conn crashed?", true)]
    [InlineData("FATAL", "57P01", "terminating connection due to administrator command", true)]
    [InlineData("PANIC", "XX000", "could not write", true)]
    [InlineData("ERROR", "08P01", "bind message has 1 result formats", false)]
    [InlineData("ERROR", "57014", "canceling statement due to user request", false)]
    [InlineData("FATAL", "08P01", "transaction blocks not allowed in statement pooling mode", false)]
    public void A_connection_that_the_server_or_a_pooler_ends_is_replaced(string severity, string sqlState, string text, bool isReplaced) =>
        Assert.Equal(isReplaced, PostgresFailures.IsOfConnection(new PostgresException(text, severity, severity, sqlState)));

    [Fact]
    public void A_wrong_password_is_an_operators_matter_though_it_is_fatal() =>
        Assert.Equal(
            SqlFailureKind.Operator,
            PostgresFailures.Explain(new PostgresException("password authentication failed", "FATAL", "FATAL", "28P01"), "it").Kind
        );

    [Fact]
    public void A_lost_connection_passes()
    {
        var failure = PostgresFailures.Explain(
            new NpgsqlException("outer", new SocketException((int)SocketError.ConnectionReset)),
            "postgres://host:5432/db"
        );

        Assert.Equal(SqlFailureKind.Passing, failure.Kind);
        Assert.StartsWith("postgres://host:5432/db", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_library_above_the_driver_wraps_is_explained_as_what_it_is()
    {
        var lost = new NpgsqlException("outer", new SocketException((int)SocketError.ConnectionReset));

        var failure = await Assert.ThrowsAsync<StoreException>(() =>
            SqlCall.RunAsync<int>(
                blocksThread: false,
                static exception => PostgresFailures.Explain(exception, "db"),
                () => throw new InvalidOperationException("likely due to a transient failure", lost),
                starting: true,
                CancellationToken.None
            )
        );

        Assert.True(failure.IsTransient);
        Assert.StartsWith("db does not answer", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_driver_itself_complains_about_is_for_an_operator() =>
        Assert.Equal(SqlFailureKind.Operator, PostgresFailures.Explain(new NpgsqlException("No password"), "postgres://host/db").Kind);
}
