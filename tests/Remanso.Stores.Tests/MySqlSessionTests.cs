using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Remanso.MySql;
using Remanso.Sql.Tables;
using Remanso.Testing;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>What becomes of a driver's connection whose call was given up: nobody may use it while the call goes on.</summary>
public sealed class MySqlSessionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_goes_back_only_when_the_call_that_was_given_up_has_ended(bool isSynchronous)
    {
        var time = new ManualTimeProvider();
        await using var driver = new DriverConnection();
        var session = new MySqlSession(new TableConnection(driver, driver), NoOther, TimeSpan.FromSeconds(30), time);
        var answer = new TaskCompletionSource<bool>();
        var call = session.RunAsync((_, _) => answer.Task, Cancellation).AsTask();
        time.Advance(TimeSpan.FromSeconds(31));
        await Assert.ThrowsAsync<TimeoutException>(() => call);

        if (isSynchronous)
        {
            session.Dispose();
        }
        else
        {
            await session.DisposeAsync();
        }

        Assert.False(driver.WentBack.Task.IsCompleted);
        answer.SetResult(true);
        await driver.WentBack.Task.WaitAsync(Cancellation);
    }

    [Fact]
    public async Task A_connection_goes_back_once_where_no_call_was_given_up()
    {
        var driver = new DriverConnection();
        var session = new MySqlSession(new TableConnection(driver, driver), NoOther, TimeSpan.FromSeconds(30), TimeProvider.System);
        Assert.True(await session.RunAsync((_, _) => Task.FromResult(true), Cancellation));
        Assert.Equal(0, driver.Returns);
        await session.DisposeAsync();
        await session.DisposeAsync();
        Assert.Equal(1, driver.Returns);
    }

    private static ValueTask<TableConnection> NoOther() => throw new NotSupportedException();

    /// <summary>A connection of a driver that only says when it goes back to its pool.</summary>
    private sealed class DriverConnection : DbConnection
    {
        public TaskCompletionSource WentBack { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Returns { get; private set; }

        [AllowNull]
        public override string ConnectionString { get; set; } = string.Empty;

        public override string Database => string.Empty;

        public override string DataSource => string.Empty;

        public override string ServerVersion => string.Empty;

        public override ConnectionState State => ConnectionState.Open;

        public override void Open() { }

        public override void Close() { }

        public override void ChangeDatabase(string databaseName) { }

        protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => throw new NotSupportedException();

        protected override DbCommand CreateDbCommand() => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            Returns++;
            WentBack.TrySetResult();
            base.Dispose(disposing);
        }
    }
}
