using System.Net;
using System.Net.Sockets;
using Remanso.Stores;
using Xunit;

namespace Remanso.Tests.Stores;

/// <summary>What stores throw that know nothing of our exceptions.</summary>
public sealed class StoreErrorsTests
{
    [Theory]
    [InlineData(HttpStatusCode.RequestTimeout, true)]
    [InlineData(HttpStatusCode.TooManyRequests, true)]
    [InlineData(HttpStatusCode.InternalServerError, true)]
    [InlineData(HttpStatusCode.ServiceUnavailable, true)]
    [InlineData(HttpStatusCode.BadRequest, false)]
    [InlineData(HttpStatusCode.Conflict, false)]
    public void A_service_that_answers_says_by_its_status_whether_it_passes(HttpStatusCode answer, bool isTransient) =>
        Assert.Equal(isTransient, StoreErrors.IsTransient(new HttpRequestException("refused", null, answer)));

    [Fact]
    public void A_service_without_an_answer_passes() =>
        Assert.True(
            StoreErrors.IsTransient(
                new HttpRequestException("no answer", new SocketException((int)SocketError.ConnectionRefused), statusCode: null)
            )
        );

    [Fact]
    public void What_a_library_wrapped_is_looked_for_below_it()
    {
        var refused = new SocketException((int)SocketError.ConnectionRefused);

        Assert.True(StoreErrors.IsTransient(new InvalidOperationException("gave up", new InvalidOperationException("retried", refused))));
        Assert.True(StoreErrors.IsTransient(new AggregateException(refused)));
        Assert.False(StoreErrors.IsTransient(new InvalidOperationException("a bug")));
        Assert.False(StoreErrors.IsTransient(new ObjectDisposedException("a client")));
        Assert.True(StoreErrors.IsTransient(new InvalidOperationException("mapped", new ObjectDisposedException("IServiceProvider"))));
        var row = new StoreException("too long", isTransient: false, refused) { BlamesRow = true };
        Assert.Equal(StoreFault.Row, StoreErrors.FaultOf(new InvalidOperationException("wrapped", row)));
    }
}
