using System.Runtime.InteropServices;

namespace Remanso.Tiers.Memory;

/// <summary>A record that waits for its commit.</summary>
/// <param name="Record">The record.</param>
/// <param name="IsNew">Whether the journal certainly has no row of the key: settled before its commit, the record needs none to be removed.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct JournalItem(JournalRecord Record, bool IsNew);
