using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Remanso.Redis;

namespace Remanso;

/// <summary>Chooses Redis as the tier.</summary>
public static class RedisRemansoBuilderExtensions
{
    /// <summary>Keeps accepted state in Redis 7 or later, or Valkey: a single server, a replicated one, or a cluster.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="connectionString"><c>redis://[user:password@]host:port[,host:port…][/db]</c>, or <c>rediss://</c> for TLS;
    /// <c>redis+sentinel://…/MASTER</c> where Sentinel watches over it (<see cref="RedisOptions.Parse"/>).</param>
    /// <exception cref="FormatException">Names the part of the address that is wrong; never shows the password.</exception>
    public static RemansoBuilder UseRedis(this RemansoBuilder builder, string connectionString) =>
        UseRedis(builder, RedisOptions.Parse(connectionString));

    /// <summary>Keeps accepted state in Redis 7 or later, or Valkey: a single server, a replicated one, or a cluster.</summary>
    /// <param name="builder">The builder.</param>
    /// <param name="options">Which Redis, and as whom.</param>
    /// <exception cref="ArgumentException">A setting is wrong.</exception>
    public static RemansoBuilder UseRedis(this RemansoBuilder builder, RedisOptions options)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        return builder.UseTier(services => new RedisTierProvider(
            options,
            services.GetService<TimeProvider>(),
            services.GetService<ILoggerFactory>()
        ));
    }
}
