using Remanso.Server.Commands.Doctor.Checks;

namespace Remanso.Server.Commands.Doctor;

/// <summary>The checks in their order: what is cheap and the cause of others first.</summary>
internal static class AllChecks
{
    public static IReadOnlyList<ICheck> InOrder { get; } =
    [
        new SettingsCheck(),
        new PromiseCheck(),
        new ContradictionCheck(),
        new MemoryCheck(),
        new ConnectionsCheck(),
        new AnonymousCheck(),
        new PlainHttpCheck(),
        new RedisTrafficCheck(),
        new StoreTrafficCheck(),
        new SecretFileCheck(),
        new DiskSpaceCheck(),
        new LastingDiskCheck(),
        new JournalCheck(),
        new RedisReachableCheck(),
        new RedisVersionCheck(),
        new RedisEvictionCheck(),
        new RedisPersistenceCheck(),
        new RedisMemoryCheck(),
        new RedisClockCheck(),
        new RedisRoundTripCheck(),
        new RedisReplicationCheck(),
        new RedisRightsCheck(),
        new RedisOwnerCheck(),
        new StoreReachableCheck(),
        new StoreVersionCheck(),
        new StoreClockCheck(),
        new StoreRoundTripCheck(),
        new StoreTableCheck(),
        new StoreRightsCheck(),
        new DeadLetterCheck(),
        new BacklogCheck(),
        new UndeclaredCacheCheck(),
    ];
}
