namespace Remanso;

/// <summary>How servers are reached that others tell of: the nodes of a cluster, replicas, what sentinels name.</summary>
public enum RedisAnnouncedHosts
{
    /// <summary>Under the host that they announce.</summary>
    AsAnnounced,

    /// <summary>Under the host of the contact point (<see cref="RedisOptions.EndPoints"/>), at the port that they announce:
    /// for servers behind a NAT or a tunnel, each with a port of its own.</summary>
    ContactPoint,
}
