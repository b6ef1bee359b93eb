namespace Remanso.Redis.Resp.Topology;

/// <summary>The process that answers at a server's address.</summary>
/// <param name="IsThere">Whether one does.</param>
/// <param name="Id">What tells it from all others; null where it does not say.</param>
internal readonly record struct ServerRun(bool IsThere, string? Id)
{
    /// <summary>Whether both say who they are, and are not the same.</summary>
    public bool IsOtherThan(string? id) => Id is not null && id is not null && Id != id;
}
