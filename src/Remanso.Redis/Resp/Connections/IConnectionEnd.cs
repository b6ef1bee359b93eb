namespace Remanso.Redis.Resp.Connections;

/// <summary>How the two halves of a connection report their end to it.</summary>
internal interface IConnectionEnd
{
    /// <summary>Something is wrong: ends both halves. The first reason counts.</summary>
    void Fail(Exception reason);

    /// <summary>The reader or the writer has stopped for good and touches nothing any more.</summary>
    void HalfEnded();
}
