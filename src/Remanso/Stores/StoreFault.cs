namespace Remanso.Stores;

/// <summary>Whose fault a failed statement is, as far as its error says.</summary>
internal enum StoreFault
{
    /// <summary>Time may mend it: a lost connection, a lock, a time-out; or an operator, who takes back a grant or drops a table.</summary>
    Passing,

    /// <summary>The store refuses for good, and does not say whether the rows or the statement are at fault.</summary>
    Lasting,

    /// <summary>The store refuses for good because of the rows.</summary>
    Row,
}
