namespace Remanso.Server.Tests.Hosting;

/// <summary>What a start says to wrong settings of caches.</summary>
public sealed class CacheSettingsStartTests
{
    [Theory]
    [InlineData("--Remanso:Caches:default:Ttl:Jitter=1.5", "Remanso:Caches:default:Ttl:Jitter must be 0 to below 1, but is 1.5")]
    [InlineData("--Remanso:Caches:default:Ttl:Jitter=much", "Remanso:Caches:default:Ttl:Jitter must be a number, but is much")]
    [InlineData("--Remanso:Caches:default:Flush:Interval=soon", "Remanso:Caches:default:Flush:Interval must be a duration")]
    [InlineData("--Remanso:Caches:default:Flush:BatchSize=0", "Remanso:Caches:default:Flush:BatchSize must be 1 to 100000, but is 0")]
    [InlineData("--Remanso:Caches:default:Tll:Jitter=0", "Remanso:Caches:default:Tll:Jitter is not a known setting")]
    [InlineData("--Remanso:Caches:default=5m", "Remanso:Caches:default is not a known setting")]
    [InlineData("--Remanso:Caches:my cache:MaxValueBytes=1", "The cache name 'my cache' must be")]
    [InlineData("--Remanso:Cache:default:MaxValueBytes=1", "Remanso:Cache is not a known setting")]
    [InlineData(
        "--Remanso:Caches:default:Durability=3",
        "Remanso:Caches:default:Durability must be Accepted, Replicated, Logged or Stored, but is 3"
    )]
    [InlineData("--Remanso:Caches:default:MaxTags=257", "Remanso:Caches:default:MaxTags must be 0 to 256, but is 257")]
    [InlineData("--Remanso:Caches:default:Tier:Replicas=0", "Remanso:Caches:default:Tier:Replicas must be 1 to 16, but is 0")]
    [InlineData("--Remanso:Caches:default:Tier:DurabilityTimeout=2h", "Remanso:Caches:default:Tier:DurabilityTimeout must be")]
    [InlineData("--Remanso:Caches:default:Tier:MaxDirtyAge=10ms", "Remanso:Caches:default:Tier:MaxDirtyAge must be")]
    [InlineData(
        "--Remanso:Caches:default:Tier:MaxDirtyAge=200ms",
        "Remanso:Caches:default:Tier:MaxDirtyAge must be above Flush:Interval (00:00:00.2500000), but is 00:00:00.2"
    )]
    [InlineData("--Remanso:Caches:default:Tier:ResumeAt=2", "Remanso:Caches:default:Tier:ResumeAt must be 0.1 to 1, but is 2")]
    [InlineData(
        "--Remanso:Caches:default:Tier:WhenFull=Explode",
        "Remanso:Caches:default:Tier:WhenFull must be Refuse, Wait or WriteThrough, but is Explode"
    )]
    [InlineData(
        "--Remanso:Caches:default:Flush:QuietHours=22-6",
        "Remanso:Caches:default:Flush:QuietHours must be hours of the day in UTC such as 22:00-06:30, but is 22-6"
    )]
    [InlineData(
        "--Remanso:Caches:default:WriteMode=Around",
        "Remanso:Caches:default:WriteMode must be Behind, Through or EveryVersion, but is Around"
    )]
    [InlineData("--Remanso:Caches:default:UpdateAttempts=0", "Remanso:Caches:default:UpdateAttempts must be 1 to 1000, but is 0")]
    [InlineData(
        "--Remanso:Caches:default:Tier:IdempotencyRetention=2d",
        "Remanso:Caches:default:Tier:IdempotencyRetention must be 00:00:01 to 1.00:00:00, but is 2.00:00:00"
    )]
    [InlineData(
        "--Remanso:Caches:default:Tier:MaxIdempotencyKeys=0",
        "Remanso:Caches:default:Tier:MaxIdempotencyKeys must be 1 to 2147483647, but is 0"
    )]
    [InlineData(
        "--Remanso:Caches:default:Tier:MaxWait=2m",
        "Remanso:Caches:default:Tier:MaxWait must be 00:00:00.0010000 to 00:01:00, but is 00:02:00"
    )]
    [InlineData(
        "--Remanso:Caches:default:Flush:CircuitFailures=1001",
        "Remanso:Caches:default:Flush:CircuitFailures must be 0 to 1000, but is 1001"
    )]
    [InlineData(
        "--Remanso:Caches:default:Purge:Retention=30s",
        "Remanso:Caches:default:Purge:Retention must be 0 or 00:01:00 to 3650.00:00:00, but is 00:00:30"
    )]
    [InlineData(
        "--Remanso:Caches:default:Purge:Interval=2d",
        "Remanso:Caches:default:Purge:Interval must be 00:00:01 to 1.00:00:00, but is 2.00:00:00"
    )]
    [InlineData("--Remanso:Caches:default:Purge:BatchSize=0", "Remanso:Caches:default:Purge:BatchSize must be 1 to 10000, but is 0")]
    public Task A_wrong_setting_stops_the_start_with_one_line_that_names_it(string argument, string expected, params string[] others) =>
        WrongStart.IsToldAsync(argument, expected, others);
}
