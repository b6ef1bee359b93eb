namespace Remanso;

/// <summary>How a flusher treats its store.</summary>
public enum CircuitState
{
    /// <summary>Batches go to the store as they come.</summary>
    Closed,

    /// <summary>The store was failing; one small batch is on its way to find out whether it still does.</summary>
    HalfOpen,

    /// <summary>The store fails every batch: none is sent until the next probe.</summary>
    Open,
}
