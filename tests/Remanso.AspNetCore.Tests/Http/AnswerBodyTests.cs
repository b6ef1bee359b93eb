using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Remanso.AspNetCore.Http.Limits;
using Remanso.Conformance.Time;

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
        var unread = new Pipe(new PipeOptions(pauseWriterThreshold: 2, resumeWriterThreshold: 1));
        var connection = new Connection();
        await using var services = new ServiceCollection()
            .AddSingleton(new TransferLimits(new ByteBudget(1 << 20, time), _timeout, time))
            .BuildServiceProvider();
        var context = new DefaultHttpContext { RequestServices = services };
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(unread.Writer.AsStream()));
        context.Features.Set<IHttpRequestLifetimeFeature>(connection);

        var write = AnswerBody.WriteAsync(context, new byte[length]);
        time.Advance(_timeout - _moment);
        Assert.False(write.IsCompleted || connection.IsAborted);
        time.Advance(_moment);

        await Assert.ThrowsAsync<ConnectionAbortedException>(
            () => write.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.True(connection.IsAborted);
    }

    private sealed class Connection : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; }

        public bool IsAborted { get; private set; }

        public void Abort() => IsAborted = true;
    }
}
