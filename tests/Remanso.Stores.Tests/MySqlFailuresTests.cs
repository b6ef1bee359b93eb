using System.Data.Common;
using System.Net.Sockets;
using Remanso.MySql;
using Remanso.Sql;
using Xunit;

namespace Remanso.Stores.Tests;

public sealed class MySqlFailuresTests
{
    [Theory]
    [InlineData(3, SqlFailureKind.Passing)] // the operating system's: a file can't be written
    [InlineData(9001, SqlFailureKind.Passing)] // ProxySQL: no server was to be had in time
    [InlineData(1021, SqlFailureKind.Passing)] // disk full
    [InlineData(1040, SqlFailureKind.Passing)] // too many connections
    [InlineData(1042, SqlFailureKind.Passing)] // no such host, nobody there
    [InlineData(1047, SqlFailureKind.Passing)] // a Galera node that is not ready
    [InlineData(1053, SqlFailureKind.Passing)] // shutdown
    [InlineData(1114, SqlFailureKind.Passing)] // table full
    [InlineData(1159, SqlFailureKind.Passing)] // time-out while reading
    [InlineData(1205, SqlFailureKind.Passing)] // lock wait
    [InlineData(1213, SqlFailureKind.Passing)] // deadlock
    [InlineData(1290, SqlFailureKind.Passing)] // read-only
    [InlineData(1317, SqlFailureKind.Passing)] // interrupted
    [InlineData(1927, SqlFailureKind.Passing)] // killed
    [InlineData(2006, SqlFailureKind.Passing)] // gone away
    [InlineData(2013, SqlFailureKind.Passing)] // lost
    [InlineData(1044, SqlFailureKind.Operator)] // no access to the database
    [InlineData(1045, SqlFailureKind.Operator)] // wrong password
    [InlineData(1049, SqlFailureKind.Operator)] // no such database
    [InlineData(1054, SqlFailureKind.Operator)] // no such column
    [InlineData(1142, SqlFailureKind.Operator)] // no permission
    [InlineData(1146, SqlFailureKind.Operator)] // no such table
    [InlineData(1665, SqlFailureKind.Operator)] // binlog_format = STATEMENT
    [InlineData(1048, SqlFailureKind.Refused)] // null
    [InlineData(1062, SqlFailureKind.Refused)] // duplicate
    [InlineData(1064, SqlFailureKind.Refused)] // syntax
    [InlineData(1153, SqlFailureKind.Refused)] // packet too long
    [InlineData(1264, SqlFailureKind.Refused)] // out of range
    [InlineData(1366, SqlFailureKind.Refused)] // incorrect string
    [InlineData(1406, SqlFailureKind.Refused)] // too long
    [InlineData(1452, SqlFailureKind.Refused)] // foreign key
    [InlineData(3819, SqlFailureKind.Refused)] // check, MySQL
    [InlineData(4025, SqlFailureKind.Refused)] // check, MariaDB
    public void Each_number_has_its_class(int number, object kind)
    {
        Assert.Equal((SqlFailureKind)kind, MySqlFailures.KindOf(number));
        Assert.Equal(
            kind,
            MySqlFailures.Explain(new DriverException("outer", 0, new DriverException("inner", number)), "mysql://host").Kind
        );
    }

    [Fact]
    public void A_lost_connection_passes_in_whatever_envelope_it_comes()
    {
        var reset = new SocketException((int)SocketError.ConnectionReset);

        AssertKind(SqlFailureKind.Passing, new DriverException("outer", 0, new IOException("inner", reset)));
        AssertKind(SqlFailureKind.Passing, new InvalidOperationException("Connection must be valid and open."));
        AssertKind(SqlFailureKind.Passing, new TimeoutException());
        AssertKind(SqlFailureKind.Passing, reset);
    }

    [Theory]
    [InlineData(1290, "running with the --read-only option", true)]
    [InlineData(1290, "running with the --secure-file-priv option", false)]
    [InlineData(1792, "Cannot execute statement in a READ ONLY transaction", true)]
    [InlineData(1836, "Running in read-only mode", true)]
    [InlineData(1062, "Duplicate entry", false)]
    public void A_server_that_takes_no_writes_is_asked_again_on_another_connection(int number, string message, bool isOfConnection) =>
        Assert.Equal(isOfConnection, MySqlFailures.IsOfConnection(new DriverException(message, number)));

    [Fact]
    public void A_value_that_is_no_time_is_not_told()
    {
        var failure = MySqlFailures.Explain(new DriverException("Incorrect TIME value: '900:00:00.000000'", 1525), "mysql://host");

        Assert.Equal("mysql://host refused: Incorrect TIME value: '…' (error 1525)", failure.Message);
    }

    [Fact]
    public void A_text_that_is_no_unicode_blames_its_row()
    {
        var failure = MySqlFailures.Explain(new System.Text.EncoderFallbackException("no"), "mysql://host");

        Assert.Equal((SqlFailureKind.Refused, true), (failure.Kind, failure.BlamesRow));
    }

    [Fact]
    public void What_the_driver_itself_complains_about_is_for_an_operator()
    {
        AssertKind(SqlFailureKind.Operator, new DriverException("The host does not support SSL connections.", 0));
        AssertKind(SqlFailureKind.Operator, new FileNotFoundException("Could not load file or assembly"));
    }

    private static void AssertKind(SqlFailureKind kind, Exception exception) =>
        Assert.Equal(kind, MySqlFailures.Explain(exception, "mysql://host").Kind);

    /// <summary>What both drivers' exceptions look like.</summary>
    private sealed class DriverException(string message, int number, Exception? inner = null) : DbException(message, inner)
    {
        public int Number { get; } = number;
    }
}
