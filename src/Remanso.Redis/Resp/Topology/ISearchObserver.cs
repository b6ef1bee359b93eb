namespace Remanso.Redis.Resp.Topology;

/// <summary>Told what a search for the master meets.</summary>
internal interface ISearchObserver
{
    /// <summary>A replica was left for whoever answers in its place by now.</summary>
    void OnLeft(RedisNode node, Exception reason);

    /// <summary>Another server says that it is a master beside the one that is used.</summary>
    void OnSecondMaster(RedisEndPoint master, RedisEndPoint other);
}
