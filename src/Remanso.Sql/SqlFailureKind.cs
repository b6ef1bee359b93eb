namespace Remanso.Sql;

/// <summary>Who can end a failure: time, an operator, or nobody.</summary>
internal enum SqlFailureKind
{
    /// <summary>Time: a lost connection, a deadlock, a lock, a full disk that somebody will clear. Trying again can help.</summary>
    Passing,

    /// <summary>
    /// An operator: a missing permission, a dropped table, a file made read-only. The rows are not at fault, so once the
    /// store has run this counts as transient (else one revoked permission would turn every dirty entry into a dead
    /// letter); while it starts it counts as permanent, so that a wrong setting stops the start at once.
    /// </summary>
    Operator,

    /// <summary>Nobody: the database refuses the data itself (a constraint, a length, a type) or the statement.</summary>
    Refused,
}
