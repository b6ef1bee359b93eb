namespace Remanso.Server.Tests.Security;

/// <summary>A start with a wrong address, which has a password: it is in no line of what the process says.</summary>
public sealed class RefusedStartTests
{
    [Theory]
    [InlineData("--tier", "redis://remanso:swordfish@127.0.0.1:port/0")]
    [InlineData("--tier", "redis://remanso:swordfish@127.0.0.1:1/x")]
    [InlineData("--tier", "memcached://remanso:swordfish@127.0.0.1")]
    [InlineData("--store", "postgres://remanso:swordfish@127.0.0.1:port/app")]
    [InlineData("--store", "postgres://remanso:swordfish@127.0.0.1/app?nonsense=1")]
    [InlineData("--store", "mysql://remanso:swordfish@127.0.0.1:port/app")]
    [InlineData("--store", "oracle://remanso:swordfish@127.0.0.1/app")]
    [InlineData("--store", "Host=127.0.0.1;Password=swordfish;Nonsense=1")]
    [InlineData("--ConnectionStrings:Journal", "nowhere://remanso:swordfish@127.0.0.1")]
    public async Task A_start_that_is_refused_tells_no_password(string name, string address)
    {
        using var folder = new TemporaryFolder();
        var (code, output, errors) = await ServerProcess.RunAsync(folder.Path, ["--urls", "http://127.0.0.1:0", name, address]);

        Assert.NotEqual(0, code);
        Assert.NotEmpty(errors);
        Assert.DoesNotContain("swordfish", output + errors, StringComparison.Ordinal);
    }
}
