using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Http.Limits;
using Remanso.Testing;

namespace Remanso.AspNetCore.Tests.Http;

/// <summary>A body that does not come, on a web server that would wait for ever.</summary>
public sealed class RequestBodyTests
{
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(1);

    [Theory]
    [InlineData(10L)]
    [InlineData(100_000L)]
    [InlineData(null)]
    public async Task It_is_refused_at_the_deadline(long? announced)
    {
        var time = new ManualTimeProvider();
        var body = new Pipe();
        await body.Writer.WriteAsync(new byte[] { 1 }, TestContext.Current.CancellationToken);
        await using var services = new ServiceCollection()
            .AddSingleton(new TransferLimits(new ByteBudget(1 << 20, time), _timeout, time))
            .BuildServiceProvider();
        var context = new DefaultHttpContext { RequestServices = services };
        context.Features.Set<IRequestBodyPipeFeature>(new Body(body.Reader));
        context.Request.ContentLength = announced;

        var read = RequestBody.ReadAsync(context.Request, limit: 1 << 20, copies: 1).AsTask();
        time.Advance(_timeout - _moment);
        Assert.False(read.IsCompleted);
        time.Advance(_moment);

        var refusal = await Assert.ThrowsAsync<ProblemException>(() =>
            read.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, TestContext.Current.CancellationToken)
        );
        Assert.Equal((408, "too-slow"), (refusal.Problem.Status, refusal.Problem.Name));
    }

    private sealed record Body(PipeReader Reader) : IRequestBodyPipeFeature;
}
