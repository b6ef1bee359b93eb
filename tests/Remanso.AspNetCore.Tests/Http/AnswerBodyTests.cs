using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Remanso.AspNetCore.Http.Limits;
using Remanso.AspNetCore.Tests.Support;
using Remanso.Testing;

namespace Remanso.AspNetCore.Tests.Http;

/// <summary>An answer whose reader does not read, on a web server that would wait for ever.</summary>
public sealed class AnswerBodyTests
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(1);

    [Theory]
    [InlineData(1_000)]
    [InlineData(100_000)]
    public async Task It_ends_at_the_deadline_and_so_does_the_connection(int length)
    {
        var time = new ManualTimeProvider();
        await using var services = new ServiceCollection()
            .AddSingleton(new TransferLimits(new ByteBudget(1 << 20, time), _timeout, time))
            .BuildServiceProvider();
        var answer = new UnreadAnswer(services);

        var write = AnswerBody.WriteAsync(answer.Context, new byte[length]);
        time.Advance(_timeout - _moment);
        Assert.False(write.IsCompleted || answer.IsAborted);
        time.Advance(_moment);

        await Assert.ThrowsAsync<ConnectionAbortedException>(() =>
            write.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken)
        );
        Assert.True(answer.IsAborted);
    }
}
