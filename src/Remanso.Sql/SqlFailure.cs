using System.Runtime.InteropServices;

namespace Remanso.Sql;

/// <summary>What a dialect makes of an exception.</summary>
/// <param name="Kind">Who can end it.</param>
/// <param name="Message">The failure in one line, for people, with the place (path, host) where that helps, without a password.</param>
/// <param name="BlamesRow">Whether the error speaks of the rows themselves: a constraint, a length, a type (see
/// <see cref="Remanso.Stores.StoreException.BlamesRow"/>).</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SqlFailure(SqlFailureKind Kind, string Message, bool BlamesRow = false);
