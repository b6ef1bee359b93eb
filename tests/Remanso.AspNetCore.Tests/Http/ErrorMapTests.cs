using Remanso.AspNetCore.Http;

namespace Remanso.AspNetCore.Tests.Http;

public sealed class ErrorMapTests
{
    [Fact]
    public void What_a_write_waited_for_in_vain_is_no_outage_of_the_store_and_all_told_to_the_client()
    {
        var awaited = new LoadAwaitedException("Another load of the key did not end within Load:Timeout (00:00:30).");

        var problem = ErrorMap.Explain(awaited)!;

        Assert.Equal((504, "load-timeout", false), (problem.Status, problem.Name, problem.Accepted));
        Assert.Equal(awaited.Message, problem.Detail);
        Assert.False(ErrorMap.IsToldInTheLog(awaited));
        Assert.Equal("store-unavailable", ErrorMap.Explain(new TimeoutException("the driver's"))!.Name);
    }
}
