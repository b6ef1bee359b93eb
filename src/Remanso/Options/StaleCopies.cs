namespace Remanso;

/// <summary>When a read is content with a copy that is past its TTL, within its grace period.</summary>
public enum StaleCopies
{
    /// <summary>Where the load fails, takes longer than the soft time-out, or has to wait after a failure.</summary>
    OnFailure,

    /// <summary>Never: where the load fails, so does the read.</summary>
    Never,

    /// <summary>At once, without a load. What has no such copy is loaded, unless <see cref="ReadSkip.Load"/> says otherwise.</summary>
    AtOnce,
}
