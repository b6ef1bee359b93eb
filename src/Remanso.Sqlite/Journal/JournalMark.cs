using System.Runtime.InteropServices;

namespace Remanso.Sqlite.Journal;

/// <summary>Where a journal ends.</summary>
/// <param name="Id">Which journal it is, by chance.</param>
/// <param name="Commits">How many transactions were committed.</param>
/// <param name="Changes">How many entries these have written or removed.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct JournalMark(long Id, long Commits, long Changes);
