using Remanso.Conformance.Servers;

namespace Remanso.Docs.Tests.Reference;

/// <summary>What <c>docs/reference/redis-connection.md</c> lists.</summary>
public sealed class RedisConnectionPageTests(RedisServer redis) : ProgramFolder, IClassFixture<RedisServer>
{
    [Fact]
    public async Task A_token_is_the_password()
    {
        var tokens = new Issuer();
        var builder = Declared.Builder();
        var options = RedisOptions.Parse("rediss://cache.example:6380");
        options.User = "app";
        options.Credentials = async cancellation =>
        {
            var token = await tokens.GetAsync(cancellation);
            return new RedisCredentials { Password = token.Text, ExpiresAt = token.ExpiresOn };
        };
        builder.Services.AddRemanso().UseRedis(options);

        options.MapAnnounced = announced => announced.Host == "10.0.0.5" ? new RedisEndPoint("localhost", 7001) : announced;
        (options.User, options.Tls) = ("admin", null);
        options.EndPoints = [new RedisEndPoint("127.0.0.1", redis.Process.Port)];
        builder.Services.AddRemanso().UseSqlite("app.db").AddCache<int, User>("users");
        await Declared.RunAsync(builder, static services => Declared.UseAsync(services, 42, new User("Alice", 7)));
    }

    private sealed class Issuer
    {
        public ValueTask<Token> GetAsync(CancellationToken cancellation) =>
            new(new Token("admin", TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1)));
    }

    private sealed record Token(string Text, DateTimeOffset ExpiresOn);
}
