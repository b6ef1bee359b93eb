namespace Remanso.Redis.Resp.Topology;

/// <summary>Told what a search for the master meets.</summary>
internal interface ISearchObserver
{
    /// <summary>A server was left for whoever answers in its place by now: a replica, or a master of before.</summary>
    void OnLeft(RedisNode node, Exception reason);

    /// <summary>The sentinels have made a server the master that can't be used, and the former one is used no more.</summary>
    void OnUnusable(RedisNode master, RedisNode former, Exception reason);

    /// <summary>Another server says that it is a master beside the one that is used.</summary>
    void OnSecondMaster(RedisEndPoint master, RedisEndPoint other);
}
