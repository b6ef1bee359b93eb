namespace Remanso.Redis.Resp.Sentinels;

/// <summary>What one sentinel knows.</summary>
/// <param name="Master">Where the master is; null where it does not know the name.</param>
/// <param name="Epoch">How new that is: the highest is the newest. <see cref="SentinelWord.NoEpoch"/> where it does not tell.</param>
/// <param name="Sentinels">How many sentinels it counts, those included that it takes for dead; 0 where it does not tell.</param>
internal sealed record SentinelAnswer(RedisEndPoint? Master, long Epoch, int Sentinels);
