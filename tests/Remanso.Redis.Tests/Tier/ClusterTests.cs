using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>The tests that share a cluster.</summary>
[CollectionDefinition(nameof(ClusterTests))]
public sealed class ClusterTests : ICollectionFixture<RedisCluster>;
